import { check } from './check.ts';
import { compile } from './compile.ts';
import { type Configuration, idOf, type Lookup, type WaitingApp } from './configuration.ts';
import { DEFAULTS } from './defaults.ts';
import { type Finding, listOf, mappingOf, type Path } from './findings.ts';
import { checkReferences, isWithin, pathKey, type Reference, replaced } from './references.ts';

/** A configuration as it was written: its secrets are names still. */
export interface Draft {
  file: string | null;
  /** As it was written, secrets by their names. */
  root: unknown;
  references: readonly Reference[];
  writtenAt: (path: Path) => string | null;
  /** What to throw for errors. */
  refuse: (findings: readonly Finding[]) => Error;
}

/**
 * The configuration with the values of its secrets. An app of which one is not known, or does not fit where it stands, is
 * left out: it waits. What a value makes wrong is no error of the file, and never keeps the other apps from running.
 */
export function complete(draft: Draft, lookup: Lookup): Configuration {
  const { root, references } = draft;
  if (references.length === 0) return withNone(draft);
  const wrong = checkReferences(references);
  if (wrong.length > 0) throw draft.refuse([...wrong, ...findingsOf(root, references)]);
  const values = new Map<string, unknown>();
  const refused = new Map<string, string>();
  for (const reference of references) {
    const value = lookup(reference.secret, appOf(root, reference));
    if (value !== null) values.set(pathKey(reference.path), value);
  }
  const open = () => references.filter(({ path }) => !values.has(pathKey(path)));
  let findings: Finding[];
  // Each turn gives up a reference, or reads it as a number, so there is an end to it.
  do findings = findingsOf(replaced(root, values), open());
  while (settle(findings, { references, values, refused }));
  if (findings.length > 0) {
    const own = findingsOf(root, references);
    if (own.length > 0 || values.size === 0) throw draft.refuse(own.length > 0 ? own : findings);
    // Two values do not go together, or one not with what is written out elsewhere.
    for (const { path } of references)
      if (values.delete(pathKey(path))) refused.set(pathKey(path), findings[0]?.message ?? '');
  }
  return without(draft, { values, refused, open: open() });
}

function withNone({ file, root, writtenAt, refuse }: Draft): Configuration {
  const { checked, findings } = check(root);
  if (checked === null) throw refuse(findings);
  return compile(checked, file, writtenAt);
}

/** What is wrong, less what stands where a value is not known. */
function findingsOf(root: unknown, open: readonly Reference[]): Finding[] {
  const { findings } = check(root);
  return (findings ?? []).filter(({ path }) => !open.some((each) => isWithin(path, each.path)));
}

interface Settling {
  references: readonly Reference[];
  values: Map<string, unknown>;
  refused: Map<string, string>;
}

/** A text that is none of the kind asked for may be a number; else it is given up. True: there is something to look at anew. */
function settle(findings: readonly Finding[], { references, values, refused }: Settling): boolean {
  const atFault = findings.flatMap((finding) =>
    references
      .filter(({ path }) => values.has(pathKey(path)) && isWithin(finding.path, path))
      .map(({ path }) => ({ key: pathKey(path), finding })),
  );
  for (const [key, finding] of new Map(atFault.map(({ key, finding }) => [key, finding]))) {
    const value = values.get(key);
    const scalar = typeof value === 'string' ? scalarOf(value) : null;
    if (scalar !== null) values.set(key, scalar);
    else if (values.delete(key)) refused.set(key, finding.message);
  }
  return atFault.length > 0;
}

function scalarOf(text: string): number | boolean | null {
  if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : null;
}

/** Compiles the apps that have all they need. */
function without(
  { file, root, references, writtenAt, refuse }: Draft,
  {
    values,
    refused,
    open,
  }: { values: Map<string, unknown>; refused: Map<string, string>; open: Reference[] },
): Configuration {
  const apps = listOf(mappingOf(root).apps);
  const waits = (index: number) => open.filter(({ path }) => path[1] === index);
  const kept = [...apps.keys()].filter((index) => waits(index).length === 0);
  const whole = mappingOf(replaced(root, values));
  const list = listOf(whole.apps);
  const waiting = [...apps.keys()]
    .filter((index) => !kept.includes(index))
    .map((index) => waitingApp(apps, index));
  const { checked, findings } = check(
    { ...whole, apps: kept.map((index) => list[index]) },
    waiting.map(({ id }) => id),
  );
  if (checked === null) throw refuse(findings);
  const configuration = compile(checked, file, (path) =>
    writtenAt(path[0] === 'apps' ? ['apps', kept[Number(path[1])] ?? -1, ...path.slice(2)] : path),
  );
  return {
    ...configuration,
    references: references.map(({ path, secret }) => ({
      ...{ app: idAt(apps, path), secret, path: path.slice(2) },
      refused: refused.get(pathKey(path)) ?? null,
    })),
    waiting,
  };
}

function waitingApp(apps: readonly unknown[], index: number): WaitingApp {
  const { name, environment = DEFAULTS.environment, kind, user } = mappingOf(apps[index]);
  return {
    ...{ id: idAt(apps, ['apps', index]), name: String(name), environment: String(environment) },
    ...{ kind: kind === 'site' ? 'site' : 'service', user: typeof user === 'string' ? user : null },
  };
}

function idAt(apps: readonly unknown[], path: Path): string {
  const { name, environment } = keyOf(apps[Number(path[1])]);
  return idOf(name, environment);
}

function appOf(root: unknown, { path }: Reference): { name: string; environment: string } {
  return keyOf(listOf(mappingOf(root).apps)[Number(path[1])]);
}

function keyOf(app: unknown): { name: string; environment: string } {
  const { name, environment = DEFAULTS.environment } = mappingOf(app);
  return { name: String(name), environment: String(environment) };
}
