import { StringDecoder } from 'node:string_decoder';
import { redact, SecretMask } from '../kernel/index.ts';

const LINE_CHARACTERS = 4096;
/** Held of a line while its end is awaited: enough for what is shown, where control sequences are taken out of it. */
const HELD_CHARACTERS = 2 * LINE_CHARACTERS;

export interface RawLine {
  /** Secrets are masked in it. */
  text: string;
  /** There was more of it. */
  isCut: boolean;
}

/**
 * Splits what a command prints into lines, however long they are: of an endless one 8,192 characters are held. Secrets are
 * masked before, so that none is missed for a newline or the end of a line's part stands within it.
 */
export class OutputLines {
  private decoder = new StringDecoder('utf8');
  private readonly mask = new SecretMask();
  private held = '';
  private isCut = false;
  private isDropping = false;
  /** A carriage return came: what follows is written over the line. */
  private isReturned = false;

  /** Those that `bytes` completes. */
  push(bytes: Buffer): RawLine[] {
    return this.split(this.mask.push(this.decoder.write(bytes)));
  }

  /**
   * What follows does not join on: nothing is told up to its first newline, and of the line that has begun only what would
   * be shown of it anyway.
   */
  skip(): RawLine[] {
    this.decoder = new StringDecoder('utf8');
    this.mask.forget();
    const begun = this.take();
    this.isDropping = true;
    return begun.isCut ? [begun] : [];
  }

  /** What came after the last newline, if anything. */
  rest(): RawLine[] {
    const lines = this.split(this.mask.push(this.decoder.end()) + this.mask.end());
    return this.held === '' ? lines : [...lines, this.take()];
  }

  private split(text: string): RawLine[] {
    const lines: RawLine[] = [];
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.hold(text.slice(from, at));
      if (!this.isDropping) lines.push(this.take());
      this.isDropping = false;
      this.isReturned = false;
      from = at + 1;
    }
    this.hold(text.slice(from));
    return lines;
  }

  private hold(text: string): void {
    if (this.isDropping || text === '') return;
    const part = this.overwritten(text);
    const taken = part.slice(0, HELD_CHARACTERS - this.held.length);
    if (taken.length < part.length) this.isCut = true;
    this.held += taken;
  }

  /** A terminal would show what a progress bar wrote last: what came before is dropped. */
  private overwritten(text: string): string {
    let end = text.length;
    while (end > 0 && text[end - 1] === '\r') end--;
    const start = text.lastIndexOf('\r', end - 1) + 1;
    if (end > 0 && (start > 0 || this.isReturned)) {
      this.held = '';
      this.isCut = false;
    }
    this.isReturned = end < text.length || (end === 0 && this.isReturned);
    return text.slice(end === 0 ? 0 : start, end);
  }

  private take(): RawLine {
    const line = { text: this.held, isCut: this.isCut };
    this.held = '';
    this.isCut = false;
    return line;
  }
}

/** A line as a person may see it: secrets masked, no control characters but tabs and colours, 4,096 characters at most. */
export function shown({ text: raw, isCut }: RawLine): string {
  // It is masked once more: a control character may have been put into the midst of a secret.
  const text = redact(withoutControls(raw));
  // What was cut may end within such a one, which is not known for one then: as much as was held for that is not shown.
  const end = isCut ? text.length - (raw.length - LINE_CHARACTERS) : text.length;
  const length = Math.max(0, Math.min(LINE_CHARACTERS, end));
  if (!isCut && length === text.length) return text;
  return `${text.slice(0, endOfWhole(text, length)).toWellFormed()} ... (the line goes on)`;
}

/** Colours are the only sequences that are left: one that a cut goes through is left out. */
function endOfWhole(text: string, length: number): number {
  const last = text.lastIndexOf('\x1b', length - 1);
  return last >= 0 && text.indexOf('m', last) >= length ? last : length;
}

const COLOUR = /^\x1b\[[\d;:]*m$/;
/** A terminal obeys these: with parameters, with a text, short ones, lone signs. None goes on over an escape. */
const CONTROLS =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|(?!\t)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function withoutControls(text: string): string {
  return text.replace(CONTROLS, (sequence) => (COLOUR.test(sequence) ? sequence : ''));
}
