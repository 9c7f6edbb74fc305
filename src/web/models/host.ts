import { type ReadonlySignal, signal } from '@preact/signals';
import type { Console, HostCheck, Machine } from '../../api/pages/index.ts';
import type { BrowserClock } from '../browser/index.ts';
import { asProblem, type Client, type Feed, type Problem } from '../client/index.ts';
import { type Action, createAction } from './action.ts';
import { NO_SERIES, type Series, withPoint } from './instance/index.ts';
import { createResource, type Resource } from './resource.ts';

/** The machine, polled while somebody sees it; what the doctor finds; who has a console open. */
export interface HostModel {
  machine: ReadonlySignal<Machine | null>;
  problem: ReadonlySignal<Problem | null>;
  /** `cpu` in percent, `memory` in bytes used, `agent` in bytes. */
  series: ReadonlySignal<Series>;
  doctor: Resource<HostCheck[]>;
  consoles: Resource<Console[]>;
  endConsole: Action<string>;
  start(): () => void;
}

const POLL_MS = 3000;
const POINTS = 100;

export function createHost(options: {
  client: Pick<Client, 'host' | 'doctor' | 'consoles' | 'endConsole'>;
  feed: Feed;
  clock: BrowserClock;
  isVisible: () => boolean;
}): HostModel {
  const { client, feed, clock, isVisible } = options;
  const machine = signal<Machine | null>(null);
  const problem = signal<Problem | null>(null);
  const series = signal(NO_SERIES);
  const doctor = createResource({ load: (signal) => client.doctor(undefined, { signal }) });
  const consoles = createResource({
    load: (signal) => client.consoles(undefined, { signal }),
    feed,
    concerns: ({ type }) => type.startsWith('shell.'),
  });

  async function poll(open: AbortSignal): Promise<void> {
    while (!open.aborted) {
      try {
        if (isVisible()) keep(await client.host(undefined, { signal: open }));
      } catch (error) {
        if (!open.aborted) problem.value = asProblem(error);
      }
      await clock.sleep(POLL_MS, open);
    }
  }

  function keep(told: Machine): void {
    machine.value = told;
    problem.value = null;
    const { cpu, memory, agent } = told;
    series.value = withPoint(series.value, {
      at: clock.now(),
      values: {
        cpu: cpu.percent,
        memory: memory.total_bytes - memory.available_bytes,
        agent: agent.memory_bytes,
      },
      mostPoints: POINTS,
    });
  }

  return {
    ...{ machine, problem, series, doctor, consoles },
    endConsole: createAction(async (id) => {
      await client.endConsole({ console: id });
      await consoles.refresh();
    }),
    start() {
      const open = new AbortController();
      const ends = [doctor.start(), consoles.start()];
      void poll(open.signal);
      return () => {
        open.abort();
        for (const end of ends) end();
      };
    },
  };
}
