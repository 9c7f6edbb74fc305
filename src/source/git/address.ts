import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { redact, registerSecret, SlipwayError } from '../../kernel/index.ts';

/** Where a repository is. */
export interface Address {
  /** The URL without credentials, or the absolute path of a local repository. The mirror is named by it. */
  url: string;
  transport: 'local' | 'http' | 'ssh' | 'git';
  credentials: Credentials | null;
  /** The repository that it is a submodule of. */
  parent?: Address;
}

export interface Credentials {
  /** `https://example.com:8443`: they are for this host alone. */
  origin: string;
  username: string;
  password: string;
}

const MAX_LENGTH = 2048;
const TOKEN_MIN_LENGTH = 20;
const SCHEMES: Record<string, Address['transport']> = {
  'http:': 'http',
  'https:': 'http',
  'ssh:': 'ssh',
  'git:': 'git',
};

/** Errors: `config_invalid`. Passwords in the URL are registered as secrets. */
export function parseAddress(url: string): Address {
  if (url.length > MAX_LENGTH || /\p{Cc}/u.test(url))
    throw unusable(url, 'it is too long or has control characters');
  if (url.startsWith('-')) throw unusable(url, 'it begins with -');
  if (path.isAbsolute(url)) return { url: path.normalize(url), transport: 'local', credentials: null };
  if (/^[^/]*::/.test(url)) throw unusable(url, 'remote helpers are not called');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return parseUrl(url);
  const [, user, host] = /^(?:([^@/]+)@)?([^:/]+):./.exec(url) ?? [];
  if (host === undefined) throw unusable(url, 'it is no URL, no user@host:path and no absolute path');
  if (host.startsWith('-') || user?.startsWith('-')) throw unusable(url, 'its host begins with -');
  return { url, transport: 'ssh', credentials: null };
}

/** The URL of a submodule as `.gitmodules` has it: `./` and `../` go from the URL of its parent. Errors: `config_invalid`. */
export function submoduleAddress(parent: Address, url: string): Address {
  const address = parseAddress(/^\.\.?\//.test(url) ? relativeTo(parent.url, url) : url);
  if (address.transport === 'local' && parent.transport !== 'local')
    throw unusable(url, `a submodule of ${parent.url} may not be on this host`);
  const around = path.dirname(parent.url);
  if (address.transport === 'local' && !address.url.startsWith(`${around}/`))
    throw unusable(url, `a submodule of ${parent.url} lies beside it, in ${around}`);
  return { ...address, parent };
}

function parseUrl(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw unusable(text, 'it is no URL');
  if (url.protocol === 'file:') {
    if (url.host !== '') throw unusable(text, 'a file:// URL has no host');
    return { url: path.normalize(fileURLToPath(url)), transport: 'local', credentials: null };
  }
  const transport = SCHEMES[url.protocol];
  if (!transport) throw unusable(text, `${url.protocol}// is not supported`);
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (url.hostname === '' || url.hostname.startsWith('-') || username.startsWith('-'))
    throw unusable(text, 'it has no usable host');
  for (const secret of [password, url.password]) registerSecret(secret);
  // `https://<token>@host`, as some hosts have it.
  if (username.length >= TOKEN_MIN_LENGTH) registerSecret(username);
  url.password = '';
  if (transport !== 'ssh') url.username = '';
  const credentials =
    transport === 'http' && username + password !== ''
      ? { origin: `${url.protocol}//${url.host}`, username, password }
      : null;
  return { url: url.href, transport, credentials };
}

function relativeTo(parent: string, relative: string): string {
  let base = parent.replace(/\/+$/, '');
  let rest = relative;
  let separator = '/';
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const slash = base.lastIndexOf('/');
      // `host:repository` has no folder above it but the host's own.
      separator = slash === -1 ? ':' : '/';
      base = base.slice(0, Math.max(0, slash === -1 ? base.lastIndexOf(':') : slash));
    } else return `${base}${separator}${rest}`;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unusable(url: string, why: string): SlipwayError {
  return new SlipwayError('config_invalid', {
    message: `${JSON.stringify(redact(url).slice(0, 200))} is no repository: ${why}`,
    hint: 'supported: https://, ssh://, git://, user@host:path, an absolute path; nothing was changed',
    next: 'slipway config check',
  });
}
