import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { DeploymentWithSteps, StepMedian } from '../../api/pages/index.ts';
import type { BrowserClock } from '../browser/index.ts';
import { asProblem, type Client, type Problem } from '../client/index.ts';
import { type Action, createAction } from './action.ts';
import { barsOf, type TimeAxis } from './bars.ts';
import type { Toasts } from './toasts.ts';

const RETRY_MS = 1000;

/** One deployment, followed for as long as it runs. */
export interface DeploymentModel {
  deployment: ReadonlySignal<DeploymentWithSteps | null>;
  problem: ReadonlySignal<Problem | null>;
  medians: ReadonlySignal<readonly StepMedian[]>;
  /** Steps as bars on one axis of time. */
  axis: ReadonlySignal<TimeAxis | null>;
  cancel: Action<void>;
  /** Lets its canary go on. */
  promote: Action<void>;
  start(): () => void;
}

interface DeploymentOptions {
  client: Client;
  clock: BrowserClock;
  now: ReadonlySignal<number>;
  toasts: Toasts;
}

export function createDeployment(
  { client, clock, now, toasts }: DeploymentOptions,
  id: number,
): DeploymentModel {
  const deployment = signal<DeploymentWithSteps | null>(null);
  const problem = signal<Problem | null>(null);
  const medians = signal<readonly StepMedian[]>([]);

  /** Its stream has no ids: each value is the whole, so that it may be opened again at any time. */
  async function follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const value of await client.followDeployment({ id }, { signal })) {
          deployment.value = value;
          problem.value = null;
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        problem.value = asProblem(error);
        if (problem.value.status === 404 || problem.value.status === 403) return;
      }
      await clock.sleep(RETRY_MS, signal);
    }
  }

  async function lookAtMedians(signal: AbortSignal): Promise<void> {
    const found = await until(() => deployment.value ?? undefined, signal, deployment);
    if (found === undefined) return;
    // They are an extra: without them there are the bars.
    medians.value = await client
      .stepMedians({ app: found.app, kind: found.kind }, { signal })
      .catch(() => []);
  }

  return {
    deployment,
    problem,
    medians,
    axis: computed(() => {
      const { value } = deployment;
      if (value === null) return null;
      const isOver = value.ended_at !== null || value.state !== 'running';
      return barsOf(value, { medians: medians.value, nowMs: isOver ? null : now.value });
    }),
    cancel: createAction(async () => {
      toasts.say((await client.cancel({ id })).message, { tone: 'good' });
    }),
    promote: createAction(async () => {
      toasts.say((await client.promote({ id })).message, { tone: 'good' });
    }),
    start() {
      const closed = new AbortController();
      void follow(closed.signal);
      void lookAtMedians(closed.signal);
      return () => closed.abort();
    },
  };
}

function until<T>(
  read: () => T | undefined,
  signal: AbortSignal,
  changes: ReadonlySignal<unknown>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let off = () => {};
    off = changes.subscribe(() => {
      const found = read();
      if (found === undefined && !signal.aborted) return;
      resolve(found);
      queueMicrotask(() => off());
    });
    signal.addEventListener('abort', () => resolve(undefined));
  });
}
