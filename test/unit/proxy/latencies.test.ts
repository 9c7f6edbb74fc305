import { expect, test } from 'vitest';
import { Latencies } from '../../../src/proxy/latencies.ts';

const SEED = 20261201;
const PERCENTS = [1, 50, 90, 95, 99, 99.5, 100];

/** The same numbers each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = numbers(SEED);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const DISTRIBUTIONS: Record<string, () => number> = {
  even: () => random() * 2000,
  exponential: () => -50 * Math.log(1 - random()),
  'log-normal': () => Math.exp(3 + 1.5 * normal()),
  'two humps': () => (random() < 0.93 ? 5 + random() * 5 : 3000 + random() * 500),
  'with minutes among them': () => (random() < 0.98 ? random() * 100 : random() * 3_600_000),
};

test.each(Object.entries(DISTRIBUTIONS))(`percentiles are right to 3.2 %%: %s (seed ${SEED})`, (_, draw) => {
  const drawn = Array.from({ length: 20_000 }, () => Math.round(draw()));
  const [first, second] = [new Latencies(), new Latencies()];
  for (const [index, ms] of drawn.entries()) (index % 3 === 0 ? first : second).add(ms);
  first.include(second);
  const sorted = drawn.toSorted((a, b) => a - b);
  for (const percent of PERCENTS) {
    const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
    const told = first.percentile(percent) ?? Number.NaN;
    expect(Math.abs(told - exact), `p${percent}: ${told} for ${exact}`).toBeLessThanOrEqual(exact * 0.032);
  }
});

test('each millisecond below 32 is told as it is, and what is too long as 70 minutes', () => {
  for (let ms = 0; ms < 32; ms++) {
    const one = new Latencies();
    one.add(ms);
    expect(one.percentile(50)).toBe(ms);
  }
  const endless = new Latencies();
  endless.add(Number.MAX_SAFE_INTEGER);
  endless.add(-1);
  expect(endless.percentile(100)).toBeGreaterThan(68 * 60_000);
  expect(endless.percentile(1)).toBe(0);
  expect(new Latencies().percentile(50)).toBeNull();
});

test('one that stands for many weighs as much', () => {
  const latencies = new Latencies();
  latencies.add(10, 2.5);
  latencies.add(1000, 97.5);
  expect(latencies.percentile(2)).toBe(10);
  expect(latencies.percentile(3)).toBeGreaterThan(960);
  expect(latencies.total).toBe(100);
});
