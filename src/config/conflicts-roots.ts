import path from 'node:path';
import { DEFAULTS, defaultRoot } from './defaults.ts';
import { type Finding, listOf, textOf } from './findings.ts';

interface Site {
  index: number;
  root: string;
  /** Names in the root that Slipway makes or removes things at. */
  names: string[];
}

const OWN_NAMES = ['current', 'release', 'storage', 'logs', '.env', 'maintenance.html'];
const HINT = 'give it a root of its own';

/**
 * Two sites may not have one root, nor may one lie in a directory that the other one uses: /webroot/staging beside
 * /webroot is how sites are laid out, /webroot/storage is not.
 */
export function checkRoots(apps: Record<string, unknown>[], data: unknown): Finding[] {
  const sites = apps.flatMap((app, index) => siteOf(app, index));
  const byRoot = new Map<string, Site>();
  const findings: Finding[] = [];
  const report = (site: Site, message: string) =>
    findings.push({ path: ['apps', site.index, 'root'], at: 'key', message, hint: HINT });

  for (const site of sites) {
    const other = byRoot.get(site.root);
    if (other) report(site, `apps[${other.index}] has the root ${site.root} already`);
    else byRoot.set(site.root, site);
  }
  for (const site of byRoot.values())
    for (const { owner, name } of holdersOf(site.root, byRoot))
      if (owner.index < site.index) report(site, `lies in ${name} of apps[${owner.index}], ${owner.root}`);
      else report(owner, `the root of apps[${site.index}], ${site.root}, lies in its ${name}`);

  const dataDirectory = absolute(data ?? DEFAULTS.data);
  if (dataDirectory === null) return findings;
  for (const site of byRoot.values())
    if (`${site.root}/`.startsWith(`${dataDirectory}/`))
      report(site, `lies in the data directory, ${dataDirectory}`);
  for (const { owner, name } of holdersOf(dataDirectory, byRoot))
    report(owner, `the data directory, ${dataDirectory}, lies in its ${name}`);
  return findings;
}

function siteOf(app: Record<string, unknown>, index: number): Site[] {
  const { kind, environment = DEFAULTS.environment, shared } = app;
  const root = absolute(app.root ?? (typeof environment === 'string' ? defaultRoot(environment) : null));
  if (kind !== 'site' || root === null) return [];
  const tops = listOf(shared ?? DEFAULTS.shared).map((entry) => textOf(entry).split('/', 1)[0] ?? '');
  return [{ index, root, names: [...OWN_NAMES, ...tops] }];
}

/** The sites of which a directory in use holds `directory`, and the name of that. */
function holdersOf(directory: string, byRoot: Map<string, Site>): { owner: Site; name: string }[] {
  const holders: { owner: Site; name: string }[] = [];
  for (let at = directory; at !== '/'; at = path.dirname(at)) {
    const owner = byRoot.get(path.dirname(at));
    const name = path.basename(at);
    if (owner?.names.includes(name)) holders.push({ owner, name });
  }
  return holders;
}

function absolute(value: unknown): string | null {
  return typeof value === 'string' && path.isAbsolute(value) ? path.resolve(value) : null;
}
