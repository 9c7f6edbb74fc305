import { isCovered } from '../../acme/index.ts';
import type {
  AppConfiguration,
  Configuration,
  ServiceConfiguration,
  SiteConfiguration,
} from '../../config/index.ts';
import { type Domain, type ProxyApp, type ProxyDescription, serverOf } from '../../proxy/index.ts';
import { slotOf } from '../../supervisor/index.ts';
import type { HeldCertificate } from './certificates.ts';
import { type HeldPage, plainPage } from './pages.ts';

/** HAProxy's own user, which its package makes. */
const ACCOUNT = { user: 'haproxy', group: 'haproxy' };

const MOST_THAT_WAIT = 1000;
const WAIT_MS = 30_000;

interface Held {
  certificates: readonly HeldCertificate[];
  /** By the path that the configuration has. */
  pages: ReadonlyMap<string, HeldPage>;
  /** Where a slot is reached whose process was started with another port than is configured; null: as is configured. */
  portOf: (server: string) => number | null;
}

/** What the configuration in force means for HAProxy; null where there is no proxy. */
export function describeProxy({ proxy, apps }: Configuration, held: Held): ProxyDescription | null {
  if (proxy === null) return null;
  return {
    account: process.getuid?.() === 0 ? ACCOUNT : null,
    http: proxy.http,
    https: proxy.https,
    proxyProtocol: proxy.proxyProtocol,
    certificates: held.certificates.map(({ file, digest }) => ({ file, digest })),
    challenges: proxy.acme !== null && proxy.acme.dns === null,
    apps: apps.flatMap((app) => {
      const placed =
        app.domains.length === 0 ? null : app.kind === 'service' ? ofService(app, held) : ofSite(app);
      return placed === null ? [] : [{ ...ofEither(app, held), ...placed }];
    }),
  };
}

/** Where requests go, and who is asked whether he is up. */
type Placed = Pick<ProxyApp, 'slots' | 'check' | 'canary' | 'sticky' | 'drainMs'>;

function ofService(app: ServiceConfiguration, { portOf }: Held): Placed | null {
  const { id, port, replicas, rollOut, ready, canary, sticky } = app;
  if (port === null) return null;
  return {
    // Both, whatever the strategy: one that was overlap may have left a process in the second.
    slots: Array.from({ length: replicas }, (_, index) => index).flatMap((index) =>
      [port, rollOut.sparePort].flatMap((first, place) => {
        const unit = String(index + 1);
        if (first === null) return [];
        const name = slotOf({ unit, spare: place === 1 });
        const listensOn = portOf(serverOf(id, name)) ?? first + index;
        return { name, instance: unit, host: '127.0.0.1', port: listensOn };
      }),
    ),
    check: ready.kind === 'http' ? { kind: 'http', path: ready.path } : { kind: 'tcp' },
    canary: canary !== null,
    sticky,
    drainMs: rollOut.drainMs,
  };
}

const UPSTREAM = 'upstream';

function ofSite({ upstream }: SiteConfiguration): Placed | null {
  if (upstream === null) return null;
  return {
    slots: [{ name: UPSTREAM, instance: UPSTREAM, ...upstream }],
    check: { kind: 'tcp' },
    canary: false,
    sticky: false,
    drainMs: 0,
  };
}

/** What is always sent to, where it is up. */
export function serversOfSites({ apps }: Configuration): string[] {
  return apps.flatMap((app) => (app.kind === 'site' ? [serverOf(app.id, UPSTREAM)] : []));
}

function ofEither(app: AppConfiguration, { certificates, pages }: Held): Omit<ProxyApp, keyof Placed> {
  const { routing } = app;
  const pageOf = (path: string | null) => (path === null ? null : (pages.get(path)?.file ?? null));
  return {
    id: app.id,
    domains: app.domains.map(({ host, redirect }): Domain => {
      const secure = certificates.some(({ validity }) => isCovered(host, validity.names));
      return { host, redirect, secure };
    }),
    path: app.path,
    answerMs: routing.answerMs,
    queue: { limit: MOST_THAT_WAIT, waitMs: WAIT_MS },
    maxBodyBytes: routing.maxBodyBytes,
    compress: routing.compress,
    allow: routing.allow,
    basicAuth: routing.basicAuth && { user: routing.basicAuth.user, hash: routing.basicAuth.password },
    hstsMs: routing.hstsMs,
    pages: {
      maintenance: pageOf(routing.maintenancePage) ?? plainPage.file,
      error: pageOf(routing.errorPage),
    },
  };
}
