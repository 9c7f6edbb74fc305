import { nearest } from '../kernel/index.ts';
import { idOf } from './configuration.ts';
import { DEFAULTS } from './defaults.ts';
import { type Finding, listOf } from './findings.ts';

interface Ordered {
  /** Null where the app has none that could be named. */
  id: string | null;
  after: readonly unknown[];
}

/** What `after` names that is no other app, and apps that would wait for each other. `others`: ids of apps that wait for a secret. */
export function checkOrder(apps: readonly Record<string, unknown>[], others: readonly string[]): Finding[] {
  const ordered = apps.map(orderedOf);
  const known = [...ordered.flatMap(({ id }) => id ?? []), ...others];
  const findings = ordered.flatMap((app, index) =>
    app.after.flatMap((entry, place): Finding[] => {
      const problem = typeof entry === 'string' ? problemOf(entry, { app, place, known }) : null;
      return problem === null ? [] : [{ path: ['apps', index, 'after', place], at: 'value', ...problem }];
    }),
  );
  return [...findings, ...circles(ordered)];
}

function problemOf(
  entry: string,
  { app, place, known }: { app: Ordered; place: number; known: readonly string[] },
): Pick<Finding, 'message' | 'hint'> | null {
  const first = app.after.indexOf(entry);
  if (first !== place) return { message: `stands in after[${first}] already` };
  if (entry === app.id) return { message: 'is the app itself', hint: 'take it away' };
  if (known.includes(entry)) return null;
  const [name] = entry.split('@', 1);
  const namesakes = known.filter((id) => id.split('@', 1)[0] === name && id !== app.id);
  const near =
    nearest(
      entry,
      known.filter((id) => id !== app.id),
    ) ?? undefined;
  const meant = namesakes.length > 0 ? namesakes.join('" or "') : near;
  const others = known.filter((id) => id !== app.id);
  const there = others.length === 0 ? 'there is no other app' : `there is: ${others.join(', ')}`;
  return {
    message: 'is no app of this file',
    hint: meant === undefined ? there : `did you mean "${meant}"?`,
  };
}

/** Each circle once, where it closes. */
function circles(ordered: readonly Ordered[]): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  const byId = new Map(ordered.map((app, index) => [app.id, { app, index }]));
  const visit = (id: string, way: readonly string[]): void => {
    if (done.has(id)) return;
    const { app, index } = byId.get(id) ?? {};
    for (const [place, entry] of (app?.after ?? []).entries()) {
      if (typeof entry !== 'string' || entry === id) continue;
      const from = [...way, id].indexOf(entry);
      if (from === -1) visit(entry, [...way, id]);
      else
        findings.push({
          path: ['apps', index ?? 0, 'after', place],
          at: 'key',
          message: `they would wait for each other: ${[...way, id].slice(from).join(' -> ')} -> ${entry}`,
        });
    }
    done.add(id);
  };
  for (const { id } of ordered) if (id !== null) visit(id, []);
  return findings;
}

function orderedOf({ name, environment = DEFAULTS.environment, after }: Record<string, unknown>): Ordered {
  const isNamed = typeof name === 'string' && typeof environment === 'string';
  return { id: isNamed ? idOf(name, environment) : null, after: listOf(after) };
}
