// Erlang Reference Manual, chapter "Character Set and Source File Encoding", and "Data Types", section "Escape Sequences".
import { SlipwayError } from '../../kernel/index.ts';

const NAMED: Readonly<Record<string, number>> = {
  b: 8,
  d: 127,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  s: 32,
  t: 9,
  v: 11,
};
const BLANK = /(?:\s|%[^\n]*)*/y;

/** A place in a text, from which the next sign or literal is taken. */
export class TextCursor {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The rest after white space and comments begins with this sign, which is taken. */
  takes(sign: string): boolean {
    this.skipBlank();
    if (!this.text.startsWith(sign, this.position)) return false;
    this.position += sign.length;
    return true;
  }

  expect(sign: string): void {
    if (!this.takes(sign)) throw this.wrong(`'${sign}' is expected`);
  }

  /** What a sticky pattern matches right here, or null. */
  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return null;
    this.position += found.length;
    return found;
  }

  skipBlank(): void {
    this.match(BLANK);
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** What stands between two of the quote, whose first was taken. */
  quoted(quote: '"' | "'"): string {
    let result = '';
    for (;;) {
      const code = this.text.codePointAt(this.position);
      if (code === undefined) throw this.wrong(`${quote} is missing at the end`);
      if (this.text[this.position] === quote) break;
      result += String.fromCodePoint(this.character());
    }
    this.position++;
    return result;
  }

  /** One character, written as itself or escaped. */
  character(): number {
    const code = this.text.codePointAt(this.position);
    if (code === undefined) throw this.wrong('a character is missing');
    this.position += code > 0xffff ? 2 : 1;
    return code === 0x5c ? this.escaped() : code;
  }

  wrong(what: string): SlipwayError {
    const line = this.text.slice(0, this.position).split('\n').length;
    const next = JSON.stringify(this.text.slice(this.position, this.position + 20));
    return new SlipwayError('term_malformed', {
      message: `The Erlang term is malformed in line ${line}, before ${next}: ${what}`,
    });
  }

  private escaped(): number {
    const octal = this.match(/[0-7]{1,3}/y);
    if (octal !== null) return Number.parseInt(octal, 8);
    const hexadecimal = this.match(/x(?:\{[0-9A-Fa-f]{1,6}\}|[0-9A-Fa-f]{2})/y);
    if (hexadecimal !== null) return this.codePoint(Number.parseInt(hexadecimal.replace(/[x{}]/g, ''), 16));
    const control = this.match(/\^[@-_a-z]/y);
    if (control !== null) return control.charCodeAt(1) & 31;
    const code = this.text.codePointAt(this.position);
    if (code === undefined) throw this.wrong('a character is missing after \\');
    this.position += code > 0xffff ? 2 : 1;
    return NAMED[String.fromCodePoint(code)] ?? code;
  }

  private codePoint(code: number): number {
    if (code > 0x10ffff) throw this.wrong('there is no such character');
    return code;
  }
}
