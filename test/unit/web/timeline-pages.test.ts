import { expect, onTestFinished, test } from 'vitest';
import type { TimelineEntry } from '../../../src/api/pages/index.ts';
import { createTimeline } from '../../../src/web/models/timeline/index.ts';
import { waitFor } from '../../support/wait-for.ts';
import { fakeFeed } from './fake-feed.ts';

const PAGE = 2000;

/** What happened, two things in each millisecond; before it a run that went on as it began. */
function history(count: number) {
  const asked: { before?: string; limit: number }[] = [];
  const entry = (text: string, at: number, cursor: string): TimelineEntry => ({
    ...{ at: new Date(at).toISOString(), kind: 'state', app: 'web', instance: null, release: null },
    ...{ text, deployment: null, actor: null, is_bad: false, cursor },
  });
  const entries: TimelineEntry[] = [];
  const happen = (more: number) => {
    for (let made = 0; made < more; made++) {
      const at = 1000 + Math.floor(entries.length / 2);
      entries.push(entry(`${entries.length}`, at, `${at}.${2 - (entries.length % 2)}`));
    }
  };
  happen(count);
  const { feed, tell } = fakeFeed();
  let hold: Promise<void> | null = null;
  let failure: Error | null = null;
  const timeline = async (input: { before?: string; limit: number; leading?: boolean }) => {
    asked.push(input);
    const end =
      input.before === undefined
        ? entries.length
        : entries.findIndex(({ cursor }) => cursor === input.before);
    const page = entries.slice(Math.max(0, end - input.limit), end);
    if (input.before !== undefined) await hold;
    if (failure) throw failure;
    return input.leading ? [entry('runs', 5, '5.1'), ...page] : page;
  };
  const model = createTimeline({
    ...{ client: { timeline } as never, feed, app: 'web', isLive: true },
    range: { from: 1000, to: 100_000 },
  });
  onTestFinished(model.start());
  return {
    ...{ model, asked, happen },
    tell: () => tell({ app: 'web' }),
    texts: () => model.entries.value?.map(({ text }) => text) ?? [],
    hold(until: Promise<void> | null) {
      hold = until;
    },
    fail(error: Error | null) {
      failure = error;
    },
  };
}

const numbers = (from: number, to: number) => [
  'runs',
  ...Array.from({ length: to - from }, (_, index) => String(from + index)),
];

test('the timeline goes back page by page, to the beginning of its time', async () => {
  const { model, asked, texts, fail } = history(2 * PAGE + 500);
  await waitFor('the newest page', () => model.entries.value !== null);
  expect(texts()).toEqual(numbers(PAGE + 500, 2 * PAGE + 500));
  fail(new Error('gone'));
  await model.earlier();
  expect([model.problem.value !== null, texts().length]).toEqual([true, PAGE + 1]);
  fail(null);
  await model.refresh();
  expect(model.problem.value).toBe(null);
  await Promise.all([model.earlier(), model.earlier()]);
  expect(texts()).toEqual(numbers(500, 2 * PAGE + 500));
  expect([model.hasEarlier.value, model.isCut.value]).toEqual([true, true]);
  await model.earlier();
  expect(texts()).toEqual(numbers(0, 2 * PAGE + 500));
  expect([model.hasEarlier.value, model.isCut.value]).toEqual([false, false]);
  const { length } = asked;
  await model.earlier();
  expect(asked).toHaveLength(length);
});

test('what happens while earlier entries are shown leaves nothing out between them', async () => {
  const { model, happen, texts, tell, hold } = history(2 * PAGE + 1);
  await waitFor('the newest page', () => model.entries.value !== null);
  let go = () => {};
  hold(
    new Promise((resolve) => {
      go = resolve;
    }),
  );
  const earlier = model.earlier();
  happen(7);
  tell();
  await waitFor('what has come', () => texts().at(-1) === String(2 * PAGE + 7));
  go();
  await earlier;
  expect(texts()).toEqual(numbers(1, 2 * PAGE + 8));
  happen(6);
  tell();
  await waitFor('what has come', () => texts().at(-1) === String(2 * PAGE + 13));
  expect(texts()).toEqual(numbers(1, 2 * PAGE + 14));
});

test('so much is kept that a page can show it, and the rest is left to a shorter time', async () => {
  const { model } = history(6 * PAGE);
  await waitFor('the newest page', () => model.entries.value !== null);
  while (model.hasEarlier.value) await model.earlier();
  expect(model.entries.value?.length).toBeLessThanOrEqual(5 * PAGE + 1);
  expect(model.isCut.value).toBe(true);
});
