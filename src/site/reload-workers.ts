import { type Instances, outlookOf } from '../app/index.ts';
import { MAX_UNEXPECTED_EXITS, type Skipped, type StepContext } from '../deployment/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { SiteContext } from './context.ts';
import { workerOf } from './workers.ts';

/** Where each start is to wait for longer, no deployment waits for the third. */
const PATIENCE_MS = 10_000;

/**
 * All at once: the release that they ran in is not live any more. Those that do not come up are kept trying, and fail the step:
 * what is live stays so, and whoever deploys is told. Errors: `not_ready`.
 */
export async function reloadWorkers({
  context,
  instances,
  signal,
  say,
}: StepContext & { context: SiteContext; instances: Instances }): Promise<Skipped | void> {
  const rows = instances.rows();
  if (rows.length === 0) return { skipped: 'there are no workers' };
  const before = new Map(rows.map(({ unit }) => [unit, instances.get(unit)?.state.failures ?? 0]));
  const isGivenUp = (unit: string) => {
    const instance = instances.get(unit);
    const failures = (instance?.state.failures ?? 0) - (before.get(unit) ?? 0);
    if (instance?.stateName === 'failed' || failures >= MAX_UNEXPECTED_EXITS) return true;
    return failures > 0 && (workerOf(context, unit)?.restart.delayMs ?? 0) > PATIENCE_MS;
  };
  instances.apply('started anew in the live release');
  const isSettled = (unit: string) => {
    const state = instances.get(unit)?.stateName;
    if (instances.isStopped(unit)) return state === 'stopped';
    const run = instances.get(unit)?.run ?? null;
    const row = instances.row(unit);
    if (row.release === null) return state === 'stopped';
    const isOld = run !== null && (run.release !== row.release || run.generation < row.generation);
    return !isOld && (instances.isReadyWith(unit, row.release) || isGivenUp(unit));
  };
  await instances.until(() => rows.every(({ unit }) => !instances.has(unit) || isSettled(unit)), { signal });
  const down = rows.flatMap(({ unit }) => {
    const instance = instances.get(unit);
    // While another one was waited for, it may have come up after all.
    if (!instance || instances.isStopped(unit) || !isGivenUp(unit) || instance.stateName === 'ready')
      return [];
    const why = instance.state.lastExit?.reason ?? instance.state.reason;
    return [{ instance, text: `${context.id}/${unit} is ${instance.stateName}: ${why}` }];
  });
  const [first] = down;
  if (!first) return;
  for (const { text } of down) say(text);
  const more = down.length === 1 ? '' : `, and ${down.length - 1} more of its workers are down`;
  throw new SlipwayError('not_ready', {
    message: `${first.text}${more}`,
    hint: outlookOf(first.instance),
    next: `slipway logs ${context.id}/${first.instance.unit} --stderr`,
  });
}
