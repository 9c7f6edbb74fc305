import { Automaton, ROOT, type Span } from './automaton.ts';
import { encodedForms } from './secret-forms.ts';
import { tellingSpans } from './secret-syntax.ts';

const MASK = '[redacted]';
/** Masking shorter ones would eat ordinary text. */
const MIN_LENGTH = 6;
/**
 * So much is encoded in all. If there are more and longer secrets, the longest are known as they are, and not encoded.
 */
const ENCODED_MAX_CHARACTERS = 512 * 1024;

const secrets = new Set<string>();
/** Null: a secret came since it was made. */
let automaton: Automaton | null = null;

/**
 * Registers a value that must never be shown, and each of its lines, for output is shown line by line. What was a secret
 * once stays one: processes that were started with it go on.
 */
export function registerSecret(value: string): void {
  for (const secret of new Set([value, ...value.split(/[\r\n]+/)])) {
    if (secret.length < MIN_LENGTH || MASK.includes(secret) || secrets.has(secret)) continue;
    secrets.add(secret);
    automaton = null;
  }
}

/** Masks registered secrets, encoded ones too, passwords in URLs, and values of assignments whose name says that they are secret. */
export function redact(text: string): string {
  const spans: Span[] = tellingSpans(text);
  known().read(text, ROOT, (start, end) => spans.push([start, end]));
  return spans.length === 0 ? text : masked(text, spans);
}

/**
 * Masks registered secrets in a text that comes in pieces, wherever they end. Of a piece it keeps what may be the beginning
 * of a secret, until the next one tells.
 */
export class SecretMask {
  private automaton = known();
  private state = ROOT;
  private kept = '';
  /** What was found within what is kept. */
  private spans: Span[] = [];
  /** So many of the characters to come belong to a secret whose mask was given out. */
  private maskedLength = 0;

  push(text: string): string {
    this.followRegistry();
    const before = this.kept.length;
    this.state = this.automaton.read(text, this.state, (start, end) =>
      this.spans.push([start + before, end + before]),
    );
    const all = this.kept + text;
    return this.give(all, all.length - this.automaton.depth(this.state));
  }

  /** What was kept: nothing follows. */
  end(): string {
    const rest = this.give(this.kept, this.kept.length);
    this.forget();
    return rest;
  }

  /** What follows does not join on; what was kept may be a part of a secret, and is not told. */
  forget(): void {
    this.state = ROOT;
    this.kept = '';
    this.spans = [];
    this.maskedLength = 0;
  }

  private followRegistry(): void {
    if (this.automaton === known()) return;
    this.automaton = known();
    this.state = this.automaton.read(this.kept, ROOT, (start, end) => this.spans.push([start, end]));
  }

  /** Gives the text up to `until`: no secret that is yet to be found begins before. */
  private give(all: string, until: number): string {
    let out = '';
    let at = this.maskedLength;
    const later: Span[] = [];
    for (const [start, end] of merged(this.spans)) {
      if (start >= until && start >= at) later.push([start - until, end - until]);
      else {
        if (start >= at) out += all.slice(at, start) + MASK;
        at = Math.max(at, end);
      }
    }
    if (at < until) out += all.slice(at, until);
    this.spans = later;
    this.kept = all.slice(until);
    this.maskedLength = Math.max(0, at - until);
    return out;
  }
}

/** Made when it is needed: secrets come many at a time. */
function known(): Automaton {
  if (automaton) return automaton;
  const words = [...secrets];
  let characters = 0;
  for (const secret of [...secrets].sort((a, b) => a.length - b.length)) {
    const forms = encodedForms(secret);
    characters += forms.reduce((sum, { length }) => sum + length, 0);
    if (characters > ENCODED_MAX_CHARACTERS) break;
    words.push(...forms);
  }
  automaton = new Automaton(words);
  return automaton;
}

function masked(text: string, spans: Span[]): string {
  let out = '';
  let at = 0;
  for (const [start, end] of merged(spans)) {
    out += text.slice(at, start) + MASK;
    at = end;
  }
  return out + text.slice(at);
}

/** The spans in order, those that overlap as one. */
function merged(spans: Span[]): Span[] {
  const out: [number, number][] = [];
  for (const [start, end] of spans.sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last && start < last[1]) last[1] = Math.max(last[1], end);
    else out.push([start, end]);
  }
  return out;
}
