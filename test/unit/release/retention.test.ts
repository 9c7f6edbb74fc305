import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prunable, type RetainedRelease, type RetentionOptions } from '../../../src/release/index.ts';

const retired = { state: 'retired', live: false, proven: true } as const;
const failed = { state: 'failed', live: false, proven: false } as const;
const live = { state: 'live', live: true, proven: true } as const;
const none = new Set<number>();

describe('retention', () => {
  test('keeps the last proven releases and removes the older ones and the failed', () => {
    const releases = [
      { number: 1, ...retired },
      { number: 2, ...retired },
      { number: 3, ...failed },
      { number: 4, ...retired },
      { number: 5, ...live },
    ];
    expect(prunable(releases, { keep: 2, inUse: none })).toEqual([1, 2, 3]);
    expect(prunable(releases, { keep: 5, inUse: none })).toEqual([3]);
  });

  test('keeps the way back, however little is to be kept', () => {
    const releases = [
      { number: 1, ...retired },
      { number: 2, ...retired },
      { number: 3, state: 'retired', live: false, proven: false } as const,
      { number: 4, ...live },
    ];
    expect(prunable(releases, { keep: 0, inUse: none })).toEqual([1, 3]);
  });

  test('keeps the way back behind a release that was gone back to', () => {
    const releases = [
      { number: 1, ...retired },
      { number: 2, ...live },
      { number: 3, ...retired },
      { number: 4, ...retired },
    ];
    expect(prunable(releases, { keep: 1, inUse: none })).toEqual([3]);
  });

  test('keeps what is ready and not live yet, and removes what was passed over', () => {
    const ready = { state: 'ready', live: false, proven: false } as const;
    const releases = [
      { number: 1, ...ready },
      { number: 2, ...live },
      { number: 3, ...ready },
    ];
    expect(prunable(releases, { keep: 1, inUse: none })).toEqual([1]);
    expect(prunable([{ number: 1, ...ready }], { keep: 1, inUse: none })).toEqual([]);
  });
});

describe('of the releases that are kept by count', () => {
  const day = 86_400_000;
  const releases = [
    { number: 1, ...retired, createdAt: 1 * day, sizeBytes: 10 },
    { number: 2, ...retired, createdAt: 2 * day, sizeBytes: 20 },
    { number: 3, ...retired, createdAt: 3 * day, sizeBytes: 30 },
    { number: 4, ...retired, createdAt: 4 * day, sizeBytes: 40 },
    { number: 5, ...live, createdAt: 5 * day, sizeBytes: 50 },
  ];
  const aged = (maxAgeMs: number | null, now: number) =>
    prunable(releases, { keep: 4, inUse: none, maxAgeMs, now });
  const free = (minFreeBytes: number | null, freeBytes: number, inUse = none) =>
    prunable(releases, { keep: 4, inUse, minFreeBytes, freeBytes });

  test('those go that are too old, but never the live one and the way back', () => {
    expect(aged(null, 100 * day)).toEqual([1]);
    expect(aged(3 * day, 5 * day)).toEqual([1]);
    expect(aged(3 * day, 5 * day + 1)).toEqual([1, 2]);
    expect(aged(1, 100 * day)).toEqual([1, 2, 3]);
  });

  test('the oldest go while too little is free, and no more of them than is needed', () => {
    expect(free(null, 0)).toEqual([1]);
    expect(free(100, 90)).toEqual([1]);
    expect(free(100, 89)).toEqual([1, 2]);
    expect(free(100, 70)).toEqual([1, 2]);
    expect(free(100, 69)).toEqual([1, 2, 3]);
    expect(free(1000, 0)).toEqual([1, 2, 3]);
    expect(free(100, 69, new Set([2]))).toEqual([1, 3]);
  });

  test('the newest stays where none is live', () => {
    const retiredOnes = releases.slice(0, 4);
    expect(prunable(retiredOnes, { keep: 4, inUse: none, maxAgeMs: 1, now: 100 * day })).toEqual([1, 2, 3]);
    expect(prunable(retiredOnes, { keep: 4, inUse: none, minFreeBytes: 1000, freeBytes: 0 })).toEqual([
      1, 2, 3,
    ]);
  });
});

const release = fc.record({
  state: fc.constantFrom('preparing', 'ready', 'retired', 'failed'),
  proven: fc.boolean(),
  live: fc.constant(false),
  createdAt: fc.nat(100),
  sizeBytes: fc.option(fc.nat(100)),
}) as fc.Arbitrary<Omit<RetainedRelease, 'number'>>;
const history = fc
  .record({
    releases: fc.array(release, { maxLength: 12 }),
    liveIndex: fc.option(fc.nat(11)),
    shuffle: fc.nat(11),
  })
  .map(({ releases, liveIndex, shuffle }): RetainedRelease[] => {
    const numbered = releases.map((each, index): RetainedRelease => {
      const number = index + 1;
      return index === liveIndex ? { ...each, number, state: 'live', live: true } : { number, ...each };
    });
    return [...numbered.slice(shuffle), ...numbered.slice(0, shuffle)];
  });
