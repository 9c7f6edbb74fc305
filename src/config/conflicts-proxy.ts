import { checkAcme } from './conflicts-acme.ts';
import { DEFAULTS, defaultStrategy } from './defaults.ts';
import { type Finding, listOf, mappingOf, type Path, textOf } from './findings.ts';
import { routing, siteRouting } from './schema-proxy.ts';

/** Keys that say what the proxy does. */
const BEHIND = Object.keys({ ...routing(), ...siteRouting() }).filter((key) => key !== 'domains');

/** What `proxy` and the apps behind it need of each other. Reads raw values. */
export function checkProxy(raw: unknown): Finding[] {
  const { apps: list, proxy } = mappingOf(raw);
  const apps = listOf(list).map(mappingOf);
  return [
    ...checkAddresses(proxy),
    ...checkAgent(raw),
    ...checkAcme(raw),
    ...apps.flatMap((app, index) => checkApp(app, { index, proxy })),
    ...checkNames(apps),
  ];
}

/** Ports that the proxy listens on, by the key that says so. */
export function proxyPorts(raw: unknown): { owner: string; port: number }[] {
  const proxy = mappingOf(mappingOf(raw).proxy);
  return (['http', 'https'] as const).flatMap((key) => {
    const value = proxy[key];
    const port = typeof value === 'string' ? Number(/:(\d+)$/.exec(value)?.[1]) : value;
    return Number.isInteger(port) ? [{ owner: `proxy.${key}`, port: port as number }] : [];
  });
}

/** The agent and the proxy cannot both listen on a port. */
function checkAgent(raw: unknown): Finding[] {
  const { listen = DEFAULTS.listen } = mappingOf(raw);
  const agent = Number(/:(\d+)$/.exec(textOf(listen))?.[1]);
  return proxyPorts(raw)
    .filter(({ port }) => port === agent)
    .map(({ owner }) => ({
      path: owner.split('.'),
      at: 'value',
      message: `port ${agent} is that of listen`,
    }));
}

function checkAddresses(proxy: unknown): Finding[] {
  if (proxy === undefined || proxy === null || typeof proxy !== 'object') return [];
  const { http, https } = mappingOf(proxy);
  const isNone = (value: unknown) => value === undefined || value === null;
  if (isNone(http) && isNone(https))
    return [{ path: ['proxy'], at: 'key', message: 'needs http, https, or both: where it listens' }];
  if (JSON.stringify(http) !== JSON.stringify(https)) return [];
  return [
    { path: ['proxy', 'https'], at: 'key', message: 'is the address of http; each needs one of its own' },
  ];
}

function checkApp(
  app: Record<string, unknown>,
  { index, proxy }: { index: number; proxy: unknown },
): Finding[] {
  const domains = listOf(app.domains);
  const keys = BEHIND.filter((key) => app[key] !== undefined);
  const at = (key: string): Path => ['apps', index, key];
  const { strategy = defaultStrategy({ isBehind: domains.length > 0 }) } = mappingOf(app.roll_out);
  if (domains.length === 0)
    return keys.map((key) => {
      if (key === 'roll_out' && strategy === 'overlap')
        return {
          path: [...at(key), 'strategy'],
          at: 'value',
          message: 'overlap needs domains: without the proxy nobody would send requests to the other slot',
          hint: 'take it away, or give the app domains',
        };
      return { path: at(key), at: 'key', message: 'does nothing without domains' };
    });
  if (proxy === undefined || proxy === null)
    return [
      {
        path: at('domains'),
        at: 'key',
        message: 'needs proxy, which says where it listens',
        hint: 'write proxy: { http: 80 } beside apps',
      },
    ];
  const { https } = mappingOf(proxy);
  if (app.hsts !== undefined && app.hsts !== null && (https === undefined || https === null))
    return [
      { path: at('hsts'), at: 'key', message: 'needs https of proxy: browsers would find nobody there' },
    ];
  if (app.kind === 'site') return checkUpstream(app.upstream, { at, proxy });
  if (app.port === undefined || app.port === null)
    return [{ path: at('domains'), at: 'key', message: 'needs a port: where the proxy finds the instances' }];
  if (app.canary !== undefined && app.canary !== null && strategy !== 'overlap')
    return [
      {
        path: at('canary'),
        at: 'key',
        message: 'needs the strategy overlap: old and new release run beside each other',
        hint: 'write roll_out: { strategy: overlap }',
      },
    ];
  return [];
}

function checkUpstream(
  upstream: unknown,
  { at, proxy }: { at: (key: string) => Path; proxy: unknown },
): Finding[] {
  if (upstream === undefined || upstream === null)
    return [
      {
        path: at('domains'),
        at: 'key',
        message: 'needs upstream: where the web server listens that serves the site',
        hint: 'write upstream: 127.0.0.1:8080, and see docs/web-servers.md',
      },
    ];
  const [, host = '', port] = /^(.*):(\d+)$/.exec(textOf(upstream)) ?? [];
  const isHere = /^(127\.|0\.0\.0\.0$|\[::1?\]$)/.test(host);
  const owner = proxyPorts({ proxy }).find((each) => each.port === Number(port))?.owner;
  if (!isHere || owner === undefined) return [];
  return [{ path: at('upstream'), at: 'value', message: `port ${port} is that of ${owner}` }];
}

/** Two apps may have a name in common where they have other paths of it. */
function checkNames(apps: Record<string, unknown>[]): Finding[] {
  const findings: Finding[] = [];
  const taken = new Map<string, string>();
  for (const [index, app] of apps.entries())
    for (const [place, domain] of listOf(app.domains).entries()) {
      const host = typeof domain === 'string' ? domain : mappingOf(domain).host;
      if (typeof host !== 'string') continue;
      const bare = String(app.path ?? '/').replace(/\/+$/, '');
      const name = `${host.toLowerCase()}${bare || '/'}`;
      const other = taken.get(name);
      if (other === undefined)
        taken.set(name, `${app.name ?? `apps[${index}]`}@${app.environment ?? DEFAULTS.environment}`);
      else
        findings.push({
          path: ['apps', index, 'domains', place],
          at: 'value',
          message: `${name} is sent to ${other} already`,
          hint: 'give one of them another name or path',
        });
    }
  return findings;
}
