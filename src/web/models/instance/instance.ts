import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Instance, Run, Vm } from '../../../api/pages/index.ts';
import type { BrowserClock } from '../../browser/index.ts';
import { asProblem, type Client, type Feed, type Problem } from '../../client/index.ts';
import { createResource, type Resource } from '../resource.ts';
import type { StatusModel } from '../status.ts';
import { NO_SERIES, type Series, withPoint } from './series.ts';

/** One instance or worker, its runs, and what it uses; polled while somebody sees it. */
export interface InstanceModel {
  instance: ReadonlySignal<Instance | null>;
  runs: Resource<Run[]>;
  /** Of any process: `memory`, `cpu`. */
  usage: ReadonlySignal<Series>;
  /** What an Erlang VM tells; null of all others, and until it is known. */
  vm: ReadonlySignal<Vm | null>;
  vmProblem: ReadonlySignal<Problem | null>;
  /** `processes`, `binary`, `code`, `ets`, `atom`, `other` in bytes; `count`, `queue`, `reductions` a second. */
  vmSeries: ReadonlySignal<Series>;
  start(): () => void;
}

const RUNS_SHOWN = 20;
const POLL_MS = 2000;
/** Five minutes. */
const POINTS = 150;

export function createInstance(options: {
  client: Pick<Client, 'runs' | 'vm' | 'status'>;
  feed: Feed;
  status: Pick<StatusModel, 'app'>;
  clock: BrowserClock;
  isVisible: () => boolean;
  app: string;
  unit: string;
}): InstanceModel {
  const { client, feed, status, clock, isVisible, app, unit } = options;
  const name = `${app}/${unit}`;
  const latest = signal<Instance | null>(null);
  const instance = computed(() => status.app(app)?.instances.find((each) => each.instance === name) ?? null);
  const runs = createResource({
    load: (signal) => client.runs({ app, instance: unit, limit: RUNS_SHOWN }, { signal }),
    feed,
    concerns: (happening) => happening.app === app || happening.app === null,
  });
  const usage = signal(NO_SERIES);
  const vm = signal<Vm | null>(null);
  const vmProblem = signal<Problem | null>(null);
  const vmSeries = signal(NO_SERIES);

  async function lookAtUsage(open: AbortSignal): Promise<void> {
    const answer = await client.status({ app }, { signal: open });
    const found = answer.apps[0]?.instances.find((each) => each.instance === name) ?? null;
    latest.value = found;
    if (found !== null)
      usage.value = withPoint(usage.value, {
        at: clock.now(),
        values: { memory: found.memory_bytes, cpu: found.cpu_percent },
        mostPoints: POINTS,
      });
  }

  async function lookAtVm(open: AbortSignal): Promise<void> {
    if ((latest.value ?? instance.value)?.otp == null) return;
    try {
      const before = vm.value;
      const now = await client.vm({ app, instance: unit }, { signal: open });
      vm.value = now;
      vmProblem.value = null;
      vmSeries.value = withPoint(vmSeries.value, {
        at: Date.parse(now.at),
        values: valuesOf(now, before),
        mostPoints: POINTS,
      });
    } catch (error) {
      if (!open.aborted) vmProblem.value = asProblem(error);
    }
  }

  async function poll(open: AbortSignal): Promise<void> {
    while (!open.aborted) {
      if (isVisible()) {
        await lookAtUsage(open).catch(() => undefined);
        await lookAtVm(open);
      }
      await clock.sleep(POLL_MS, open);
    }
  }

  return {
    // Figures are polled, the rest is told by the feed, sooner: what is newer of the two cannot be told apart, and differs little.
    instance: computed(() => {
      const told = instance.value;
      const polled = latest.value;
      if (told === null || polled === null) return told ?? polled;
      return { ...told, memory_bytes: polled.memory_bytes, cpu_percent: polled.cpu_percent };
    }),
    ...{ runs, usage, vm, vmProblem, vmSeries },
    start() {
      const open = new AbortController();
      const endRuns = runs.start();
      void poll(open.signal);
      return () => {
        endRuns();
        open.abort();
      };
    },
  };
}

function valuesOf(now: Vm, before: Vm | null): Record<string, number | null> {
  const { memory } = now;
  const seconds = before === null ? 0 : (Date.parse(now.at) - Date.parse(before.at)) / 1000;
  const done = before === null ? -1 : now.reductions - before.reductions;
  const known =
    memory === null ? 0 : memory.binary_bytes + memory.code_bytes + memory.ets_bytes + memory.atom_bytes;
  return {
    total: memory?.total_bytes ?? null,
    processes: memory?.processes_bytes ?? null,
    binary: memory?.binary_bytes ?? null,
    code: memory?.code_bytes ?? null,
    ets: memory?.ets_bytes ?? null,
    atom: memory?.atom_bytes ?? null,
    other: memory === null ? null : Math.max(0, memory.system_bytes - known),
    count: now.processes.count,
    queue: now.run_queue,
    // A VM that was started anew counts from 0.
    reductions: seconds > 0 && done >= 0 ? done / seconds : null,
  };
}
