import { expect, onTestFinished, test } from 'vitest';
import { createResource } from '../../../src/web/models/index.ts';
import { waitFor } from '../../support/wait-for.ts';
import { fakeFeed } from './fake-feed.ts';

test('what happens in a burst is looked at once, and what concerns others not at all', async () => {
  const { feed, tell } = fakeFeed();
  let looks = 0;
  const resource = createResource({
    load: async () => {
      looks += 1;
      return looks;
    },
    feed,
    concerns: ({ app }) => app === 'shop',
  });
  onTestFinished(resource.start());
  await waitFor('resource.value.value to be 1', () => resource.value.value === 1);
  tell({ app: 'other' });
  for (let time = 0; time < 20; time++) tell({ app: 'shop' });
  await waitFor('resource.value.value to be 2', () => resource.value.value === 2);
  tell(null);
  await waitFor('resource.value.value to be 3', () => resource.value.value === 3);
  expect(looks).toBe(3);
});

test('what happens during a look is looked at again', async () => {
  const answers: ((value: number) => void)[] = [];
  const resource = createResource({ load: () => new Promise<number>((resolve) => answers.push(resolve)) });
  onTestFinished(resource.start());
  void resource.refresh();
  void resource.refresh();
  answers[0]?.(1);
  await waitFor('answers.length to be 2', () => answers.length === 2);
  answers[1]?.(2);
  await waitFor('resource.value.value to be 2', () => resource.value.value === 2);
  expect(answers).toHaveLength(2);
});

test('a failure leaves what was known, and is told', async () => {
  let fails = false;
  const resource = createResource({
    load: async () => {
      if (fails) throw new Error('gone');
      return 'known';
    },
  });
  onTestFinished(resource.start());
  await waitFor('resource.value.value to be known', () => resource.value.value === 'known');
  fails = true;
  await resource.refresh();
  expect([resource.value.value, resource.problem.value?.message]).toEqual(['known', 'gone']);
});

test('what failed while the agent was away is looked at again when it is back', async () => {
  const { feed, state } = fakeFeed();
  let fails = true;
  let looks = 0;
  const resource = createResource({
    load: async () => {
      looks += 1;
      if (fails) throw new Error('gone');
      return 'known';
    },
    feed,
  });
  onTestFinished(resource.start());
  await waitFor('the failure', () => resource.problem.value !== null);
  state.value = { is: 'down', since: 0, reason: 'gone' };
  fails = false;
  state.value = { is: 'live' };
  await waitFor('what it is', () => resource.value.value === 'known');
  expect(resource.problem.value).toBe(null);
  // What is known is left alone.
  state.value = { is: 'down', since: 0, reason: 'gone' };
  state.value = { is: 'live' };
  await new Promise(setImmediate);
  expect(looks).toBe(2);
});

test('started anew, it heeds no look of before', async () => {
  const answers: ((value: string) => void)[] = [];
  const resource = createResource({ load: () => new Promise<string>((resolve) => answers.push(resolve)) });
  resource.start()();
  onTestFinished(resource.start());
  answers[0]?.('of before');
  await new Promise(setImmediate);
  void resource.refresh();
  await new Promise(setImmediate);
  // One look at a time: the second of this start waits for the first.
  expect(answers).toHaveLength(2);
  answers[1]?.('now');
  await waitFor('what it is now', () => resource.value.value === 'now' && answers.length === 3);
});
