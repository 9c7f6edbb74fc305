import type { Span } from './automaton.ts';

const SECRET_NAME = /PASSWORD|PASSWD|SECRET|TOKEN|COOKIE|API_?KEY|PRIVATE_?KEY|DATABASE_URL|CREDENTIAL/i;
const SCHEME_MAX_LENGTH = 30;

/** Whether the name of a variable or key says that its value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * Finds values that are secret by what is around them: passwords in URLs, and what is assigned to a telling name. Each
 * part of the text is looked at a few times, whatever it is: a regular expression for the same would go back for every
 * letter of a long word.
 */
export function tellingSpans(text: string): Span[] {
  return [...passwordsInUrls(text), ...assignedSecrets(text)];
}

/** `scheme://user:password@` */
function passwordsInUrls(text: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    if (!endsScheme(text, at)) continue;
    const colon = endOf(text, at + 3, isUserSign);
    if (text[colon] !== ':') continue;
    const end = endOf(text, colon + 1, isPasswordSign);
    if (text[end] === '@' && end > colon + 1) spans.push([colon + 1, end]);
  }
  return spans;
}

function endsScheme(text: string, end: number): boolean {
  let start = end;
  while (start > 0 && end - start <= SCHEME_MAX_LENGTH && /[a-z0-9+.-]/i.test(text[start - 1] as string))
    start--;
  return /[a-z]/i.test(text.slice(start, end));
}

const isUserSign = (sign: string) => !/[\s:@/]/.test(sign);
const isPasswordSign = (sign: string) => !/[\s@/]/.test(sign);

/** `API_TOKEN=...`, in quotes or up to the next blank. */
function assignedSecrets(text: string): Span[] {
  const spans: Span[] = [];
  const quotes = { '"': text.lastIndexOf('"'), "'": text.lastIndexOf("'") };
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
    let start = at;
    while (start > 0 && /\w/.test(text[start - 1] as string)) start--;
    if (!isSecretName(text.slice(start, at))) continue;
    const quote = text[at + 1] as '"' | "'";
    const end =
      at + 1 < (quotes[quote] ?? -1)
        ? text.indexOf(quote, at + 2) + 1
        : endOf(text, at + 1, (sign) => !/\s/.test(sign));
    if (end === at + 1) continue;
    spans.push([at + 1, end]);
    at = end - 1;
  }
  return spans;
}

function endOf(text: string, from: number, belongs: (sign: string) => boolean): number {
  let end = from;
  while (end < text.length && belongs(text[end] as string)) end++;
  return end;
}
