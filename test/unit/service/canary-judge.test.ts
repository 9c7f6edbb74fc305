import { expect, test } from 'vitest';
import {
  type Answered,
  CanaryJudge,
  ENOUGH,
  FALSE_ALARMS,
  type Thresholds,
} from '../../../src/service/canary-judge.ts';

const SEED = 20_261_201;
const BOTH: Thresholds = { maxErrors: 1, maxLatency: 200 };

/** Mulberry32: the same numbers in each run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Kind {
  /** Share of requests that fail. */
  errors: number;
  meanMs: number;
  /** From 0: all alike, to 1: exponential; 2: a few take very long. */
  spread?: 0 | 1 | 2;
}

const OLD: Kind = { errors: 0.001, meanMs: 20 };

function answer(kind: Kind, random: () => number): Omit<Answered, 'isNew'> {
  const { errors, meanMs, spread = 1 } = kind;
  const exponential = -Math.log(1 - random());
  const factor = spread === 0 ? 1 : spread === 1 ? exponential : random() < 0.01 ? 40 * exponential : 0.6;
  return { isError: random() < errors, latencyMs: Math.round(meanMs * factor) };
}

/** Errors are as frequent at any time. */
const ALIKE: (at: number) => number = () => 1;

/** Share of canaries in which it is taken back, within so many requests of the new one. */
function takenBack(
  kind: Kind,
  { of = BOTH, old = OLD, share = 0.1, requests = ENOUGH, repetitions = 400, hour = ALIKE } = {},
): number {
  const random = randomFrom(SEED);
  let alarms = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const judge = new CanaryJudge(of);
    for (let at = 0; judge.new.requests < requests && judge.broken.length === 0; at++) {
      const isNew = random() < share;
      const { errors, ...others } = isNew ? kind : old;
      judge.note({ isNew, ...answer({ ...others, errors: errors * hour(at) }, random) });
    }
    if (judge.broken.length > 0) alarms += 1;
  }
  return alarms / repetitions;
}

test.each<[string, Kind, Parameters<typeof takenBack>[1]]>([
  ['is as the old one', OLD, {}],
  ['is at the edge of both thresholds', { errors: 0.011, meanMs: 40 }, { repetitions: 300, requests: 3000 }],
  ['gets nearly all requests', { errors: 0.01, meanMs: 38 }, { share: 0.9, repetitions: 300 }],
  ['takes very long now and then, as the old one', { ...OLD, spread: 2 }, { old: { ...OLD, spread: 2 } }],
  [
    'has the same bad minutes as the old one',
    { errors: 0.05, meanMs: 20 },
    { old: { errors: 0.05, meanMs: 20 }, hour: (at) => (Math.floor(at / 1000) % 2 === 0 ? 0 : 4) },
  ],
])('of one that %s no more are taken back than is said', (_, kind, options) => {
  // Each of two thresholds may be wrong in one of a hundred; three standard deviations of what is counted here.
  const { repetitions = 400 } = options ?? {};
  const most = 2 * FALSE_ALARMS + 3 * Math.sqrt((2 * FALSE_ALARMS) / repetitions);
  expect(takenBack(kind, options)).toBeLessThanOrEqual(most);
});

test.each<[string, Kind, Parameters<typeof takenBack>[1]]>([
  ['5 % errors where 1 % more are allowed', { errors: 0.061, meanMs: 20 }, {}],
  ['5 % errors, at half of all requests', { errors: 0.061, meanMs: 20 }, { share: 0.5 }],
  ['three times the latency', { errors: 0.001, meanMs: 60 }, {}],
  ['three times the latency, always the same', { ...OLD, meanMs: 60, spread: 0 }, {}],
  [
    'a third of a millisecond where the old one has a tenth',
    { ...OLD, meanMs: 3 },
    { old: { ...OLD, meanMs: 1 } },
  ],
])('one with %s is found in 95 of 100 by the time that is enough', (_, kind, options) => {
  expect(takenBack(kind, options)).toBeGreaterThanOrEqual(0.95);
});

test('a threshold that is not named is not judged', () => {
  expect(
    takenBack({ errors: 0.5, meanMs: 20 }, { of: { maxErrors: null, maxLatency: 200 }, repetitions: 20 }),
  ).toBe(0);
  expect(
    takenBack({ errors: 0, meanMs: 900 }, { of: { maxErrors: 1, maxLatency: null }, repetitions: 20 }),
  ).toBe(0);
  expect(new CanaryJudge({ maxErrors: null, maxLatency: null }).canTell).toBe(true);
});

test('with too little traffic, or of one side alone, nothing is told', () => {
  const random = randomFrom(SEED);
  const judge = new CanaryJudge(BOTH);
  for (let each = 0; each < 10 * ENOUGH; each++) judge.note({ isNew: true, ...answer(OLD, random) });
  expect([judge.canTell, judge.broken]).toEqual([false, []]);
  const other = new CanaryJudge(BOTH);
  for (let each = 0; each < 10 * ENOUGH; each++) other.note({ isNew: false, ...answer(OLD, random) });
  expect([other.canTell, other.broken]).toEqual([false, []]);
  for (let each = 0; each < ENOUGH - 1; each++)
    for (const isNew of [true, false]) other.note({ isNew, ...answer(OLD, random) });
  expect(other.canTell).toBe(false);
  for (const isNew of [true, false]) other.note({ isNew, ...answer(OLD, random) });
  expect(other.canTell).toBe(true);
});

test('the figures are those of the requests; one that was not answered has no latency', () => {
  const judge = new CanaryJudge(BOTH);
  judge.note({ isNew: true, isError: true, latencyMs: null });
  judge.note({ isNew: true, isError: false, latencyMs: 10 });
  judge.note({ isNew: true, isError: false, latencyMs: 30 });
  expect(judge.new).toEqual({ requests: 3, errors: 1, meanMs: 20 });
  expect(judge.old).toEqual({ requests: 0, errors: 0, meanMs: null });
});
