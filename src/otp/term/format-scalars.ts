// STDLIB Reference Manual, module io, control sequence ~tp: what is quoted, and how floats are written.

// biome-ignore format: a list of words
const RESERVED = new Set([
  'after', 'and', 'andalso', 'band', 'begin', 'bnot', 'bor', 'bsl', 'bsr', 'bxor', 'case', 'catch', 'cond', 'div',
  'else', 'end', 'fun', 'if', 'let', 'maybe', 'not', 'of', 'or', 'orelse', 'receive', 'rem', 'try', 'when', 'xor',
]);
const UNQUOTED = /^[a-zß-öø-ÿ][a-zA-Z0-9_@À-ÖØ-öø-ÿ]*$/;
const ESCAPES: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '\x7f': '\\d',
  '\\': '\\\\',
};
/** The digits of an integer from here on may not be exact. */
const EXACT_BELOW = 2 ** 53;

export function formatAtom(name: string): string {
  return UNQUOTED.test(name) && !RESERVED.has(name) ? name : quote(name, "'");
}

export function quote(text: string, mark: '"' | "'"): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  const escaped = text.replace(/[\x00-\x1f\x7f-\x9f"'\\]/g, (character) => {
    if (character === '"' || character === "'") return character === mark ? `\\${character}` : character;
    return ESCAPES[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return mark + escaped + mark;
}

/** The text of which these are the characters; null where not all can be shown. */
export function printableText(characters: readonly number[] | Uint8Array): string | null {
  let text = '';
  for (const character of characters) {
    if (!isPrintable(character)) return null;
    text += String.fromCodePoint(character);
  }
  return text;
}

function isPrintable(code: number): boolean {
  if (code < 32) return (code >= 8 && code <= 13) || code === 27;
  if (code < 0xd800) return code < 127 || code > 159;
  return (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff);
}

/** The shortest digits that are the float again; with an exponent where that is shorter, or the digits are not exact. */
export function formatFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e') as [string, string];
  const digits = mantissa.replace('.', '');
  return sign + placePoint(digits, Number(exponent) + 1, Math.abs(value));
}

/** `point`: how many digits stand before the point. */
function placePoint(digits: string, point: number, value: number): string {
  const { length } = digits;
  if (point > 0 && point < length) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  const exponent = String(point - 1);
  const exponentLength = exponent.length + 1 + (length === 1 ? 2 : 1);
  const zeros = point > 0 ? point - length : -point;
  if (zeros + 2 <= exponentLength && value < EXACT_BELOW)
    return point > 0 ? `${digits}${'0'.repeat(zeros)}.0` : `0.${'0'.repeat(zeros)}${digits}`;
  return `${digits[0]}.${digits.slice(1) || '0'}e${exponent}`;
}
