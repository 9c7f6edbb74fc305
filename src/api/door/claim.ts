import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../../access/index.ts';
import { cookieName } from './cookie.ts';

/**
 * What somebody says that lets him in. `unreadable`: he says it twice, or in no way that is known, so nobody can tell which
 * of it whoever stands in between has looked at.
 */
export type Claim =
  | { kind: 'none' | 'unreadable' }
  | { kind: 'bearer'; credentials: Credentials }
  | { kind: 'cookie'; credentials: Credentials };

/** A token goes before a cookie: a browser sends the one only where a program of ours says so. */
export function claimOf(request: IncomingMessage, { isSecure }: { isSecure: boolean }): Claim {
  const authorization = headersOf(request, 'authorization');
  if (authorization.length > 1) return { kind: 'unreadable' };
  if (authorization[0] !== undefined) {
    const bearer = /^Bearer ([A-Za-z0-9._~+/-]{1,500}=*)$/i.exec(authorization[0])?.[1];
    return bearer === undefined ? { kind: 'unreadable' } : { kind: 'bearer', credentials: { bearer } };
  }
  const name = cookieName(isSecure);
  const sessions = headersOf(request, 'cookie').flatMap((cookies) => valuesOf(name, cookies));
  if (sessions.length === 0) return { kind: 'none' };
  const [session = ''] = sessions;
  if (sessions.length > 1 || !/^[A-Za-z0-9_-]{1,500}$/.test(session)) return { kind: 'unreadable' };
  return { kind: 'cookie', credentials: { session } };
}

/** All values of a header: Node gives the first of some, and joins others. */
export function headersOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

function valuesOf(name: string, cookies: string): string[] {
  return cookies
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(`${name}=`))
    .map((each) => each.slice(name.length + 1));
}
