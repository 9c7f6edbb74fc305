import { idOf } from './configuration.ts';
import { checkOrder } from './conflicts-order.ts';
import { checkProxy, proxyPorts } from './conflicts-proxy.ts';
import { checkRoots } from './conflicts-roots.ts';
import { DEFAULTS, defaultStrategy } from './defaults.ts';
import { type Finding, listOf, mappingOf, type Path, textOf } from './findings.ts';
import { checkNodeNames } from './node-names.ts';
import { checkPlainHttp } from './rules-bucket.ts';

/**
 * What two apps, or an app and the agent, may not have in common, or not without the other. Reads raw values, as the rules of
 * one app do. `others`: ids of apps that are not among them, and are there.
 */
export function checkConflicts(raw: unknown, others: readonly string[]): Finding[] {
  const { apps: list, data, listen } = mappingOf(raw);
  const apps = listOf(list).map(mappingOf);
  return [
    ...checkIds(apps),
    ...checkPortRanges(apps, [...agentRange(listen), ...proxyRanges(raw)]),
    ...checkNodeNames(apps),
    ...checkOrder(apps, others),
    ...checkRoots(apps, data),
    ...checkPlainHttp(raw),
    ...checkProxy(raw),
  ];
}

function checkIds(apps: Record<string, unknown>[]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, { index: number; environment: string }>();
  for (const [index, app] of apps.entries()) {
    const environment = app.environment ?? DEFAULTS.environment;
    if (typeof app.name !== 'string' || typeof environment !== 'string') continue;
    const id = idOf(app.name, environment);
    const first = seen.get(id);
    if (first) findings.push(sameId({ name: app.name, environment, index, first }));
    else seen.set(id, { index, environment });
  }
  return findings;
}

function sameId(app: {
  name: string;
  environment: string;
  index: number;
  first: { index: number; environment: string };
}): Finding {
  const same = app.environment === app.first.environment;
  const message = same
    ? `apps[${app.first.index}] is "${app.name}" in environment ${app.environment} already`
    : `apps[${app.first.index}] is "${app.name}" in environment ${app.first.environment}, and prod and production are one`;
  const hint = 'give it another name or environment';
  return { path: ['apps', app.index, same ? 'name' : 'environment'], at: 'key', message, hint };
}

interface PortRange {
  owner: string;
  first: number;
  last: number;
}

/** Where instances listen: in their first slots, and in the others where a roll-out overlaps. */
function rangesOf(app: Record<string, unknown>, index: number): (PortRange & { path: Path; what: string })[] {
  const { port, replicas = DEFAULTS.replicas } = app;
  if (!isWhole(port) || !isWhole(replicas)) return [];
  const path: Path = ['apps', index, 'port'];
  const first = { owner: `apps[${index}]`, path, what: '', first: port, last: port + replicas - 1 };
  const isBehind = listOf(app.domains).length > 0;
  const { strategy = defaultStrategy({ isBehind }), spare_port: spare } = mappingOf(app.roll_out);
  if (strategy !== 'overlap' || !isBehind) return [first];
  const from = spare ?? port + DEFAULTS.spareAbovePort;
  if (!isWhole(from)) return [first];
  return [
    first,
    {
      owner: `slots b of apps[${index}]`,
      path: spare === undefined ? path : ['apps', index, 'roll_out', 'spare_port'],
      what: ' of its slots b (spare_port)',
      first: from,
      last: from + replicas - 1,
    },
  ];
}

function checkPortRanges(apps: Record<string, unknown>[], others: PortRange[]): Finding[] {
  const findings: Finding[] = [];
  const taken = [...others];
  for (const [index, app] of apps.entries()) {
    for (const { path, what, ...range } of rangesOf(app, index)) {
      if (what !== '' && range.last > MOST)
        findings.push({ path, at: 'key', message: `ports${what} would go up to ${range.last}`, hint: SPARE });
      for (const other of taken)
        if (range.first <= other.last && other.first <= range.last)
          findings.push({
            path,
            at: 'key',
            message: `ports ${portsOf(range)}${what} overlap with ${portsOf(other)} of ${other.owner}`,
            ...(what !== '' && { hint: SPARE }),
          });
      taken.push(range);
    }
  }
  return findings;
}

const MOST = 65_535;
const SPARE = 'name others by roll_out.spare_port';

function portsOf({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function agentRange(listen: unknown): PortRange[] {
  const port = /:(\d+)$/.exec(textOf(listen === undefined ? DEFAULTS.listen : listen))?.[1];
  return port === undefined ? [] : [{ owner: 'listen', first: Number(port), last: Number(port) }];
}

function proxyRanges(raw: unknown): PortRange[] {
  return proxyPorts(raw).map(({ owner, port }) => ({ owner, first: port, last: port }));
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
