import { redact } from './redaction.ts';

/** What takes a terminal over, or makes it show something else than what was written: controls, and marks of direction. */
const UNSAFE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu;
const UNSAFE_BUT_COLOURS = new RegExp(`\\x1b\\[[\\d;:]{0,40}m|${UNSAFE.source}`, 'gu');

/**
 * The one door for text of others that is told to people or written down: secrets masked, what a terminal would obey
 * written out (`\x1b`), cut at a length. Lines and tabs stay.
 */
export function safeText(text: string, options: { maxLength?: number } = {}): string {
  const { maxLength = Number.POSITIVE_INFINITY } = options;
  const masked = redact(text);
  if (masked.length <= maxLength) return visible(masked);
  return `${visible(masked.slice(0, maxLength))} ... (the text goes on)`;
}

/** Controls written out, but for lines and tabs. Of sequences, those that colour may stay. */
export function visible(text: string, { colours = false }: { colours?: boolean } = {}): string {
  if (text.search(UNSAFE) < 0) return text;
  if (!colours) return text.replace(UNSAFE, escaped);
  return text.replace(UNSAFE_BUT_COLOURS, (found) => (found.length === 1 ? escaped(found) : found));
}

function escaped(sign: string): string {
  const code = sign.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The same value in JSON that a terminal has nothing to obey in: JSON.stringify leaves all but the first 32 signs as they are. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
