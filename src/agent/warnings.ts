import type { AppConfiguration, LimitsConfiguration } from '../config/index.ts';
import type { Journal } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { Runs } from '../supervisor/index.ts';

/** What is not guaranteed on this host, in sentences: how runs are known, and limits that nobody enforces. */
export function warningsOf(runs: Runs, apps: readonly AppConfiguration[]): string[] {
  const { weakness } = runs.containment;
  const unknown =
    weakness === null
      ? []
      : [
          `runs have no control groups (${weakness}): a process that leaves its session and outlives its parent is not found when its run is ended`,
        ];
  return [...unknown, ...apps.flatMap((app) => unenforced(runs, app))];
}

function unenforced(runs: Runs, app: AppConfiguration): string[] {
  const missing = [...new Set(limitsOf(app).flatMap((limits) => runs.containment.unenforced(limits)))];
  if (missing.length === 0) return [];
  return [
    `${app.id}: its limits are not all in force, for the controller ${missing.join(', ')} of cgroup version 2 is not to be had on this host`,
  ];
}

function limitsOf(app: AppConfiguration): LimitsConfiguration[] {
  return app.kind === 'service' ? [app.limits] : app.workers.map(({ limits }) => limits);
}

/** Why the journal cannot be used, and what that means. */
export function damageText({ damage }: Journal): string[] {
  if (damage === null) return [];
  return [
    `${damage.error.message}: apps are kept running as their links and runs say, with no deployment and no other change; next: ${damage.error.next}`,
  ];
}

export function presentDamage({ damage }: Journal): { reason: string; next: string | null } | null {
  return damage && { reason: damage.error.message, next: damage.error.next };
}

/** A change would be lost with the agent: it is refused where the journal cannot be used. */
export function cannotChange({ damage }: Journal): SlipwayError | null {
  if (damage === null) return null;
  const { code, message, next } = damage.error;
  return new SlipwayError(code, {
    message: `nothing can be changed: ${message}`,
    hint: 'apps are kept running as they are',
    ...(next === null ? {} : { next }),
  });
}
