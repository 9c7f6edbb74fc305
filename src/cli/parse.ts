import { InvalidArgumentError } from 'commander';
import { parseDuration, SlipwayError } from '../kernel/index.ts';

/** What `app`, `app/1` or `app/queue.1` on the command line means. */
export interface Target {
  app: string;
  /** Null: all. */
  instance: string | null;
}

export function target(text: string): Target {
  const slash = text.indexOf('/');
  if (slash === -1) return { app: text, instance: null };
  const instance = text.slice(slash + 1);
  if (!/^([1-9]\d{0,5}|[a-z][a-z0-9_-]*(\.[1-9]\d{0,5})?)$/.test(instance))
    throw new InvalidArgumentError(
      'After the / comes the number of an instance, or a worker such as queue or queue.1.',
    );
  return { app: text.slice(0, slash), instance };
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

/** What a certificate can last: X.509 writes years with four digits. */
export function days(text: string): number {
  const number = wholeNumber(text);
  if (number > 36_500) throw new InvalidArgumentError('It must be a hundred years (36500) at most.');
  return number;
}

/** Number of lines; infinite for `all`. */
export function lineCount(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(text);
}

/** Milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('It must be a duration such as 30s, 10m or 2h.');
  return ms;
}

/** Several, with commas between them. */
export function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes(''))
    throw new InvalidArgumentError('It must be names with commas between them: shop,api.');
  return found;
}

/** One of some words after an app. What stands after an `=` may be a secret, and is not shown again. */
export function oneOf(verb: string, words: string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new SlipwayError('usage', {
      message: `"${text.split('=', 1)[0]}" is none of ${words.join(', ')}`,
      hint: `the app comes first: slipway ${verb} <app> ${words.join('|')}`,
      next: `slipway ${verb} --help`,
    });
  };
}
