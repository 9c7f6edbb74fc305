import path from 'node:path';
import type { InstancePlan } from '../app/index.ts';
import type { WorkerConfiguration } from '../config/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { type InstanceSettings, type Launch, NO_LIMITS } from '../supervisor/index.ts';
import type { SiteContext } from './context.ts';
import { groupWritable } from './group-writable.ts';
import { trusting } from './hook-environment.ts';

/** A worker that has lived for so long has come up. */
const ALIVE_MS = 1000;
const READY_TIMEOUT_MS = 60_000;

/** The settings of one that is not configured any more, and only has to be stopped. */
const FORMER: InstanceSettings = {
  stop: { signal: 'SIGTERM', graceMs: 10_000, to: null },
  restart: {
    delayMs: 0,
    maxDelayMs: 300_000,
    resetAfterMs: 60_000,
    maxRetries: null,
  },
  limits: NO_LIMITS,
  ready: { kind: 'alive', forMs: ALIVE_MS },
  readyTimeoutMs: READY_TIMEOUT_MS,
  port: null,
};

/** The workers of a site: so many instances of each, run in the live release. */
export function workers(
  context: SiteContext,
  environment: () => Promise<Record<string, string>>,
): InstancePlan {
  return {
    units: () => unitsOf(context.configuration),
    has: (unit) => isInstanceOf(workerOf(context, unit), unit),
    isOfNone(name) {
      const all = context.configuration.workers.filter((worker) => name === null || worker.name === name);
      return all.length > 0 && all.every(({ replicas }) => replicas === 0);
    },
    settings(unit) {
      const worker = workerOf(context, unit);
      return worker
        ? { ...FORMER, stop: worker.stop, restart: worker.restart, limits: worker.limits }
        : FORMER;
    },
    prepare: (release, { unit }) => prepare(context, { release, unit, environment }),
  };
}

async function prepare(
  context: SiteContext,
  options: { release: ReleaseRow; unit: string; environment: () => Promise<Record<string, string>> },
): Promise<Launch> {
  const { release, unit, environment } = options;
  // The release itself and not `current`: what a process runs in does not change below it.
  const cwd = context.layout.releaseDirectory(release.number, release.version);
  return {
    argv: groupWritable(context.configuration, workerOf(context, unit)?.command ?? []),
    cwd,
    env: trusting(context.configuration, await environment(), cwd),
    account: await context.account(),
  };
}

/** Names of all of them: `queue.1`, `queue.2`. */
export function unitsOf({ workers }: Pick<SiteContext['configuration'], 'workers'>): string[] {
  return workers.flatMap(unitsOfWorker);
}

function unitsOfWorker({ name, replicas }: WorkerConfiguration): string[] {
  return Array.from({ length: replicas }, (_, index) => `${name}.${index + 1}`);
}

function isInstanceOf(worker: WorkerConfiguration | null, unit: string): boolean {
  const number = /^[^.]+\.([1-9]\d*)$/.exec(unit)?.[1];
  return worker !== null && number !== undefined && Number(number) <= worker.replicas;
}

/** The worker of a unit; null where it is not configured any more. */
export function workerOf(
  context: Pick<SiteContext, 'configuration'>,
  unit: string,
): WorkerConfiguration | null {
  const name = path.parse(unit).name;
  return context.configuration.workers.find((worker) => worker.name === name) ?? null;
}
