import net from 'node:net';
import * as z from 'zod';
import { expected, refuse } from './fields.ts';

const WRITTEN_ADDRESS = /^(\[[\da-fA-F:.]+\]|[\d.]+|\*):\d{1,5}$/;

/** `80`, `127.0.0.1:8080`, `[::1]:8080`. Names are not looked up. */
export function webAddress() {
  const error = expected('a port, or address:port with an IP address such as 127.0.0.1:8080 or [::1]:8080');
  return z
    .union([z.int().min(1).max(65_535), z.string().regex(WRITTEN_ADDRESS, error)], error)
    .transform((written, context) =>
      typeof written === 'number' ? { host: '*', port: written } : parsed(written, context),
    );
}

/** Where a web server listens: `127.0.0.1:8080`. */
export function upstreamAddress() {
  const error = expected('address:port with an IP address, such as 127.0.0.1:8080 or [::1]:8080');
  return z
    .string(error)
    .regex(WRITTEN_ADDRESS, error)
    .refine((written) => !written.startsWith('*'), error)
    .transform(parsed);
}

function parsed(written: string, context: z.RefinementCtx) {
  const colon = written.lastIndexOf(':');
  const host = written.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(written.slice(colon + 1));
  if ((host !== '*' && net.isIP(host) === 0) || port < 1 || port > 65_535)
    return refuse(context, 'must be an IP address and a port from 1 to 65535');
  return { host, port };
}

const LABEL = '[a-z0-9]([a-z0-9_-]*[a-z0-9])?';

/** A host name, which becomes lower case. */
export function domainName({ wildcard }: { wildcard: boolean }) {
  const error = expected(`a name such as api.example.com${wildcard ? ' or *.example.com' : ''}`);
  const pattern = new RegExp(`^${wildcard ? '(\\*\\.)?' : ''}${LABEL}(\\.${LABEL})*$`, 'i');
  return z
    .string(error)
    .max(253, error)
    .regex(pattern, error)
    .transform((written) => written.toLowerCase());
}

export function pathPrefix() {
  const error = expected('what paths begin with, such as / or /shop');
  return z
    .string(error)
    .max(200, error)
    .regex(/^\/[A-Za-z0-9._~/-]*$/, error)
    .refine((written) => !written.split('/').includes('..'), error);
}

/** `10.0.0.0/8`, `::1`. */
export function network() {
  const what = 'an IP address or a network, such as 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32';
  return z.string(expected(what)).refine((written) => {
    const [address = '', bits, ...rest] = written.split('/');
    const most = { 4: 32, 6: 128 }[net.isIP(address)];
    if (most === undefined || address.includes('%') || rest.length > 0) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  }, expected(what));
}

/** A name that somebody logs in with. */
export function visitor() {
  const error = expected('a name of A-Z, a-z, 0-9 and . _ @ -');
  return z
    .string(error)
    .max(100, error)
    .regex(/^[A-Za-z0-9._@-]+$/, error);
}

/** Of crypt(3), with at most 9999 rounds: it is reckoned for each request, and all others wait meanwhile. */
export function passwordHash() {
  const what = 'a hash of the password that begins with $6$ or $5$';
  return z.string(expected(what)).transform((written, context) => {
    if (/^\$[56]\$(rounds=\d{4}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43,86}$/.test(written)) return written;
    return refuse(context, `must be ${what}`, '`openssl passwd -6` asks for the password and prints it');
  });
}

/** `2` instances, or `50%` of them. */
export function batch() {
  const error = expected('a number of instances from 1 to 1000, or a share of them such as 50%');
  return z.union(
    [z.int().min(1, error).max(1000, error), percent(1, 100).transform((share) => ({ share }))],
    error,
  );
}

/** `10%`, `0.5%`. */
export function percent(least: number, most: number) {
  const error = expected(`a percentage from ${least}% to ${most}%`);
  return z
    .string(error)
    .regex(/^\d{1,6}(\.\d{1,3})?%$/, error)
    .transform((written, context) => {
      const value = Number(written.slice(0, -1));
      return value >= least && value <= most ? value : refuse(context, `must be from ${least}% to ${most}%`);
    });
}
