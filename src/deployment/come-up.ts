import { SlipwayError } from '../kernel/index.ts';
import type { Instance } from '../supervisor/index.ts';
import type { AppContext } from './context.ts';
import type { Replicas } from './replicas.ts';
import { MAX_UNEXPECTED_EXITS } from './state.ts';

/**
 * Waits until instances are ready, each restarted as often as was asked for. `among`: those that they may have to wait for.
 * @throws SlipwayError `not_ready`, as soon as one of `among` has failed for good, or has ended unexpectedly, or could not
 * be started, for the third time
 */
export async function untilUp(
  context: AppContext,
  replicas: Replicas,
  options: { units: readonly string[]; among: readonly string[] },
): Promise<void> {
  const units = new Set(options.units);
  const among = new Set(options.among);
  const failuresBefore = new Map(replicas.all().map(({ unit, state }) => [unit, state.failures]));
  let culprit: Instance | null = null;
  await replicas.until(() => {
    const rows = replicas.expected();
    if (
      rows.every(
        (row) => !units.has(row.unit) || (row.generation >= row.wantedGeneration && replicas.isUp(row)),
      )
    )
      return true;
    for (const row of rows) {
      const instance = among.has(row.unit) ? replicas.get(row.unit) : null;
      if (!instance) continue;
      // One that was given up is tried once more when its turn comes.
      const isGivenUp = instance.stateName === 'failed' && row.generation >= row.wantedGeneration;
      const failures = instance.state.failures - (failuresBefore.get(row.unit) ?? 0);
      if (isGivenUp || failures >= MAX_UNEXPECTED_EXITS) culprit = instance;
    }
    return culprit !== null;
  });
  if (culprit !== null) throw notUp(context, culprit, options.units);
}

/** Why it is so, and what its last run had to say where that was its end. */
export function whyNotUp({ state, reason }: Instance): string {
  const last = state.lastExit?.reason;
  return last === undefined || reason.includes(last) || !reason.includes('ended unexpectedly')
    ? reason
    : `${reason}; last: ${last}`;
}

function notUp(context: AppContext, culprit: Instance, units: readonly string[]): SlipwayError {
  const label = `${context.id}/${culprit.unit}`;
  const isGivenUp = culprit.stateName === 'failed';
  const tried = isGivenUp ? 'it is not tried again by itself' : 'it is kept trying';
  const waiting = units.filter((unit) => unit !== culprit.unit).map((unit) => `${context.id}/${unit}`);
  return new SlipwayError('not_ready', {
    message: `${label} is not ready: ${whyNotUp(culprit)}`,
    hint: units.includes(culprit.unit) ? tried : `${tried}; ${waiting.join(', ')} waits until it is ready`,
    next: isGivenUp
      ? `slipway logs ${label} --stderr   or   slipway restart ${label}`
      : `slipway logs ${label} --stderr`,
  });
}