const options = fc.record({
  keep: fc.nat(6),
  inUse: fc.uniqueArray(fc.integer({ min: 1, max: 12 })).map((numbers) => new Set(numbers)),
});

const limits = fc.record({
  now: fc.nat(150),
  maxAgeMs: fc.option(fc.nat(100)),
  freeBytes: fc.nat(300),
  minFreeBytes: fc.option(fc.nat(400)),
});

test('whatever age and space, what is live, in use, prepared or the way back is never pruned', () => {
  fc.assert(
    fc.property(history, options, limits, (releases, choice, limit) => {
      const all = { ...choice, ...limit };
      const gone = prunable(releases, all);
      const newestFirst = [...releases].sort((a, b) => b.number - a.number);
      const liveOne = releases.find((each) => each.live);
      const wayBack = newestFirst.find((each) => each.proven && each.number < (liveOne?.number ?? 1000));
      const untouchable = releases.filter(
        (each) => each.live || each.state === 'preparing' || all.inUse.has(each.number) || each === wayBack,
      );
      expect(untouchable.filter(({ number }) => gone.includes(number))).toEqual([]);
      expect(gone).toEqual(gone.toSorted((a, b) => a - b));
      // What count alone would remove goes in any case.
      expect(gone).toEqual(expect.arrayContaining(prunable(releases, choice)));
      expectTheLimits(releases, gone, all);
    }),
  );
});

function expectTheLimits(
  releases: readonly RetainedRelease[],
  gone: readonly number[],
  options: RetentionOptions,
): void {
  const { now = 0, maxAgeMs = null, minFreeBytes = null, freeBytes = 0 } = options;
  const byCount = prunable(releases, { keep: options.keep, inUse: options.inUse });
  const removable = prunable(releases, { keep: 0, inUse: options.inUse });
  const isOld = ({ createdAt = 0 }: RetainedRelease) => maxAgeMs !== null && now - createdAt > maxAgeMs;
  const required = releases.filter(
    (each) => byCount.includes(each.number) || (removable.includes(each.number) && isOld(each)),
  );
  const sizeOf = (some: readonly RetainedRelease[]) =>
    some.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  expect(gone).toEqual(expect.arrayContaining(required.map(({ number }) => number)));
  const forSpace = releases
    .filter((each) => gone.includes(each.number) && !required.includes(each))
    .sort((a, b) => a.number - b.number);
  if (minFreeBytes === null) return expect(forSpace).toEqual([]);
  // Without the last one too little would be free; with it enough, or nothing is left that may go.
  const withoutLast = freeBytes + sizeOf(required) + sizeOf(forSpace.slice(0, -1));
  if (forSpace.length > 0) expect(withoutLast).toBeLessThan(minFreeBytes);
  if (withoutLast + sizeOf(forSpace.slice(-1)) < minFreeBytes) expect(gone).toEqual(removable);
}

test('never is a release pruned that is live, in use, being prepared, kept, or the way back', () => {
  fc.assert(
    fc.property(history, options, (releases, { keep, inUse }) => {
      const gone = new Set(prunable(releases, { keep, inUse }));
      const newestFirst = [...releases].sort((a, b) => b.number - a.number);
      const liveOne = releases.find((each) => each.live);
      const proven = newestFirst.filter((each) => each.proven);
      const wayBack = liveOne && proven.find(({ number }) => number < liveOne.number);
      const untouchable = releases.filter(
        ({ number, state, live }) => live || state === 'preparing' || inUse.has(number),
      );
      const needed = [...untouchable, ...proven.slice(0, keep), ...(wayBack ? [wayBack] : [])];
      expect(needed.filter(({ number }) => gone.has(number))).toEqual([]);
    }),
  );
});

test('every failed release goes that nothing runs in, and the oldest go first', () => {
  fc.assert(
    fc.property(history, options, (releases, { keep, inUse }) => {
      const gone = prunable(releases, { keep, inUse });
      expect(gone).toEqual([...gone].sort((a, b) => a - b));
      const useless = releases.filter(
        ({ number, state, proven }) => state === 'failed' && !proven && !inUse.has(number),
      );
      expect(gone).toEqual(expect.arrayContaining(useless.map(({ number }) => number)));
    }),
  );
});

test('once pruned, there is nothing more to prune', () => {
  fc.assert(
    fc.property(history, options, (releases, choice) => {
      const gone = new Set(prunable(releases, choice));
      const left = releases.filter(({ number }) => !gone.has(number));
      expect(prunable(left, choice)).toEqual([]);
    }),
  );
});
