import * as z from 'zod';
import { command, expected, refuse } from './fields.ts';

/* The fields of `proxy.acme`. */

export function emailAddress() {
  const error = expected('an address such as ops@example.com');
  return z
    .string(error)
    .max(254, error)
    .regex(/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, error);
}

/** A name that stands for a directory, or its address. Names are looked up by whoever asks there. */
export function acmeDirectory() {
  const what =
    'letsencrypt, letsencrypt-staging, or an address that begins with https://, without user and password';
  return z.string(expected(what)).transform((written, context) => {
    if (['letsencrypt', 'letsencrypt-staging'].includes(written)) return written;
    const url = /^https:\/\/[^\s\p{C}]+$/u.test(written) ? URL.parse(written) : null;
    return url && url.username === '' && url.password === '' ? written : refuse(context, `must be ${what}`);
  });
}

/** A command of a program that is named by its whole path. */
export function placedCommand() {
  return command().transform((argv, context) => {
    if (!argv[0]?.startsWith('/')) return refuse(context, 'must name its program by an absolute path');
    // What a shell is called comes before what it is told.
    return argv[0] === '/bin/sh' && argv[2] === '-c' ? [...argv, 'dns'] : argv;
  });
}
