import { redact } from '../kernel/index.ts';

const LINE_CHARACTERS = 4096;
/** Held of a line while its end is awaited: enough to see the whole of a secret that begins within what is shown. */
const LINE_BYTES = 2 * LINE_CHARACTERS;
const NEWLINE = 10;

export interface RawLine {
  bytes: Buffer;
  /** There was more of it. */
  isCut: boolean;
}

/** Splits what a command prints into lines, however long they are: of an endless one 8 KB are held. */
export class OutputLines {
  private held: Buffer[] = [];
  private heldBytes = 0;
  private isCut = false;
  private isDropping = false;

  /** Those that `bytes` completes. */
  push(bytes: Buffer): RawLine[] {
    const lines: RawLine[] = [];
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.hold(bytes.subarray(from, at));
      if (!this.isDropping) lines.push(this.take());
      this.isDropping = false;
      from = at + 1;
    }
    this.hold(bytes.subarray(from));
    return lines;
  }

  /**
   * What follows does not join on: nothing is told up to its first newline, and of the line that has begun only what would
   * be shown of it anyway.
   */
  skip(): RawLine[] {
    const begun = this.take();
    this.isDropping = true;
    return begun.isCut ? [begun] : [];
  }

  /** What came after the last newline, if anything. */
  rest(): RawLine[] {
    return this.heldBytes > 0 ? [this.take()] : [];
  }

  private hold(bytes: Buffer): void {
    if (this.isDropping || bytes.length === 0) return;
    const taken = bytes.subarray(0, LINE_BYTES - this.heldBytes);
    if (taken.length < bytes.length) this.isCut = true;
    if (taken.length === 0) return;
    this.held.push(taken);
    this.heldBytes += taken.length;
  }

  private take(): RawLine {
    const [only] = this.held;
    const bytes = only && this.held.length === 1 ? only : Buffer.concat(this.held);
    const line = { bytes, isCut: this.isCut };
    this.held = [];
    this.heldBytes = 0;
    this.isCut = false;
    return line;
  }
}

/** A line as a person may see it: secrets masked, no control characters but tabs and colours, 4 KB at most. */
export function shown({ bytes, isCut }: RawLine): string {
  const raw = bytes.toString('utf8');
  // Masked before and after: a control character may be part of a secret, or have been put into the midst of one.
  const isPlain = withoutControls(raw) === raw;
  const text = redact(isPlain ? raw : withoutControls(redact(raw)));
  // What was cut may end within a secret, which is not known for one then: as much as was held for that is not shown.
  const end = isCut ? text.length - bytes.toString('utf8', LINE_CHARACTERS).length : text.length;
  const length = Math.max(0, Math.min(LINE_CHARACTERS, end));
  if (!isCut && length === text.length) return text;
  const start = text.slice(0, length).replace(/\x1b[^m]*$/, '');
  return `${start.toWellFormed()} ... (the line goes on)`;
}

const COLOUR = /^\x1b\[[\d;:]*m$/;
/** In this order: sequences with parameters, those with a text up to its end, short ones, lone control characters. */
const CONTROLS =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|(?!\t)\p{Cc}/gu;

function withoutControls(text: string): string {
  // A terminal would show what a progress bar wrote last.
  const end = text.replace(/\r+$/, '');
  return end
    .slice(end.lastIndexOf('\r') + 1)
    .replace(CONTROLS, (sequence) => (COLOUR.test(sequence) ? sequence : ''));
}
