import { type AppContext, MAX_UNEXPECTED_EXITS } from '../deployment/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { Instance, InstanceStateName } from '../supervisor/index.ts';
import type { Instances } from './instances.ts';

/**
 * Waits until instances are ready, each restarted as often as was asked for. `among`: those that they may have to wait for.
 * @throws SlipwayError `not_ready`, as soon as one of `among` has failed for good, or does not answer though it runs, or
 * has ended unexpectedly or could not be started for the third time
 */
export async function untilUp(
  context: AppContext,
  instances: Instances,
  options: { units: readonly string[]; among: readonly string[] },
): Promise<void> {
  const units = new Set(options.units);
  const among = new Set(options.among);
  const failuresBefore = new Map(instances.all().map((instance) => [instance, instance.state.failures]));
  let culprit: Instance | null = null;
  await instances.until(() => {
    const rows = instances.expected();
    if (
      rows.every(
        (row) => !units.has(row.unit) || (row.generation >= row.wantedGeneration && instances.isUp(row)),
      )
    )
      return true;
    for (const row of rows) {
      const instance = among.has(row.unit) ? instances.comingUp(row.unit) : null;
      if (!instance) continue;
      const { stateName, state } = instance;
      // One that is stuck gets another chance when its turn comes.
      const isStuck = ['failed', 'unready'].includes(stateName) && row.generation >= row.wantedGeneration;
      // Nobody asked for one that is only waited for: how often it failed before counts too.
      const failures = units.has(row.unit)
        ? state.failures - (failuresBefore.get(instance) ?? 0)
        : state.crashes;
      if (isStuck || failures >= MAX_UNEXPECTED_EXITS) culprit = instance;
    }
    return culprit !== null;
  });
  if (culprit === null) return;
  const { unit } = culprit as Instance;
  const others = instances.rows(options.units).filter((row) => row.unit !== unit);
  throw notUp(context, culprit, { othersWait: others.some((row) => row.generation < row.wantedGeneration) });
}

/** Why it is so, and what its last run had to say where that was its end. */
export function whyNotUp({ state, reason }: Instance): string {
  const last = state.lastExit?.reason;
  return last === undefined || reason.includes(last) || !reason.includes('ended unexpectedly')
    ? reason
    : `${reason}; last: ${last}`;
}

/** What becomes of one that is not ready, in words. */
export function outlookOf(instance: Instance): string {
  const { stateName, restartsLeft } = instance;
  if (stateName === 'failed') return 'it is not tried again by itself';
  if (stateName === 'unready') return 'it runs, and does not answer';
  if (restartsLeft === null) return 'it is kept trying';
  if (restartsLeft === 0) return 'after this start it is not tried again by itself';
  const times = restartsLeft === 1 ? 'once more' : `${restartsLeft} more times`;
  return `it is tried ${times} (restart.max_retries)`;
}

const ENDS_TRYING: readonly InstanceStateName[] = ['failed', 'unready'];

function notUp(
  context: AppContext,
  culprit: Instance,
  { othersWait }: { othersWait: boolean },
): SlipwayError {
  const label = `${context.id}/${culprit.unit}`;
  const tried = outlookOf(culprit);
  return new SlipwayError('not_ready', {
    message: `${label} is not ready: ${whyNotUp(culprit)}`,
    hint: othersWait ? `${tried}; what else is to be restarted waits until it is ready` : tried,
    next: ENDS_TRYING.includes(culprit.stateName)
      ? `slipway logs ${label} --stderr   or   slipway restart ${label}`
      : `slipway logs ${label} --stderr`,
  });
}
