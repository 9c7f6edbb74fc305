import { DEFAULTS } from './defaults.ts';
import { type Finding, listOf, mappingOf, type Path, textOf } from './findings.ts';
import { passwordIn } from './git-fields.ts';
import { checkCron, checkNames, checkRestart, checkVariables } from './rules-common.ts';

export function checkSite(app: Record<string, unknown>, path: Path): Finding[] {
  const workers = listOf(app.workers).map(mappingOf);
  return [
    ...checkCredentials(mappingOf(app.source), [...path, 'source']),
    ...checkKeepGit(app, path),
    ...checkSigning(app, path),
    ...checkShared(app.shared, [...path, 'shared']),
    ...checkAssets(app, [...path, 'assets']),
    ...checkNames(
      workers.map(({ name }) => name),
      [...path, 'workers'],
    ),
    ...workers.flatMap(({ restart }, index) =>
      checkRestart(mappingOf(restart), [...path, 'workers', index, 'restart']),
    ),
    ...checkCron(app, path),
    ...checkVariables(app.env, {}, [...path, 'env']),
  ];
}

/** Tokens are for http(s), keys for ssh. */
function checkCredentials(source: Record<string, unknown>, path: Path): Finding[] {
  const { url } = source;
  if (source.type !== 'git' || typeof url !== 'string') return [];
  const isHttp = /^https?:/.test(url);
  const isSsh = /^ssh:|^[^/:]+@[^/]*:/.test(url);
  const given = (key: string) => source[key] !== undefined && source[key] !== null;
  const findings: Finding[] = [];
  const report = (key: string, message: string, hint: string) =>
    findings.push({ path: [...path, key], at: 'key', message, hint });

  for (const key of ['token', 'username'].filter(given))
    if (!isHttp)
      report(key, 'is for a url that begins with https://', isSsh ? 'use ssh_key' : 'take it away');
    else if (hasPassword(url)) report(key, 'the url holds a password already', 'keep one of them');
    else if (!given('token')) report(key, 'is sent with a token only', 'give the token too');
  for (const key of ['ssh_key', 'known_hosts'].filter(given))
    if (!isSsh)
      report(key, 'is for a url with ssh:// or user@host:path', isHttp ? 'use token' : 'take it away');
  return findings;
}

/** A folder of a repository is no work tree of it. */
function checkKeepGit(app: Record<string, unknown>, path: Path): Finding[] {
  const { subdirectory } = mappingOf(app.source);
  if (app.keep_git !== true || subdirectory === undefined || subdirectory === null) return [];
  const message = 'cannot stand beside source.subdirectory';
  return [{ path: [...path, 'keep_git'], at: 'key', message, hint: 'keep one of them' }];
}

function checkSigning(app: Record<string, unknown>, path: Path): Finding[] {
  const hasKeys = app.signing !== undefined && app.signing !== null;
  if (mappingOf(app.source).type !== 'git' || !hasKeys) return [];
  const message = 'is for archives: a commit has no signature of minisign';
  return [{ path: [...path, 'signing'], at: 'key', message, hint: 'take it away' }];
}

function hasPassword(url: string): boolean {
  try {
    return passwordIn(url) !== null;
  } catch {
    return false;
  }
}

/** What lies at these places of a root or of a release is Slipway's own. */
const RESERVED = ['current', 'release', '.env', 'maintenance.html', 'REVISION'];

function checkShared(shared: unknown, path: Path): Finding[] {
  const entries = listOf(shared ?? DEFAULTS.shared).map((entry) => textOf(entry).replace(/\/$/, ''));
  return entries.flatMap((_, index) => {
    const message = sharedProblem(entries, index);
    return message === null ? [] : [{ path: [...path, index], at: 'value', message } as const];
  });
}

/** What is shared is one for all releases: there is nothing of a former one. */
function checkAssets(app: Record<string, unknown>, path: Path): Finding[] {
  const shared = listOf(app.shared ?? DEFAULTS.shared).map((entry) => textOf(entry).replace(/\/$/, ''));
  const entries = listOf(app.assets).map((entry) => textOf(entry).replace(/\/$/, ''));
  return entries.flatMap((entry, index) => {
    const outer = shared.findIndex((other) => entry === other || entry.startsWith(`${other}/`));
    if (outer !== -1)
      return [{ path: [...path, index], at: 'value', message: 'is shared by all releases already' } as const];
    const other = entries.findIndex((one, at) => (one === entry ? at < index : entry.startsWith(`${one}/`)));
    if (other === -1) return [];
    const message = `${entries[other] === entry ? 'stands' : 'lies'} in assets[${other}] already`;
    return [{ path: [...path, index], at: 'value', message } as const];
  });
}

function sharedProblem(entries: string[], index: number): string | null {
  const entry = entries[index] ?? '';
  const top = entry.split('/', 1)[0] ?? '';
  if (RESERVED.includes(top)) return `${top} is Slipway's own and cannot be shared`;
  const first = entries.indexOf(entry);
  if (first !== index) return `stands in shared[${first}] already`;
  const outer = entries.findIndex((other) => entry.startsWith(`${other}/`));
  return outer === -1 ? null : `lies in shared[${outer}], ${entries[outer]}`;
}
