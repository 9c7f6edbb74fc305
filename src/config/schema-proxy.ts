import * as z from 'zod';
import { acmeDirectory, emailAddress, placedCommand } from './acme-fields.ts';
import {
  absolutePath,
  choice,
  DAY_MS,
  duration,
  entries,
  expected,
  flag,
  mapping,
  size,
  userName,
  wholeNumber,
} from './fields.ts';
import {
  batch,
  domainName,
  network,
  passwordHash,
  pathPrefix,
  percent,
  upstreamAddress,
  visitor,
  webAddress,
} from './proxy-fields.ts';
import { key } from './schema-key.ts';

const HSTS_MOST_MS = 3650 * DAY_MS;

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
    acme: key(
      'Certificates from an authority that speaks ACME, for the names in `domains` that no file of `certificates` covers. To name it is to agree to its terms. null: none.',
      acme().nullable().prefault(null),
      { email: 'ops@example.com', directory: 'letsencrypt' },
    ),
    proxy_protocol: key(
      'Networks of load balancers that say by the PROXY protocol whom they speak for: they have to. Nobody else is asked.',
      entries(network(), 'IP addresses and networks').prefault([]),
      ['10.0.0.0/24'],
    ),
  });
}

function acme() {
  return mapping({
    email: key(
      'Whom the authority writes to; null: nobody.',
      emailAddress().nullable().prefault(null),
      'ops@example.com',
    ),
    directory: key(
      '`letsencrypt`, `letsencrypt-staging`, or the address of a directory, which begins with https://.',
      acmeDirectory().prefault('letsencrypt'),
      'https://ca.internal/acme/acme/directory',
    ),
    ca: key(
      'PEM file of what the certificate of `directory` itself is checked against; null: what the host trusts.',
      absolutePath().nullable().prefault(null),
      '/etc/slipway/internal-ca.pem',
    ),
    dns: key(
      'Command that proves names by DNS-01, which wildcards need: called with `present` or `cleanup`, the name of a TXT record, and its value. null: names are proven by HTTP-01, on port 80.',
      placedCommand().nullable().prefault(null),
      '/usr/local/bin/set-txt',
    ),
    dns_user: key(
      "Whom `dns` runs as; null: the agent's own user. What root runs, nobody else may be able to change.",
      userName().nullable().prefault(null),
      'dns-updater',
    ),
  });
}

/** What the proxy sends to a service, and how. */
export function routing() {
  const { domains, path, ...answers } = fronted();
  return {
    domains,
    path,
    sticky: key('A visitor stays with an instance, by a cookie.', flag().prefault(false)),
    roll_out: key('How the proxy takes part in restarts and roll-outs.', rollOut().prefault({})),
    canary: key(
      'With overlap: a new release gets a share of the requests first, and is judged by what it makes of them. null: it is not.',
      canary().nullable().prefault(null),
      { share: '10%', for: '5m', max_errors: '1%', max_latency: '200%' },
    ),
    ...answers,
  };
}

/** What the proxy sends to the web server of a site. */
export function siteRouting() {
  return {
    upstream: key(
      'With `domains`: address of the web server that serves the site, for the proxy to send requests to; null: the proxy has nothing to do with it.',
      upstreamAddress().nullable().prefault(null),
      '127.0.0.1:8080',
    ),
    ...fronted(),
  };
}

/** What the proxy sends to an app of either kind, and answers itself. */
function fronted() {
  return {
    domains: key(
      'Names that `proxy` sends to the app: `*.` stands for all that is below. `{ host, redirect }` sends visitors on to another name.',
      entries(domain(), 'names').prefault([]),
      ['api.example.com', { host: 'www.example.com', redirect: 'api.example.com' }],
    ),
    path: key('Of these names, what begins with this path alone.', pathPrefix().prefault('/'), '/shop'),
    max_body: key(
      'Larger requests are answered with 413, and those that do not say how large they are with 411; null: of any size.',
      size(0).nullable().prefault(null),
      '10MB',
    ),
    allow: key(
      'Who is let in, by IP address; others are answered with 403. null: all.',
      entries(network(), 'IP addresses and networks')
        .min(1, expected('a list of one IP address or network at least, or null for all'))
        .nullable()
        .prefault(null),
      ['10.0.0.0/8', '2001:db8::/32'],
    ),
    basic_auth: key(
      'Whoever does not say this name and password is answered with 401; null: nobody is asked. The app does not get to see them.',
      basicAuth().nullable().prefault(null),
    ),
    hsts: key(
      'Tells browsers, by Strict-Transport-Security, to come by https alone for so long; null: it is not said.',
      duration(0, HSTS_MOST_MS).nullable().prefault(null),
      '365d',
    ),
    compress: key('Text is compressed with gzip for those who take it.', flag().prefault(false)),
    time_out: key(
      'How long an instance, or the web server of a site, may be silent that was asked, before its answer and within it; what takes longer is answered with 504. A WebSocket may be for an hour.',
      duration(1).prefault('60s'),
    ),
    error_page: key(
      'HTML file, 12 KB at most, of what visitors get with 500, 502, 503 and 504 where nobody has answered; null: a plain sentence.',
      absolutePath().nullable().prefault(null),
      '/etc/slipway/error.html',
    ),
    maintenance_page: key(
      'HTML file, 12 KB at most, of what visitors get with 503 while `slipway maintenance` is on; null: a plain page.',
      absolutePath().nullable().prefault(null),
      '/etc/slipway/maintenance.html',
    ),
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

function basicAuth() {
  return mapping({
    user: key('The name.', visitor(), 'staging'),
    password: key(
      'A hash of the password, as `openssl passwd -6` prints it ($6$ or $5$).',
      passwordHash(),
      '$6$slipway$dcntpfjboQvhOw/kYS0YB9YoyEaTBUwkaMXH6.tkCJCA4PHRHIs6FjpFW1FPrLpQ0NR4gvpcwG1lauLryXCIJ0',
    ),
  });
}

function rollOut() {
  return mapping({
    strategy: key(
      'overlap: the successor of an instance is started in its other slot, and takes over when it is ready. replace: nobody is sent to an instance that is to be stopped; when it is ready again, it is sent to. Default: overlap with `domains`.',
      choice(['overlap', 'replace']).optional(),
      'replace',
    ),
    batch: key(
      'Instances that a roll-out takes at a time: a number, or a share of them, rounded down. Default: `max_unavailable`.',
      batch().optional(),
      1,
      '50%',
      '100%',
    ),
    drain: key(
      'How long an instance that is to be stopped goes on with what it was asked before.',
      duration(0).prefault('30s'),
    ),
    spare_port: key(
      'For overlap: the other slot of instance i gets PORT = spare_port + i - 1. Default: `port` + 100.',
      wholeNumber(1, 65_535).optional(),
      4100,
    ),
  });
}

function canary() {
  return mapping({
    share: key(
      'How much of the requests the new release gets, from 1% to 99%.',
      percent(1, 99).prefault('10%'),
      '10%',
    ),
    for: key('How long it is judged.', duration(1).prefault('5m')),
    max_errors: key(
      'How much larger the share of 5xx of the new release may be than that of the old one; null: not judged.',
      percent(0, 100).nullable().prefault(null),
      '1%',
    ),
    max_latency: key(
      'The mean latency of the new release, in percent of that of the old one, may be so much; null: not judged.',
      percent(100, 100_000).nullable().prefault(null),
      '200%',
    ),
    promote: key(
      'by_itself: a good one goes on. by_hand: it waits for `slipway promote`.',
      choice(['by_itself', 'by_hand']).prefault('by_itself'),
    ),
  });
}
