import { expect, onTestFinished, test } from 'vitest';
import type { Instances } from '../../../src/app/instances.ts';
import { ASK_EVERY_MS, firstUnanswered, keepAsking } from '../../../src/service/asking.ts';
import type { ServiceContext } from '../../../src/service/context.ts';
import { perform, type Step } from '../../../src/service/steps.ts';
import type { Instance } from '../../../src/supervisor/index.ts';
import { ManualClock } from '../../support/clock.ts';

/** Instances that answer as `answers` says, by unit; all of them run release 2. */
function ground(answers: Record<string, string | null>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const each = Object.keys(answers).map((unit) => {
    const run = { id: `run-${unit}`, release: 2 };
    return {
      ...{ unit, run, state: { phase: { name: 'ready', run } } },
      stillReady: async () => {
        asked.push(unit);
        return answers[unit];
      },
    };
  });
  const instances = { all: () => each as unknown as Instance[] } as Instances;
  const context = { id: 'web', clock } as unknown as ServiceContext;
  const lost: string[] = [];
  /** Lets a second pass, and what follows from it. */
  const second = async () => {
    clock.advance(ASK_EVERY_MS);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const begin = (release: number) => {
    const stop = keepAsking({
      ...{ context, instances, release },
      lost: (unit, reason) => lost.push(`${unit}: ${reason}`),
    });
    onTestFinished(stop);
    return stop;
  };
  return { asked, lost, second, begin, instances, each };
}

test('an instance is lost when it has not answered three times in a row, and not before', async () => {
  const answers: Record<string, string | null> = { '1': null, '2': 'port 4001: connection refused' };
  const { asked, lost, second, begin, instances } = ground(answers);
  const stop = begin(2);
  await second();
  await second();
  expect(asked).toEqual(['1', '2', '1', '2']);
  expect(await firstUnanswered(instances, 2)).toBe('port 4001: connection refused');
  // Answered once, it begins anew.
  answers['2'] = null;
  await second();
  expect(await firstUnanswered(instances, 2)).toBeNull();
  answers['2'] = 'port 4001: connection refused';
  await second();
  await second();
  expect(lost).toEqual([]);
  await second();
  expect(lost).toEqual(['2: web/2 is not ready any more: port 4001: connection refused, 3 times in a row']);
  stop();
  asked.length = 0;
  await second();
  expect(asked).toEqual([]);
});

test('only those that came up with the release are asked, and a new run begins anew', async () => {
  const { asked, lost, second, begin, each } = ground({ '1': 'refused', '2': 'refused' });
  const [first, other] = each as unknown as {
    run: unknown;
    state: { phase: { name: string; run: object } };
  }[];
  if (!first || !other) throw new Error('no instances');
  other.state.phase = { name: 'starting', run: { id: 'run-2', release: 2 } };
  begin(2);
  await second();
  await second();
  expect(asked).toEqual(['1', '1']);
  const run = { id: 'another run', release: 2 };
  Object.assign(first, { run, state: { phase: { name: 'ready', run } } });
  await second();
  await second();
  expect(lost).toEqual([]);
  await second();
  expect(lost).toHaveLength(1);
  const former = { id: 'the former release', release: 1 };
  Object.assign(first, { run: former, state: { phase: { name: 'ready', run: former } } });
  asked.length = 0;
  await second();
  expect(asked).toEqual([]);
});

test('a release is proven by its last answer: who gives none in the end is asked until it does', async () => {
  const clock = new ManualClock();
  const answers = { '1': null, '2': 'port 4001: connection refused' as string | null };
  const { instances } = ground(answers);
  Object.assign(instances, {
    ...{ has: () => true, isStopped: () => false, isReadyWith: () => true },
    ...{ until: async () => undefined, transitioned: { on: () => () => undefined } },
  });
  const steps = ['1', '2'].map((unit) => ({ name: 'roll-out', unit }));
  const said: string[] = [];
  const proof = perform({
    ...{ instances, deployment: { id: 1 }, release: { number: 2 }, planned: { name: 'prove' } },
    context: {
      ...{ clock, configuration: { proveAfterMs: 30_000, rollbackAfterMs: 600_000 } },
      journal: { tables: { steps: () => steps } },
    },
    ...{ signal: new AbortController().signal, say: (line: string) => said.push(line) },
  } as unknown as Step);
  const pass = async (ms: number) => {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await pass(30_000);
  expect(said).toEqual([]);
  await pass(ASK_EVERY_MS);
  expect(said).toEqual([]);
  answers['2'] = null;
  await pass(ASK_EVERY_MS);
  await proof;
  expect(said).toEqual(['ready on 2 of 2 for 30.0s']);
});
