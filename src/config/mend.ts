import { nearest } from '../kernel/index.ts';
import { type Finding, listOf, mappingOf, type Path } from './findings.ts';
import { formOf, isKind, KINDS, type Kind, keysBelow } from './forms.ts';

type Mapping = Record<string, unknown>;

/**
 * What a file means in which a kind is wrong, or keys stand a level too high or too low: one error for that, and the rest is
 * checked as it was meant. The file itself is not changed by it.
 */
export function mend(root: unknown): { root: unknown; findings: Finding[] } {
  if (listOf(mappingOf(root).apps).length === 0) return { root, findings: [] };
  const mended = structuredClone(root);
  const apps = listOf(mappingOf(mended).apps);
  const findings = [
    ...intoLastApp(mappingOf(mended), apps),
    ...apps.flatMap((app, index) => mendApp(app, ['apps', index])),
  ];
  return findings.length === 0 ? { root, findings } : { root: mended, findings };
}

function mendApp(raw: unknown, path: Path): Finding[] {
  const app = mappingOf(raw);
  if (Object.keys(app).length === 0) return [];
  const ofKind = mendKind(app, path);
  const kind = isKind(app.kind) ? app.kind : null;
  if (kind === null) return ofKind;
  return [...ofKind, ...intoEmpty(app, path, kind), ...outOfNested(app, path, kind)];
}

/** Keys of an app that follow the list of apps at the top. */
function intoLastApp(top: Mapping, apps: unknown[]): Finding[] {
  const known = keysBelow(null, []);
  const app = mappingOf(apps.at(-1));
  const moved = Object.keys(top).filter(
    (key) => !known.includes(key) && KINDS.some((kind) => formOf(kind).includes(key)) && !(key in app),
  );
  const [first] = moved;
  if (first === undefined || Object.keys(app).length === 0) return [];
  for (const key of moved) move(top, app, key);
  const message = `is a key of apps, and stands outside of apps[${apps.length - 1}]`;
  return [misplaced([first], message, moved, 'indent it as the keys of the app')];
}

/** `source:` with nothing below it, and its keys beside it. */
function intoEmpty(app: Mapping, path: Path, kind: Kind): Finding[] {
  return Object.keys(app).flatMap((empty) => {
    if (app[empty] !== null) return [];
    const below = keysBelow(kind, [empty]);
    const following = Object.keys(app).slice(Object.keys(app).indexOf(empty) + 1);
    const end = following.findIndex((key) => !below.includes(key));
    const moved = end === -1 ? following : following.slice(0, end);
    const first = moved.find((key) => !formOf(kind).includes(key));
    if (first === undefined) return [];
    const target: Mapping = {};
    app[empty] = target;
    for (const key of moved) move(app, target, key);
    return [misplaced([...path, first], `is a key of ${empty}`, moved, `indent it below ${empty}`)];
  });
}

/** A key of the app within the mapping before it. */
function outOfNested(app: Mapping, path: Path, kind: Kind): Finding[] {
  return Object.entries(app).flatMap(([outer, value]) => {
    const nested = mappingOf(value);
    const below = keysBelow(kind, [outer]);
    if (below.length === 0) return [];
    const moved = Object.keys(nested).filter(
      (key) => !below.includes(key) && formOf(kind).includes(key) && !(key in app),
    );
    const [first] = moved;
    if (first === undefined) return [];
    for (const key of moved) move(nested, app, key);
    const message = `is a key of the app, and stands below ${outer}`;
    return [misplaced([...path, outer, first], message, moved, `indent it as ${outer}`)];
  });
}

/** A kind that is none, or that of which the app has no key of its own while it has several of the other. */
function mendKind(app: Mapping, path: Path): Finding[] {
  const probable = ownKeys(app, 'site').length > ownKeys(app, 'service').length ? 'site' : 'service';
  const { kind } = app;
  const at = [...path, 'kind'];
  if (!isKind(kind)) {
    const near = typeof kind === 'string' ? nearest(kind, KINDS) : null;
    // Of an app that says nothing of itself no more can be checked.
    if (near === null && ownKeys(app, probable).length === 0) return [];
    app.kind = near ?? probable;
    const words = `one of ${KINDS.join(', ')}`;
    const meant = near ?? (kind === undefined ? null : probable);
    const message = kind === undefined ? `is required: ${words}` : `must be ${words}`;
    return [
      { path: at, at: 'value', message, hint: meant === null ? undefined : `did you mean "${meant}"?` },
    ];
  }
  const others = ownKeys(app, probable);
  if (probable === kind || others.length < 2 || ownKeys(app, kind).length > 0) return [];
  app.kind = probable;
  const message = `is ${kind}, and ${others.map((key) => `\`${key}\``).join(', ')} are keys of ${probable}s`;
  return [{ path: at, at: 'key', message, hint: `did you mean "${probable}"?` }];
}

/** Those that an app of no other kind has. */
function ownKeys(app: Mapping, kind: Kind): string[] {
  const others = KINDS.filter((each) => each !== kind).flatMap(formOf);
  return Object.keys(app).filter((key) => formOf(kind).includes(key) && !others.includes(key));
}

function misplaced(path: Path, message: string, moved: string[], hint: string): Finding {
  const others = moved.filter((key) => key !== path.at(-1)).map((key) => `\`${key}\``);
  const also = others.length === 0 ? '' : `, and so ${others.join(', ')}`;
  return { path, at: 'key', message, hint: `${hint}${also}` };
}

function move(from: Mapping, to: Mapping, key: string): void {
  to[key] = from[key];
  delete from[key];
}
