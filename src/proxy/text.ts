import net from 'node:net';
import { SlipwayError } from '../kernel/index.ts';

/**
 * Whatever comes from a configuration file goes through one of these before it becomes a part of HAProxy's: what could be
 * read as more than the one word that it is, is refused.
 */
const WORDS = {
  app: /^[a-z][a-z0-9_-]*(@[A-Za-z0-9_-]+)?$/,
  slot: /^[a-z0-9]+b?$/,
  host: /^(\*\.)?[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*$/,
  path: /^\/[A-Za-z0-9._~!$&()*+,;=:@%/-]*$/,
  prefix: /^\/[A-Za-z0-9._~/-]*$/,
  account: /^[a-z_][a-z0-9_-]*$/,
  user: /^[A-Za-z0-9._@-]+$/,
  hash: /^\$[56]\$(rounds=\d{4}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43,86}$/,
  challenge: /^[A-Za-z0-9._-]+$/,
  file: /^[A-Za-z0-9][A-Za-z0-9._/-]*$/,
} as const;

const LONGEST = 1024;

/** One word, which HAProxy reads as it is: no quote, no variable, no comment, no new line. */
export function word(kind: keyof typeof WORDS, text: string): string {
  if (text.length > LONGEST || !WORDS[kind].test(text) || text.split('/').includes('..'))
    throw refused(kind, text);
  return `'${text}'`;
}

/** `10.0.0.0/8`, `::1`. */
export function network(text: string): string {
  const [address = '', bits, ...rest] = text.split('/');
  const version = net.isIP(address);
  const isBits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  if (version === 0 || address.includes('%') || !isBits || rest.length > 0) throw refused('network', text);
  return `'${text}'`;
}

/** `127.0.0.1:80`, `[::1]:80`, `*:80`. */
export function address({ host, port }: { host: string; port: number }): string {
  if (host !== '*' && (net.isIP(host) === 0 || host.includes('%'))) throw refused('address', host);
  return `${net.isIPv6(host) ? `[${host}]` : host}:${whole(port, 65_535)}`;
}

export function whole(value: number, most = 2 ** 31 - 1): string {
  if (!Number.isInteger(value) || value < 0 || value > most) throw refused('number', String(value));
  return String(value);
}

/** HAProxy's times have no more than 31 bits. */
export function milliseconds(value: number): string {
  return `${whole(Math.min(Math.round(value), 2 ** 31 - 1))}ms`;
}

function refused(kind: string, text: string): SlipwayError {
  return new SlipwayError('proxy_refused', {
    message: `${JSON.stringify(text.slice(0, 200))} cannot be given to HAProxy as ${kind === 'app' || kind === 'address' ? 'an' : 'a'} ${kind}`,
    hint: 'what ran goes on',
    next: 'slipway config check',
  });
}
