import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../kernel/index.ts';

/** What `app` or `app/1` on the command line means. */
export interface Target {
  app: string;
  /** Null: all. */
  instance: number | null;
}

export function target(text: string): Target {
  const slash = text.indexOf('/');
  if (slash === -1) return { app: text, instance: null };
  return { app: text.slice(0, slash), instance: wholeNumber(text.slice(slash + 1)) };
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
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

export function regularExpression(text: string): string {
  try {
    new RegExp(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(`It must be a regular expression: ${(error as Error).message}.`);
  }
}
