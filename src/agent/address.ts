import os from 'node:os';
import type { Configuration } from '../config/index.ts';
import { isLoopback } from '../kernel/index.ts';

type Listening = Pick<Configuration, 'listen' | 'public' | 'tls'>;

/** The origin by which people reach the pages; null: they are served nowhere. */
export function addressForPeople({ listen, public: given, tls }: Listening): string | null {
  if (given !== null) return given;
  if (listen === null) return null;
  // What stands for all addresses of the host is none that a browser can open.
  const isAny = ['0.0.0.0', '::'].includes(listen.host);
  const named = isAny ? os.hostname() : listen.host;
  const host = named.includes(':') ? `[${named}]` : named;
  return `${tls === null ? 'http' : 'https'}://${host}:${listen.port}`;
}

/** By which name and address browsers know this host, for passkeys: an address of numbers is no name. */
export function relyingPartyOf(configuration: Listening): { rpId: string; origin: string } | null {
  const address = addressForPeople(configuration);
  const url = address === null ? null : URL.parse(address);
  if (url === null) return null;
  // Browsers take `localhost` for a name, and what it stands for not.
  if (isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
    return {
      rpId: 'localhost',
      origin: `${url.protocol}//localhost${url.port === '' ? '' : `:${url.port}`}`,
    };
  const isNumbers = /^[\d.]+$|^\[/.test(url.hostname);
  return isNumbers ? null : { rpId: url.hostname, origin: url.origin };
}
