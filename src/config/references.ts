import { parseSecretReference } from '../kernel/index.ts';
import { type Finding, mappingOf, type Path } from './findings.ts';

/** A place of the configuration where `{ secret: name }` stands for the value. */
export interface Reference {
  path: Path;
  /** `name`, or `name#KEY`. */
  secret: string;
}

/** `secret` is a key of its own below these: the secret of a webhook, a variable of that name. */
const OWN_KEY = ['webhook', 'env'];
/** What an app is called by, and which rules hold for it, is asked before any secret is read. */
const WRITTEN_OUT = ['name', 'environment', 'kind'];

/** Aliases may make few lines many. */
const REFERENCES_MAX = 10_000;

/** Where secrets stand for values, in the order of the file; the first so many. */
export function referencesIn(root: unknown): Reference[] {
  const found: Reference[] = [];
  for (const reference of walk(root, [], new Map())) if (found.push(reference) > REFERENCES_MAX) break;
  return found;
}

/** `empty`: what was looked through before and holds none, for aliases make values shared. */
function* walk(value: unknown, path: Path, empty: Map<unknown, boolean>): Generator<Reference, boolean> {
  if (typeof value !== 'object' || value === null || empty.get(value)) return false;
  const secret = referenceAt(value, path);
  if (secret !== null) {
    yield { path, secret };
    return true;
  }
  let some = false;
  for (const [key, child] of Object.entries(value))
    some = (yield* walk(child, [...path, Array.isArray(value) ? Number(key) : key], empty)) || some;
  // Below `webhook` and `env` the same mapping is none, and elsewhere it is.
  if (!some && !OWN_KEY.includes(String(path.at(-1)))) empty.set(value, true);
  return some;
}

function referenceAt(value: object, path: Path): string | null {
  const { secret } = mappingOf(value);
  if (typeof secret !== 'string' || Object.keys(value).length !== 1) return null;
  return OWN_KEY.includes(String(path.at(-1))) ? null : secret;
}

/** References where none can be, and names that are none. */
export function checkReferences(references: readonly Reference[]): Finding[] {
  if (references.length > REFERENCES_MAX)
    return [{ path: [], at: 'key', message: `more than ${REFERENCES_MAX} values come from secrets` }];
  return references.flatMap(({ path, secret }): Finding[] => {
    if (path[0] !== 'apps' || path.length < 3 || (path.length === 3 && WRITTEN_OUT.includes(String(path[2]))))
      return [
        {
          path,
          at: 'key',
          message: 'cannot come from a secret: it is needed before any is read',
          hint: 'write it out',
        },
      ];
    if (parseSecretReference(secret) !== null) return [];
    return [
      {
        path,
        at: 'key',
        message: `"${secret}" is no name of a secret`,
        hint: 'write { secret: name }, or { secret: "name#KEY" } for a key of a JSON object',
      },
    ];
  });
}

/** The same with other values at some paths, which are there; what is on the way to them is not shared with what was given. */
export function replaced(root: unknown, values: ReadonlyMap<string, unknown>): unknown {
  const fresh = new Set<unknown>();
  let out = root;
  for (const [key, value] of values) out = put(out, JSON.parse(key) as Path, value, fresh);
  return out;
}

function put(root: unknown, [step, ...rest]: Path, value: unknown, fresh: Set<unknown>): unknown {
  if (step === undefined) return value;
  const own = fresh.has(root) ? root : Array.isArray(root) ? [...root] : { ...mappingOf(root) };
  fresh.add(own);
  const holder = own as Record<string | number, unknown>;
  holder[step] = put(holder[step], rest, value, fresh);
  return own;
}

export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

export function isWithin(path: Path, outer: Path): boolean {
  return outer.every((step, index) => path[index] === step);
}
