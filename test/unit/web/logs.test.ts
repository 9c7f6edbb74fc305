import { expect, test } from 'vitest';
import type { Happening, LogLine } from '../../../src/api/pages/index.ts';
import { Problem } from '../../../src/web/client/index.ts';
import { createLogs, type LogsQuery, markerOf } from '../../../src/web/models/logs/index.ts';
import { addressOf, commandOf, wordOf } from '../../../src/web/views/logs/query.ts';
import { waitFor } from '../../support/wait-for.ts';

const QUERY: LogsQuery = {
  ...{ app: 'web', instance: null, grep: '', invert: false, stderr: false, sinceMs: null, at: null },
};
const line = (text: string, given: Partial<LogLine> = {}): LogLine => ({
  ...{ instance: 'web/1', stream: 'stdout', line: text, at: '', id: '' },
  ...given,
});

/** A log whose lines a test writes, and frames that it draws. */
function opened(given: { query?: Partial<LogsQuery>; sideBySide?: string[] } = {}) {
  const asked: unknown[] = [];
  const lines: LogLine[] = [];
  const pages: (LogLine[] | Error)[] = [];
  let wake = () => {};
  let failure: Error | null = null;
  let over = false;
  let frame: (() => void) | null = null;
  const listeners: ((happening: Happening | null) => void)[] = [];
  async function* stream() {
    while (true) {
      while (lines.length > 0) yield lines.shift() as LogLine;
      if (failure) {
        const thrown = failure;
        failure = null;
        throw thrown;
      }
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  async function* page() {
    const next = pages.shift() ?? [];
    if (next instanceof Error) throw next;
    yield* next;
  }
  const logs = async (input: object) => {
    asked.push(input);
    return 'before' in input ? page() : stream();
  };
  const model = createLogs({
    client: { logs, agentLogs: logs } as never,
    feed: {
      on: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    },
    clock: { now: () => 0, monotonicMs: () => 0, sleep: async () => {} },
    onFrame: (run) => {
      frame = run;
    },
    query: { ...QUERY, ...given.query },
    sideBySide: given.sideBySide ?? [],
  });
  model.start();
  return {
    ...{ model, asked, pages },
    happen: (happening: Happening) => listeners.forEach((listener) => listener(happening)),
    async write(...texts: (string | LogLine)[]) {
      lines.push(...texts.map((each) => (typeof each === 'string' ? line(each) : each)));
      wake();
      await waitFor('the lines to be read', () => lines.length === 0);
      await new Promise(setImmediate);
      await waitFor('a frame', () => frame);
      frame?.();
      frame = null;
    },
    fail(error: Error) {
      failure = error;
      wake();
    },
    end() {
      over = true;
      wake();
    },
    texts: (column = 0) => [...(model.columns.value[column]?.ring ?? [])].map(({ text }) => text),
  };
}

test('rows come frame by frame, and what comes while somebody looks at old ones is counted', async () => {
  const { model, write, texts, asked } = opened();
  await write('one', 'two');
  expect(texts()).toEqual(['one', 'two']);
  expect(asked).toEqual([{ app: 'web', lines: 1000, follow: true }]);
  expect([model.version.value, model.fresh.value, model.state.value]).toEqual([1, 0, 'live']);
  model.following.value = false;
  await write('three', 'four');
  expect([model.version.value, model.fresh.value]).toEqual([2, 2]);
  model.following.value = true;
  await write('five');
  expect(model.fresh.value).toBe(0);
});

test('a stream that breaks is opened again, and what is refused is told', async () => {
  const { model, write, fail, asked, texts } = opened();
  await write('one');
  fail(new Problem({ code: 'agent_unreachable', status: 0, message: 'gone' }));
  await waitFor('the next stream', () => asked.length === 2);
  await write('two');
  expect([texts(), model.problem.value]).toEqual([['one', 'two'], null]);
  // One logs in again over the page, which goes on then.
  fail(new Problem({ code: 'unauthenticated', status: 401, message: 'the session is over' }));
  await waitFor('the stream of the new session', () => asked.length === 3);
  await write('three');
  expect([texts(), model.problem.value]).toEqual([['one', 'two', 'three'], null]);
  fail(new Problem({ code: 'usage', status: 400, message: 'the expression is none' }));
  await waitFor('the problem', () => model.problem.value?.code === 'usage');
  expect(model.state.value).toBe('refused');
  expect(asked).toHaveLength(3);
});

test('instances side by side have a window each, and a search is made by the agent', async () => {
  const { write, texts, asked, end, model } = opened({
    query: { grep: 'a|b', invert: true, stderr: true, sinceMs: 5 },
    sideBySide: ['web/1', 'web/2'],
  });
  await write(line('a'), line('b', { instance: 'web/2' }), line('c', { instance: 'web/3' }));
  expect([texts(0), texts(1)]).toEqual([['a'], ['b']]);
  expect(asked).toEqual([{ app: 'web', since: 5, grep: 'a|b', invert: true, stderr: true, follow: true }]);
  expect(model.text()).toBe('web/1 a\nweb/2 b\n');
  end();
  await waitFor('the end', () => model.state.value === 'complete');
});

test('what happened to the app stands between its lines', async () => {
  const happening = { seq: 1, at: '2026-11-30T03:12:00.000Z', app: 'web', type: 'instance.crash' };
  const { happen, write, texts } = opened();
  happen({ ...happening, message: 'web/1 ended: exit status 3' });
  happen({ ...happening, app: 'api', message: 'another app' });
  await write('after');
  expect(texts()).toEqual(['web/1 ended: exit status 3', 'after']);
  const other = { ...happening, instance: 'web/2', message: 'x' };
  expect(markerOf(other, { app: 'web', instance: '1' })).toBeNull();
  expect(markerOf(other, { app: 'web', instance: '2' })).toMatchObject({ isBad: true });
});

test('lines that were written before come in front, page by page to the first one', async () => {
  const { model, write, texts, asked, pages } = opened({ query: { grep: 'a', stderr: true } });
  await write(line('five', { before: '1o:50' }), 'six');
  const [column] = model.columns.value;
  if (column === undefined) throw new Error('there is no column');
  pages.push(new Problem({ code: 'agent_unreachable', status: 0, message: 'gone' }));
  await model.earlier(column);
  expect([texts(), model.problem.value?.code]).toEqual([['five', 'six'], 'agent_unreachable']);
  pages.push([line('three', { before: '1o:30' }), line('four')]);
  await model.earlier(column);
  expect(asked.at(-1)).toEqual({
    ...{ app: 'web', before: '1o:50', lines: 1000, follow: false, grep: 'a', stderr: true },
  });
  expect([model.problem.value, model.following.value]).toEqual([null, false]);
  pages.push([line('one'), line('two')]);
  await Promise.all([model.earlier(column), model.earlier(column)]);
  expect(asked).toHaveLength(4);
  expect(texts()).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
  expect(model.text()).toBe('one\ntwo\nthree\nfour\nfive\nsix\n');
  await model.earlier(column);
  expect([asked.length, column.ring.before, model.reading.value]).toEqual([4, null, false]);
});

test('of instances side by side each goes back by itself', async () => {
  const { model, write, texts, asked, pages } = opened({ sideBySide: ['web/1', 'web/2'] });
  await write(line('b', { before: '1o:1,2o:1' }), line('d', { instance: 'web/2' }));
  const [, second] = model.columns.value;
  if (second === undefined) throw new Error('there is no second column');
  pages.push([line('c', { instance: 'web/2' })]);
  await model.earlier(second);
  expect(asked.at(-1)).toMatchObject({ app: 'web', instance: '2', before: '1o:1,2o:1' });
  expect([texts(0), texts(1)]).toEqual([['b'], ['c', 'd']]);
  expect(model.columns.value.map(({ ring }) => ring.before)).toEqual(['1o:1,2o:1', null]);
});

test('the address says all of it, and so does the command', () => {
  const read = (text: string) =>
    addressOf(new URLSearchParams(text), { apps: ['web', 'api'], now: 3_600_000 });
  expect(read('')).toMatchObject({ app: 'web', at: null, sinceMs: null });
  expect(read('app=@agent').app).toBeNull();
  const asked = read("app=api&instance=2&grep=it's&invert=1&since=15m");
  expect(asked.sinceMs).toBe(2_700_000);
  expect(commandOf(asked)).toBe(`slipway logs api/2 --grep 'it'\\''s' --invert --since 15m --follow`);
  expect(read('at=2026-11-30T03:12:00Z').at).toBe(Date.parse('2026-11-30T03:12:00Z'));
  expect([wordOf('GET /a'), wordOf('a.c'), wordOf('x|y')]).toEqual(['GET /a', '', '']);
});

test('around a moment or a line, the agent is asked for those alone', async () => {
  const moment = opened({ query: { at: 1000 } });
  await moment.write('one');
  expect(moment.asked).toEqual([{ app: 'web', lines: 2000, around: 1000, follow: false }]);
  expect([moment.model.following.value, moment.model.fresh.value]).toEqual([false, 1]);
  const linked = opened({ query: { at: 1000, line: '1/stdout/4096' } });
  await linked.write(line('two', { id: '1/stdout/4096' }));
  expect(linked.asked).toEqual([{ app: 'web', lines: 2000, line: '1/stdout/4096', follow: false }]);
  expect(linked.model.columns.value[0]?.ring.at(0)?.id).toBe('1/stdout/4096');
});
