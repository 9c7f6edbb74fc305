import path from 'node:path';
import * as z from 'zod';
import {
  formatSize,
  isLoopback,
  NAME_PATTERN,
  parseDuration,
  parseSize,
  splitCommand,
} from '../kernel/index.ts';

/** The kinds of values in the configuration: what is accepted as written, and what it becomes. */

/** Says the same whichever way a value fails to be `what`. */
export function expected(what: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? `is required: ${what}` : `must be ${what}`) };
}

export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, expected('a mapping'));
}

function argument() {
  const error = expected('text without NUL characters');
  return z.string(error).regex(/^[^\0]*$/, error);
}

const NAME_LENGTH = 100;

export function name() {
  const error = expected(`a name of a-z, 0-9, _ and -, the first a letter, ${NAME_LENGTH} at most`);
  return z.string(error).regex(NAME_PATTERN, error).max(NAME_LENGTH, error);
}

/** `name`, or `name@environment`. */
export function appId() {
  const error = expected('the id of an app: its name, or name@environment where that is not production');
  return z.string(error).regex(/^[a-z][a-z0-9_-]{0,99}(@[a-z][a-z0-9_-]{0,99})?$/, error);
}

export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, expected(words.length === 1 ? words[0] : `one of ${words.join(', ')}`));
}

export function flag() {
  return z.boolean(expected('true or false'));
}

export function wholeNumber(least: number, most: number) {
  const error = expected(`a whole number from ${least} to ${most}`);
  return z.int(error).min(least, error).max(most, error);
}

export const DAY_MS = 86_400_000;
// Node's timers end at 24.8 days.
const DURATION_MOST_MS = 24 * DAY_MS;

/** `mostMs`: more than the timers allow, for what is no timer. */
export function duration(leastMs: number, mostMs = DURATION_MOST_MS) {
  const error = expected('a duration such as 500ms, 5s, 10m or 1h');
  return z
    .string(error)
    .regex(/^\d+(\.\d+)?\s*(ms|s|m|h|d)$/, error)
    .transform((written, context) => {
      const ms = parseDuration(written);
      if (ms !== null && ms >= leastMs && ms <= mostMs) return ms;
      return refuse(context, `must be from ${leastMs}ms to ${mostMs / DAY_MS}d`);
    });
}

export function size(leastBytes: number) {
  const error = expected('a size such as 512KB, 64MB or 1GB');
  return z
    .string(error)
    .regex(/^\d+(\.\d+)?\s*([KMGTkmgt]?[Bb])$/, error)
    .transform((written, context) => {
      const bytes = parseSize(written);
      if (bytes !== null && bytes >= leastBytes) return bytes;
      return refuse(context, `must be ${formatSize(leastBytes)} or more`);
    });
}

/** `200%`: of one core. */
export function percentage() {
  const error = expected('a percentage from 1% to 100000%, such as 50% or 200%');
  return z
    .string(error)
    .regex(/^\d{1,6}%$/, error)
    .transform((written, context) => {
      const percent = Number.parseInt(written, 10);
      if (percent >= 1 && percent <= 100_000) return percent;
      return refuse(context, 'must be from 1% to 100000%');
    });
}

export function absolutePath() {
  const error = expected('an absolute path');
  return z
    .string(error)
    .regex(/^\/[^\0\n]*$/, error)
    .transform((written) => path.resolve(written));
}

/** A path of a URL as an HTTP request line takes it. */
export function requestPath() {
  const error = expected('the path of a URL, such as / or /health');
  return z.string(error).regex(/^\/[!-~]*$/, error);
}

/** `host:port`, or null or false for none. */
export function listenAddress() {
  const error = expected('host:port such as 127.0.0.1:5001 or [::1]:5001, or null for none');
  return z
    .union(
      [z.string().regex(/^(\[[\da-fA-F:.]+\]|[\w.-]+):\d{1,5}$/, error), z.literal(false), z.null()],
      error,
    )
    .transform((written, context) => {
      if (written === false || written === null) return null;
      const colon = written.lastIndexOf(':');
      const port = Number(written.slice(colon + 1));
      if (port > 65_535) return refuse(context, 'must end in a port from 0 to 65535');
      return { host: written.slice(0, colon).replace(/^\[|\]$/g, ''), port };
    });
}

/** An origin as browsers send it: `https://deploy.example.com`, `http://localhost:5001`. */
export function publicAddress() {
  const what = 'an address such as https://deploy.example.com, without a path';
  return z.string(expected(what)).transform((written, context) => {
    const url = /^https?:\/\/[^\s/?#@\\]+\/?$/i.test(written) ? URL.parse(written) : null;
    if (url === null) return refuse(context, `must be ${what}`);
    if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
      return refuse(
        context,
        'must begin with https://',
        'over http:// passwords and tokens would be read on the way',
      );
    return url.origin;
  });
}

const ENTRIES_MAX = 100;

export function entries<Item extends z.ZodType>(item: Item, what: string) {
  const error = expected(`a list of ${what}, ${ENTRIES_MAX} at most`);
  return z.array(item, error).max(ENTRIES_MAX, error);
}

const SIGNING_KEY_HINT = 'it is the second line of a minisign.pub, or what `slipway keys make` prints';

/** Lines `RW...` of minisign's public keys, one at least: "Ed", the number of the key and the key, in base64. */
export function signingKeys() {
  const what = 'a public key of minisign: 56 characters that begin with RW';
  const key = z.string(expected(what)).transform((written, context) => {
    const bytes = Buffer.from(written, 'base64');
    if (
      bytes.length === 42 &&
      bytes.toString('latin1', 0, 2) === 'Ed' &&
      bytes.toString('base64') === written
    )
      return written;
    return refuse(context, `must be ${what}`, SIGNING_KEY_HINT);
  });
  return entries(key, 'public keys').min(1, expected('a list of one public key at least'));
}

const COMMAND_HINT = 'put it into single quotes, write a list of arguments, or { sh: [lines] } for a shell';

/** A command line, an argv, or lines for a shell; to an argv. */
export function command() {
  const error = expected('a command line, a list of arguments, or { sh: [lines] }');
  const list = z.array(argument()).min(1, error);
  return z.union([z.string(), list, z.strictObject({ sh: list })], error).transform((written, context) => {
    if (typeof written === 'object' && 'sh' in written) return ['/bin/sh', '-e', '-c', written.sh.join('\n')];
    if (Array.isArray(written))
      return written[0] === '' ? refuse(context, 'must name a program first') : written;
    if (written.includes('\0')) return refuse(context, 'must be text without NUL characters');
    const split = splitCommand(written);
    return 'argv' in split ? split.argv : refuse(context, split.problem, COMMAND_HINT);
  });
}

export const SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGABRT',
  'SIGKILL',
] as const;

export function variables() {
  const names = 'a name of a variable: letters, digits and _, no digit first';
  return z.record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, expected(names)),
    z.union([argument(), z.number(), z.boolean()], expected('text, a number, true or false')),
    expected('a mapping of names to values'),
  );
}

export function userName() {
  const error = expected('the name of a user');
  return z.string(error).regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, error);
}

export function groupName() {
  const error = expected('the name of a group');
  return z.string(error).regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, error);
}

/** `hint` travels with the issue: see `checkShape`. */
export function refuse(context: z.core.$RefinementCtx, message: string, hint?: string): never {
  context.issues.push({ code: 'custom', message, input: context.value, params: { hint } });
  return z.NEVER;
}
