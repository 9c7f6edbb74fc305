import type { AppContext } from '../deployment/index.ts';
import { formatDuration, withDeadline } from '../kernel/index.ts';
import { whyNotUp } from './come-up.ts';
import { waitsFor } from './hold.ts';
import type { Instances } from './instances.ts';

export interface Startable {
  context: AppContext;
  instances: Instances;
}

/**
 * Waits until the apps that this one is started after (`after`) are ready, or do not come up for a reason of their own, and lets
 * its instances go then. It is an order and no requirement: what becomes of the others later touches nobody.
 */
export async function startInTurn(
  { context, instances }: Startable,
  find: (id: string) => Startable | null,
): Promise<void> {
  const { hold } = instances;
  // They have no release yet, or were stopped.
  if (!instances.isHeld) return instances.letGo(hold.all());
  const { id, log, configuration } = context;
  const others = new Set(configuration.after);
  log({ type: 'start.waits', message: `${id} ${hold.reason}` });
  const reasons: string[] = [];
  await Promise.all(
    configuration.after.map(async (other) => {
      const why = await whyNotWaited(find(other), hold.signal);
      if (hold.signal.aborted) return;
      if (why !== null) reasons.push(`${other} ${why}`);
      if (others.delete(other) && others.size > 0) instances.sayHeld(waitsFor([...others]));
    }),
  );
  // A person has started it meanwhile, or it has ended.
  if (hold.signal.aborted) return;
  const all = configuration.after.join(', ');
  const ready = `${all} ${configuration.after.length === 1 ? 'is' : 'are'} ready`;
  log({
    type: 'start.goes_on',
    message: `${id} is started now: ${reasons.length === 0 ? ready : reasons.join('; ')}`,
  });
  instances.letGo(hold.all());
  instances.apply(`started after ${all}`);
}

/** Resolves when an app is waited for no longer: with null where it is ready, else with the reason. */
async function whyNotWaited(other: Startable | null, signal: AbortSignal): Promise<string | null> {
  if (other === null) return 'is not there';
  const { context, instances } = other;
  const ms = instances.readyTimeoutMs();
  try {
    // Its own time begins when it is started, or left alone for good.
    await instances
      .until(() => !instances.isHeld, { signal: AbortSignal.any([signal, instances.hold.signal]) })
      .catch(() => signal.throwIfAborted());
    const late = await withDeadline({ ms, clock: context.clock, signal }, (bounded) =>
      instances.until(() => standingOf(other).is !== 'coming up', { signal: bounded }),
    );
    const standing = standingOf(other);
    if (standing.is === 'down') return standing.why;
    return late === 'late' && standing.is === 'coming up'
      ? `is not ready within ${formatDuration(ms)} (${standing.why})`
      : null;
  } catch {
    // Nothing is held any more.
    return null;
  }
}

type Standing = { is: 'ready' } | { is: 'coming up' | 'down'; why: string };

/** `down`: it does not come up for a reason of its own. */
function standingOf({ context, instances }: Startable): Standing {
  const rows = instances.rows();
  // A site without workers has nothing that could be ready.
  if (rows.length === 0)
    return instances.isOfNone(null) ? { is: 'down', why: 'has 0 replicas' } : { is: 'ready' };
  if (rows.every(({ unit }) => instances.isStopped(unit))) return { is: 'down', why: 'was stopped' };
  const expected = instances.expected();
  if (expected.length === 0) return { is: 'down', why: 'has no release yet' };
  const down = expected
    .filter((row) => !instances.isUp(row))
    .flatMap(({ unit }) => instances.get(unit) ?? []);
  const [first] = down;
  if (first === undefined) return { is: 'ready' };
  const why = `${context.id}/${first.unit} is ${first.stateName}: ${whyNotUp(first)}`;
  return down.every(({ stateName }) => stateName === 'failed')
    ? { is: 'down', why: `has failed (${why})` }
    : { is: 'coming up', why };
}

/** Ends apps: each when those have ended that are started after it. */
export async function stopInTurn<App extends Startable & { stopAll(reason: string): Promise<void> }>(
  apps: readonly App[],
  reason: string,
): Promise<void> {
  const stopping = new Map<App, Promise<void>>();
  const stop = (app: App, above: readonly App[]): Promise<void> => {
    const followers = apps.filter(
      (each) => !above.includes(each) && each.context.configuration.after.includes(app.context.id),
    );
    const stopped =
      stopping.get(app) ??
      // One that cannot be stopped keeps no other from it.
      Promise.allSettled(followers.map((each) => stop(each, [...above, app]))).then(() =>
        app.stopAll(reason),
      );
    stopping.set(app, stopped);
    return stopped;
  };
  await Promise.all(apps.map((app) => stop(app, [])));
}
