import type { Configuration, ServiceConfiguration } from '../../config/index.ts';
import type { Domain, ProxyApp, ProxyDescription } from '../../proxy/index.ts';
import type { HeldCertificate } from './certificates.ts';

/** HAProxy's own user, which its package makes. */
const ACCOUNT = { user: 'haproxy', group: 'haproxy' };
const MOST_THAT_WAIT = 1000;
const WAIT_MS = 30_000;
const CONNECT_MS = 5000;
const IDLE_MS = 60_000;
const TUNNEL_MS = 3_600_000;

/** What the configuration in force means for HAProxy; null where there is no proxy. */
export function describeProxy(
  { proxy, apps }: Configuration,
  certificates: readonly HeldCertificate[],
): ProxyDescription | null {
  if (proxy === null) return null;
  return {
    account: process.getuid?.() === 0 ? ACCOUNT : null,
    http: proxy.http,
    https: proxy.https,
    acceptProxyProtocol: false,
    certificates: certificates.map(({ file, digest }) => ({ file, digest })),
    apps: apps.flatMap((app) =>
      app.kind === 'service' && app.port !== null && app.domains.length > 0
        ? [describeApp(app, { port: app.port, certificates })]
        : [],
    ),
  };
}

function describeApp(
  app: ServiceConfiguration,
  { port, certificates }: { port: number; certificates: readonly HeldCertificate[] },
): ProxyApp {
  return {
    id: app.id,
    domains: app.domains.map(({ host, redirect }): Domain => {
      const secure = certificates.some(({ names }) => isCovered(host, names));
      return { host, redirect, secure };
    }),
    path: app.path,
    slots: Array.from({ length: app.replicas }, (_, index) => {
      const instance = String(index + 1);
      return { name: instance, instance, host: '127.0.0.1', port: port + index, isFixed: false };
    }),
    check: app.ready.kind === 'http' ? { kind: 'http', path: app.ready.path } : { kind: 'tcp' },
    sticky: app.sticky,
    drainMs: app.rollOut.drainMs,
    timeouts: { connectMs: CONNECT_MS, idleMs: IDLE_MS, tunnelMs: TUNNEL_MS },
    queue: { limit: MOST_THAT_WAIT, waitMs: WAIT_MS },
    maxBodyBytes: null,
    compression: false,
    allow: null,
    basicAuth: null,
    hsts: null,
    maintenance: false,
    pages: { maintenance: null, errors: [] },
  };
}

/** `*.example.com` covers `www.example.com`, and not what is below that. */
function isCovered(host: string, names: readonly string[]): boolean {
  return names.includes(host) || names.includes(host.replace(/^[^.]+/, '*'));
}
