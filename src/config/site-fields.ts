import * as z from 'zod';
import { absolutePath, expected, refuse } from './fields.ts';
import { readSecretFile } from './secret-file.ts';

/** The root of a site is not that of the file system, whose directories are not a site's. */
export function siteRoot() {
  return absolutePath().refine((root) => root !== '/', expected('a directory of its own, not /'));
}

/** Relative, and leads nowhere else than down. */
export function relativePath() {
  const error = expected('a relative path without . and .., such as public/uploads');
  return z
    .string(error)
    .refine((written) => isDownward(written.replace(/\/$/, '')), error)
    .transform((written) => written.replace(/\/$/, ''));
}

function isDownward(text: string): boolean {
  return !/[\0\n]/.test(text) && text.split('/').every((part) => !['', '.', '..', '.git'].includes(part));
}

/** `required`: bits without which a release cannot be used. */
export function mode(options: { pattern: RegExp; required: number; example: string }) {
  const what = `an octal mode in quotes such as "${options.example}"`;
  return z
    .string(expected(what))
    .regex(options.pattern, expected(what))
    .transform((written, context) => {
      const bits = Number.parseInt(written, 8);
      return (bits & options.required) === options.required
        ? bits
        : refuse(context, `must let the owner in: ${options.required.toString(8)} at least`);
    });
}

/** `user:group`, or `keep` for null. */
export function owner() {
  const error = expected('user:group such as www-data:deployer, or keep');
  return z
    .string(error)
    .regex(/^(keep|[A-Za-z_][A-Za-z0-9_.-]{0,31}:[A-Za-z_][A-Za-z0-9_.-]{0,31})$/, error)
    .transform((written) => {
      const [user, group] = written.split(':');
      return user !== undefined && group !== undefined ? { user, group } : null;
    });
}

export function httpUrl() {
  const what = 'a URL that begins with http:// or https://, without user and password';
  return z.string(expected(what)).transform((written, context) => {
    const url = /^https?:\/\/[^\s\p{C}]+$/u.test(written) ? URL.parse(written) : null;
    return url && url.username === '' && url.password === '' ? written : refuse(context, `must be ${what}`);
  });
}

export function domainName() {
  const error = expected('a domain such as shop.example.com');
  return z.string(error).regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, error);
}

export function typeName() {
  const error = expected('a word such as laravel');
  return z.string(error).regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/, error);
}

/** Text of at least `least` characters, or `{ file: path }` of a file that holds it. */
export function secret(least: number) {
  const pattern = new RegExp(String.raw`^[^\0\n\r]{${least},4096}$`);
  const error = expected(`text of ${least} characters or more, or { file: path } of a file that holds it`);
  const file = z.strictObject({ file: absolutePath() });
  return z.union([z.string().regex(pattern, error), file], error).transform((written, context) => {
    if (typeof written === 'string') return written;
    const read = readSecretFile(written.file);
    if ('problem' in read) return refuse(context, read.problem, read.hint);
    return pattern.test(read.secret)
      ? read.secret
      : refuse(context, `${written.file} must hold one line of ${least} characters or more`);
  });
}
