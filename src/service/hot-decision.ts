import type { Foreseen, Instances } from '../app/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { messageOf, withDeadline } from '../kernel/index.ts';
import { type Connection, compareReleases, type HotWay, Tuple } from '../otp/index.ts';
import type { BeamLinks } from './beam-links.ts';
import { hasCopies, type ServiceContext, type ServiceStep } from './context.ts';
import { lingeringIn } from './lingering.ts';

interface Vms {
  instances: Instances;
  links: BeamLinks;
}

/** An instance that is starting is waited for so long, and then the connection to it. */
const WAIT_MS = 10_000;

const CHANGES_SHOWN = 100;

/** Decides once, and journals, whether the instances are upgraded in place; what it is, and why, becomes output of the step. */
export async function decideHot(step: ServiceStep & Vms): Promise<void> {
  const { context, deployment, say } = step;
  const { journal, id } = context;
  if (!hasCopies(context.configuration) || deployment.liveBefore === null) return;
  const { hot, kind } = journal.tables.deployment(deployment.id) ?? deployment;
  if (hot === false) return say('full: asked for, or decided before this agent was started');
  if (hot === null) {
    const found = await findWay(step);
    journal.write(`${id}: deployment ${deployment.id} is ${found.kind}`, (tables) =>
      tables.updateDeployment(deployment.id, {
        hot: found.kind === 'hot',
        ...(found.kind === 'hot' && kind === 'full' ? { kind: 'hot' } : {}),
      }),
    );
    say(found.kind === 'hot' ? `hot: ${describeWay(found)}` : `full: ${found.reason}`);
    if (found.kind === 'hot')
      for (const line of [...changesOf(found), ...found.lingering.map(({ text }) => text)]) say(line);
    if (found.kind === 'full') return;
  }
  step.dispatch({ type: 'one_at_a_time' });
}

/** Whether this deployment is one that upgrades in place. */
export function isHot({ context, deployment }: Pick<ServiceStep, 'context' | 'deployment'>): boolean {
  return context.journal.tables.deployment(deployment.id)?.hot === true;
}

async function findWay({ context, instances, links, release, signal }: ServiceStep & Vms): Promise<Foreseen> {
  const live = liveRelease(context);
  if (!live) return { kind: 'full', reason: 'nothing is live' };
  const wanted = context.layout.releaseDirectory(release.number, release.version);
  return await compareWithLive(context, { live, wanted, instances, links, signal });
}

/**
 * Whether what runs now can be changed in place into the release in the directory `options.wanted`, as it was unpacked.
 */
export async function compareWithLive(
  context: ServiceContext,
  options: Vms & { live: ReleaseRow; wanted: string; signal: AbortSignal },
): Promise<Foreseen> {
  const { live, wanted } = options;
  const running = context.layout.releaseDirectory(live.number, live.version);
  const way = await compareReleases({ running, wanted });
  if (way.kind === 'full') return way;
  const reason = await obstacleOf(context, { ...options, way });
  if (reason !== null) return { kind: 'full', reason };
  return {
    ...way,
    lingering: await lingeringIn(context, { ...options, units: unitsOf(options.instances), way }),
  };
}

export function liveRelease({ journal, key }: ServiceContext): ReleaseRow | null {
  const live = journal.tables.app(key)?.live ?? null;
  return live === null ? null : journal.tables.release(key, live);
}

/** What of the instances stands in the way. Those that a person stopped do not: they start with what is live then. */
async function obstacleOf(
  context: ServiceContext,
  options: Vms & { way: HotWay; live: ReleaseRow; signal: AbortSignal },
): Promise<string | null> {
  const { live, instances, links, signal } = options;
  await untilStarted(context, instances, signal);
  const units = unitsOf(instances);
  if (units.length === 0)
    return instances.isOfNone(null) ? '0 replicas are configured' : `no instance of ${context.id} runs`;
  for (const unit of units) {
    const label = `${context.id}/${unit}`;
    const run = instances.get(unit)?.run;
    if (run && run.release !== live.number) return `${label} runs another release than the live one`;
    if (!instances.isReadyWith(unit, live.number))
      return `${label} is not ready: ${instances.get(unit)?.state.reason ?? ''}`;
  }
  const obstacles = await Promise.all(
    units.map(async (unit) => {
      try {
        const link = links.of(unit);
        if (!link) return `${context.id}/${unit} is not connected`;
        const connection = await link.connected({ timeoutMs: WAIT_MS, signal });
        if (await knowsItsRelease(connection)) return null;
        return `${context.id}/${unit} was started without releases/RELEASES, and does not know what it consists of`;
      } catch (error) {
        if (signal.aborted) throw error;
        return `${context.id}/${unit} is not connected: ${messageOf(error)}`;
      }
    }),
  );
  return obstacles.find((obstacle) => obstacle !== null) ?? null;
}

/** The units of all but those that a person stopped. */
function unitsOf(instances: Instances): string[] {
  return instances.rows().flatMap(({ unit }) => (instances.isStopped(unit) ? [] : [unit]));
}

/** An agent that has just been started has yet to hear from what it found running. */
async function untilStarted(
  { clock }: ServiceContext,
  instances: Instances,
  signal: AbortSignal,
): Promise<void> {
  const isStarting = (unit: string) => instances.get(unit)?.stateName === 'starting';
  await withDeadline({ ms: WAIT_MS, clock, signal }, (bounded) =>
    instances.until(() => !unitsOf(instances).some(isStarting), { signal: bounded }),
  );
}

/** Read from RELEASES when a VM boots: without, it takes its release for one without applications. */
async function knowsItsRelease(connection: Connection): Promise<boolean> {
  const releases = await connection.rpc('release_handler', 'which_releases', []);
  if (!Array.isArray(releases)) return false;
  return releases.every((release) => {
    const libraries = release instanceof Tuple ? release.elements[2] : [];
    return Array.isArray(libraries) && libraries.length > 0;
  });
}

/** `demo_app 0.1.1 -> 0.1.2, demo_lib added (1.0.0)` */
/** What changes while the instances run: modules and instructions of each application, of which very many are cut off. */
function changesOf({ applications }: HotWay): string[] {
  return applications.flatMap(({ name, modules, instructions }) => [
    ...(modules.length === 0 ? [] : [`${name}: modules ${firstOf(modules).join(', ')}`]),
    ...firstOf(instructions).map((instruction) => `${name}: ${instruction}`),
  ]);
}

function firstOf(all: readonly string[]): string[] {
  const shown = all.slice(0, CHANGES_SHOWN);
  return all.length > shown.length ? [...shown, `and ${all.length - shown.length} more`] : shown;
}

export function describeWay({ applications }: HotWay): string {
  return applications
    .map(({ name, from, to }) => {
      if (from === null) return `${name} ${to} added`;
      return to === null ? `${name} ${from} removed` : `${name} ${from} -> ${to}`;
    })
    .join(', ');
}
