import type { PlannedChange } from '../api/index.ts';
import type { App } from '../app/index.ts';
import type { AppChange, AppConfiguration } from '../config/index.ts';

/** What cannot be changed in a running app. */
export function isAnother(changed: readonly string[]): boolean {
  return changed.some((key) => ['environment', 'kind', 'root'].includes(key));
}

/** What a change will do to an app. `app`: as it runs; `next`: null where it is to go. */
export function plannedChange(
  id: string,
  change: Exclude<AppChange, 'unchanged'>,
  { app, next }: { app: App | null; next: AppConfiguration | null },
): PlannedChange {
  const keys = typeof change === 'string' ? [] : change.changed;
  const running = app === null ? [] : app.units(null);
  const none = { app: id, keys, starts: [], stops: [], restarts: [] };
  const label = (units: readonly string[]) => units.map((unit) => `${id}/${unit}`);
  if (change === 'added') return { ...none, change };
  if (change === 'removed') return { ...none, change, stops: label(running) };
  if (isAnother(keys)) return { ...none, change: 'replaced', stops: label(running) };
  if (app === null || next === null) return { ...none, change: 'changed' };
  const foreseen = app.kind.foreseeUnits(next);
  const present = new Map(app.instances.rows().map((row) => [row.unit, row.fingerprint]));
  return {
    ...none,
    change: 'changed',
    starts: label(foreseen.flatMap(({ unit }) => (present.has(unit) ? [] : [unit]))),
    stops: label(running.filter((unit) => foreseen.every((each) => each.unit !== unit))),
    // One that a person has stopped has it when it is started.
    restarts: label(
      foreseen.flatMap(({ unit, fingerprint }) =>
        present.has(unit) && present.get(unit) !== fingerprint && !app.instances.isStopped(unit)
          ? [unit]
          : [],
      ),
    ),
  };
}
