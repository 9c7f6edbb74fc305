import { LOG_FORMAT } from './access-line.ts';
import { backend, NOWHERE } from './backend.ts';
import { challengeBackend, challengeRoute } from './challenges.ts';
import { backendOf, type Domain, type ProxyApp, type ProxyDescription } from './description.ts';
import { FILES } from './folder.ts';
import { hostCondition } from './host-condition.ts';
import { address, milliseconds, network, word } from './text.ts';

/**
 * HAProxy's configuration (2.6 and later): text, made of the description alone.
 * @throws SlipwayError `proxy_refused` where something in it is not what it should be
 */
export function configurationText(description: ProxyDescription): string {
  return [
    '# Made by Slipway from its own configuration: what is changed here is lost.',
    ...globalSection(description),
    ...defaultsSection(description),
    ...frontend(description),
    ...description.apps.flatMap((app) => backend(app, description)),
    ...(description.challenges ? challengeBackend() : []),
    `backend ${NOWHERE}`,
    '    http-request return status 404 content-type text/plain string "No app has this address."',
    '',
  ].join('\n');
}

/** The list of certificates that `bind` names: an entry a line. */
export function certificateList({ certificates }: ProxyDescription): string {
  return certificates.map(({ file }) => `${word('file', file).slice(1, -1)}\n`).join('');
}

function globalSection({ account, apps }: ProxyDescription): string[] {
  const longestDrain = Math.max(0, ...apps.map(({ drainMs }) => drainMs));
  return [
    'global',
    ...(account
      ? [
          `    user ${word('account', account.user)}`,
          `    group ${word('account', account.group)}`,
          `    chroot ${FILES.chroot}`,
        ]
      : []),
    '    log stdout len 8192 format raw local0',
    // The listeners go from worker to worker by it, so that a reload refuses nobody.
    `    stats socket unix@./${FILES.runtimeSocket} mode 600 level admin expose-fd listeners`,
    '    stats timeout 10s',
    `    server-state-file ./${FILES.states}`,
    // A worker that was replaced ends then, whoever is still connected.
    `    hard-stop-after ${milliseconds(longestDrain + KEPT_MS)}`,
    // By itself it would close connections between two requests, where the next one may be under way: see the answers below.
    '    close-spread-time infinite',
    // By itself it makes room for as many as the host allows: a million.
    '    fd-hard-limit 65536',
    `    lua-load ${FILES.wait}`,
    '    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets',
  ];
}

/** A connection that is kept and not used is closed in that time. */
const KEPT_MS = 60_000;

const CLIENT_MS = 60_000;

function defaultsSection({ apps }: ProxyDescription): string[] {
  // Who waits for an answer is silent.
  const clientMs = Math.max(CLIENT_MS, ...apps.map(({ answerMs }) => answerMs));
  return [
    'defaults',
    '    mode http',
    '    load-server-state-from-file global',
    '    option dontlognull',
    '    option redispatch 1',
    '    retries 3',
    // Nothing was sent yet: anything else may have been done twice.
    '    retry-on conn-failure',
    '    timeout connect 5s',
    `    timeout client ${milliseconds(clientMs)}`,
    '    timeout server 60s',
    '    timeout tunnel 1h',
    '    timeout http-request 10s',
    `    timeout http-keep-alive ${milliseconds(KEPT_MS - 5000)}`,
    '    timeout client-fin 10s',
    '    default-server weight 100 check inter 1s fastinter 200ms downinter 200ms rise 1 fall 2',
  ];
}

function frontend({ http, https, proxyProtocol, challenges, apps }: ProxyDescription): string[] {
  return [
    'frontend web',
    // Here alone: what becomes of servers is no request, and stands in its other output.
    '    log global',
    ...(http ? [`    bind ${address(http)}`] : []),
    // A name without a certificate gets none of another's.
    ...(https
      ? [`    bind ${address(https)} ssl crt-list ${FILES.certificateList} strict-sni alpn h2,http/1.1`]
      : []),
    ...(proxyProtocol.length > 0
      ? [`    tcp-request connection expect-proxy layer4 if { src ${proxyProtocol.map(network).join(' ')} }`]
      : []),
    `    log-format '${LOG_FORMAT}'`,
    '    http-request set-var(txn.method) method,bytes(0,32)',
    '    http-request set-var(txn.path) path,bytes(0,1024)',
    '    http-request set-var(txn.host) req.hdr(host),host_only,lower,bytes(0,256)',
    "    http-request deny deny_status 400 if { var(txn.host) -m reg -- '[^a-z0-9._-]' }",
    // What a visitor says of himself is not believed.
    '    http-request del-header Forwarded',
    '    http-request set-header X-Real-IP %[src]',
    '    http-request set-header X-Forwarded-For %[src]',
    '    http-request set-header X-Forwarded-Host %[req.hdr(host)]',
    '    http-request set-header X-Forwarded-Port %[dst_port]',
    '    http-request set-header X-Forwarded-Proto https if { ssl_fc }',
    '    http-request set-header X-Forwarded-Proto http unless { ssl_fc }',
    // With its next answer a connection of a worker that was replaced is told to go to the new one.
    '    http-after-response set-header Connection close if { stopping } !{ status 101 }',
    ...(challenges ? [challengeRoute()] : []),
    ...routes(apps),
    `    default_backend ${NOWHERE}`,
  ];
}

/** The more is said, the sooner it is asked: names before wildcards, long paths before short ones. */
function routes(apps: readonly ProxyApp[]): string[] {
  const all = apps.flatMap((app) => app.domains.map((domain) => ({ app, domain })));
  const rank = ({ host }: Domain) => (host.startsWith('*.') ? 1 : 0);
  const sorted = all.toSorted(
    (a, b) =>
      rank(a.domain) - rank(b.domain) ||
      b.domain.host.length - a.domain.host.length ||
      b.app.path.length - a.app.path.length,
  );
  return sorted.flatMap(({ app, domain }) =>
    pathConditions(app.path).map(
      (path) => `    use_backend ${backendOf(app.id)} if ${hostCondition(domain.host)}${path}`,
    ),
  );
}

function pathConditions(path: string): string[] {
  const bare = path.replace(/\/+$/, '');
  if (bare === '') return [''];
  return [` { path -m str -- ${word('path', bare)} }`, ` { path -m beg -- ${word('path', `${bare}/`)} }`];
}
