import { expect, test } from 'vitest';
import { parseAccessHead, parseAccessLine, Traffic } from '../../../src/proxy/index.ts';

const START = 1_800_000_000_000;

interface Given {
  at?: number;
  app?: string;
  slot?: string;
  status?: number;
  ms?: number;
  response?: number;
  data?: number;
  end?: string;
  path?: string;
}

function lineOf(given: Given): string {
  const { at = START, app = 'web', slot = '1', status = 200, ms = 12 } = given;
  const { response = 10, data = 0, end = '--', path = '/' } = given;
  return `{"at":${at},"app":"${app}","slot":"${slot}","status":${status},"ms":${ms},"response_ms":${response},"data_ms":${data},"bytes":120,"client":"10.0.0.1","end":"${end}","method":"GET","host":"web.test","path":"${path}"}`;
}

function noted(traffic: Traffic, given: Given, version: string | null = '1.0.0', weight = 1): void {
  const line = parseAccessHead(lineOf(given));
  if (line === null) throw new Error('no line of the log');
  traffic.note(line, { version, weight });
}

test('a line is read by what HAProxy says itself, and what strangers wrote changes none of it', () => {
  const path = '/\\"},{\\"at\\":1,\\"app\\":\\"other\\",\\"slot\\":\\"9\\"';
  expect(parseAccessLine(lineOf({ app: 'api:staging', slot: '2b', ms: 5000, data: 4000, path }))).toEqual({
    ...{ app: 'api@staging', slot: '2b', instance: '2', at: START, ms: 5000, answerMs: 1000, responseMs: 10 },
    ...{ status: 200, bytes: 120, client: '10.0.0.1', end: '--', method: 'GET', host: 'web.test' },
    path: '/"},{"at":1,"app":"other","slot":"9"',
  });
  const none = parseAccessHead(lineOf({ slot: '<NOSRV>', status: -1, response: -1, end: 'CH' }));
  expect(none).toMatchObject({ slot: null, instance: null, status: null, answerMs: null, responseMs: null });
  for (const other of ['[NOTICE] (1) : New worker', '', '{}', lineOf({}).slice(1), ` ${lineOf({})}`])
    expect(parseAccessLine(other)).toBeNull();
  // One that was cut off has its head still.
  expect(parseAccessHead(lineOf({}).slice(0, -20))).not.toBeNull();
  expect(parseAccessLine(lineOf({}).slice(0, -20))).toBeNull();
});

test('figures are of the last minute, by instance over both slots, and by release', () => {
  const traffic = new Traffic();
  for (let second = 0; second < 300; second++) {
    noted(traffic, { at: START + second * 1000, slot: '1', ms: 10 }, '1.0.0');
    if (second >= 200)
      noted(
        traffic,
        { at: START + second * 1000, slot: '1b', ms: 100, status: second % 2 ? 500 : 200 },
        '2.0.0',
      );
    noted(traffic, { at: START + second * 1000, slot: '2', ms: 20 }, '1.0.0');
    noted(traffic, { at: START + second * 1000, app: 'other', status: 503 }, '7');
  }
  const until = START + 299_900;
  const { all, instance, releases } = traffic.figures('web', { since: START, until });
  expect(all).toMatchObject({ windowMs: 59_900, requests: 180 });
  expect(all.perSecond).toBeCloseTo(3, 1);
  expect(all.errorsPercent).toBeCloseTo(100 / 6, 5);
  expect(instance('1')).toMatchObject({ requests: 120, errorsPercent: 25 });
  expect(instance('2')).toMatchObject({ requests: 60, percentiles: { p50: 20, p95: 20, p99: 20 } });
  expect(instance('3')).toMatchObject({ requests: 0, perSecond: 0, errorsPercent: null, percentiles: null });
  expect(releases.map(({ version, requests, errorsPercent }) => [version, requests, errorsPercent])).toEqual([
    ['2.0.0', 100, 50],
    ['1.0.0', 600, 0],
  ]);
  expect(releases[0]?.windowMs).toBe(99_900);
  expect(releases[0]?.perSecond).toBeCloseTo(1, 1);
  noted(traffic, { at: START + 299_000, slot: '1' }, '3.0.0');
  noted(traffic, { at: START + 299_000, slot: '1b' }, '4.0.0');
  const [newest, second] = traffic.figures('web', { since: START, until }).releases;
  expect([newest?.version, second?.version]).toEqual(['4.0.0', '3.0.0']);
  // A minute later one of the two has been silent, and six minutes later all of them.
  const later = traffic.figures('web', { since: START, until: until + 60_000 });
  expect(later.all.requests).toBe(0);
  expect(later.releases.map(({ version }) => version)).toEqual(['4.0.0', '3.0.0', '2.0.0', '1.0.0']);
  expect(traffic.figures('web', { since: START, until: until + 360_000 }).releases).toEqual([]);
  // What was before the log was read is no time without requests.
  expect(traffic.figures('web', { since: until - 4900, until }).all.windowMs).toBe(4900);
});

test('what HAProxy answers as it was told is not of the app; that nobody was there is', () => {
  const traffic = new Traffic();
  const nobody = { slot: '<NOSRV>', response: -1 };
  noted(traffic, { ...nobody, status: 301, end: 'LR' });
  noted(traffic, { ...nobody, status: 503, end: 'LR' });
  noted(traffic, { ...nobody, status: 401, end: 'PR' });
  expect(traffic.figures('web', { since: START, until: START }).all.requests).toBe(0);
  noted(traffic, { ...nobody, status: 503, end: 'SC', ms: 30_000 }, null);
  noted(traffic, { status: 200, end: 'CD', ms: 5 });
  noted(traffic, { status: -1, response: -1, end: 'CH', ms: 50_000 });
  const { all } = traffic.figures('web', { since: START, until: START + 59_000 });
  expect(all.requests).toBe(3);
  expect(all.errorsPercent).toBeCloseTo(33.3, 1);
  // Whoever left has not waited for an answer.
  expect(all.percentiles?.p50).toBe(5);
  expect(all.percentiles?.p99).toBeGreaterThan(29_000);
});

test('a clock that is set forgets the other time as new lines come, and none is kept for good', () => {
  const traffic = new Traffic();
  for (let second = 0; second < 300; second += 10) noted(traffic, { at: START + second * 1000 });
  const former = START - 3_600_000;
  for (let second = 0; second < 300; second += 10) noted(traffic, { at: former + second * 1000 });
  expect(traffic.figures('web', { since: 0, until: former + 299_000 }).releases).toMatchObject([
    { requests: 30 },
  ]);
  expect(traffic.figures('web', { since: 0, until: START + 300_000 }).all.requests).toBe(0);
  for (let release = 0; release < 1000; release++) noted(traffic, { at: former }, `${release}`);
  expect(traffic.figures('web', { since: 0, until: former }).releases.length).toBeLessThanOrEqual(8);
});

test('a line that stands for many counts as many', () => {
  const traffic = new Traffic();
  for (let each = 0; each < 10; each++) noted(traffic, { status: each === 0 ? 502 : 200 }, '1.0.0', 2.5);
  const { all } = traffic.figures('web', { since: START - 10_000, until: START });
  expect(all).toMatchObject({ requests: 25, errorsPercent: 10, perSecond: 2.5 });
});
