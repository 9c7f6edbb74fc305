import { parseEnv } from 'node:util';
import type { VariableChange } from '../app/index.ts';
import { SlipwayError, variableLine } from '../kernel/index.ts';

/** The variables of a .env file as Node reads them, in the order of the file; of one that stands there twice, the last. */
export function parseDotenv(text: string): Record<string, string> {
  const values: Record<string, string | undefined> = parseEnv(text);
  const names = new Set([...piecesOf(text).map(({ name }) => name ?? ''), ...Object.keys(values)]);
  const found = [...names].map((name): [string, string | undefined] => [name, values[name]]);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * The text with a change made to it. Everything else of it stays, comments and order too; what is new comes last.
 * @throws SlipwayError `secret_invalid` for a value that cannot be written, `env_refused` where the text cannot be changed safely
 */
export function changeDotenv(text: string, { set, unset }: VariableChange): string {
  const written = new Set<string>();
  let out = '';
  for (const { name, source } of piecesOf(text)) {
    if (name === null || !(unset.includes(name) || Object.hasOwn(set, name))) out += source;
    else if (Object.hasOwn(set, name) && !written.has(name)) {
      written.add(name);
      out += lineOf(name, set[name] ?? '', source);
    }
  }
  for (const [name, value] of Object.entries(set)) {
    if (written.has(name)) continue;
    if (out !== '' && !out.endsWith('\n')) out += '\n';
    out += lineOf(name, value, '\n');
  }
  refuseOtherChanges(text, out, { set, unset });
  return out;
}

/** @throws SlipwayError `secret_invalid` for a value that `variableLine` has no form for */
export function formatVariable(name: string, value: string): string {
  const line = variableLine(name, value);
  if (line !== null) return line;
  throw new SlipwayError('secret_invalid', {
    message: `the value of ${name} cannot be written into .env so that Node, PHP and a shell read the same`,
    hint: `a single quote or a line break cannot stand beside a double quote, a backslash, a backquote or $NAME, and a carriage return not at all; nothing was changed. A secret may have any value`,
    next: 'slipway secret <app> set <name>   (or base64)',
  });
}

interface Piece {
  /** Null for comments, empty lines and what is no assignment. */
  name: string | null;
  /** The text, with the end of its last line. */
  source: string;
}

/** Cuts a text into its assignments, each with all of its lines, and what is between them. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; ) {
    const lineEnd = endOfLine(text, at);
    const [before = '', ...after] = text.slice(at, lineEnd).split('=');
    const name = before.trim().replace(/^export\s+/, '');
    const isAssignment = after.length > 0 && name !== '' && !name.startsWith('#');
    const value = after.join('=').trimStart();
    const isQuoted = isAssignment && /^["'`]/.test(value);
    const close = isQuoted ? text.indexOf(value.charAt(0), lineEnd - value.length + 1) : -1;
    const end = close < 0 ? lineEnd : endOfLine(text, close);
    pieces.push({ name: isAssignment ? name : null, source: text.slice(at, end) });
    at = end;
  }
  return pieces;
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline < 0 ? text.length : newline + 1;
}

/** The line in place of what stood there: exported as before, ended as before. */
function lineOf(name: string, value: string, before: string): string {
  const isExported = /^\s*export\s/.test(before);
  const lineEnd = /\r?\n$/.exec(before)?.[0] ?? '';
  return `${isExported ? 'export ' : ''}${formatVariable(name, value)}${lineEnd}`;
}

/** A file with a quote that is never closed reads otherwise than it looks: rather nothing than a change of the wrong place. */
function refuseOtherChanges(before: string, after: string, { set, unset }: VariableChange): void {
  const expected = new Map(Object.entries({ ...parseDotenv(before), ...set }));
  for (const name of unset) expected.delete(name);
  const found = Object.entries(parseDotenv(after));
  if (found.length === expected.size && found.every(([name, value]) => expected.get(name) === value)) return;
  throw new SlipwayError('env_refused', {
    message: 'the .env has lines that cannot be told apart for sure (a quote that is never closed, for one)',
    hint: 'nothing was changed',
    next: 'mend the file by hand, and set the variable again',
  });
}
