import * as z from 'zod';
import { absolutePath, choice, duration, entries, expected, flag, mapping } from './fields.ts';
import { domainName, pathPrefix, webAddress } from './proxy-fields.ts';
import { key } from './schema-key.ts';

/** One of http and https: see the conflicts. */
export function proxy() {
  return mapping({
    http: key(
      'A port on all addresses, or `address:port` with an IP address; null: not opened.',
      webAddress().nullable().prefault(null),
      80,
      '127.0.0.1:8080',
    ),
    https: key(
      'The same with TLS, for the names that have a certificate: http is redirected there for these.',
      webAddress().nullable().prefault(null),
      443,
    ),
    certificates: key(
      'PEM files, each a certificate, those above it, and its key. Read again when they change, without a lost connection.',
      entries(absolutePath(), 'absolute paths').prefault([]),
      ['/etc/ssl/example.com.pem'],
    ),
  });
}

/** What the proxy sends to an app, and how. */
export function routing() {
  return {
    domains: key(
      'Names that `proxy` sends to the app: `*.` stands for all that is below. `{ host, redirect }` sends visitors on to another name.',
      entries(domain(), 'names').prefault([]),
      ['api.example.com', { host: 'www.example.com', redirect: 'api.example.com' }],
    ),
    path: key('Of these names, what begins with this path alone.', pathPrefix().prefault('/'), '/shop'),
    sticky: key('A visitor stays with an instance, by a cookie.', flag().prefault(false)),
    roll_out: key('How the proxy takes part in restarts and roll-outs.', rollOut().prefault({})),
  };
}

function domain() {
  const redirected = mapping({
    host: key('The name.', domainName({ wildcard: true }), 'www.example.com'),
    redirect: key(
      'Where requests for it are sent on to, path and all.',
      domainName({ wildcard: false }),
      'api.example.com',
    ),
  });
  return z
    .union([domainName({ wildcard: true }), redirected], expected('a name, or { host, redirect }'))
    .transform((written) => (typeof written === 'string' ? { host: written, redirect: null } : written));
}

function rollOut() {
  return mapping({
    strategy: key(
      'replace: nobody is sent to an instance that is to be stopped; when it is ready, it is sent to again.',
      choice(['replace']).prefault('replace'),
    ),
    drain: key(
      'How long an instance that is to be stopped goes on with what it was asked before.',
      duration(0).prefault('30s'),
    ),
  });
}
