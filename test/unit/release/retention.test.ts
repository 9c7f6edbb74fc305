import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prunable, type RetainedRelease } from '../../../src/release/index.ts';

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

const release = fc.record({
  state: fc.constantFrom('preparing', 'ready', 'retired', 'failed'),
  proven: fc.boolean(),
  live: fc.constant(false),
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
      return index === liveIndex
        ? { number, state: 'live', live: true, proven: each.proven }
        : { number, ...each };
    });
    return [...numbered.slice(shuffle), ...numbered.slice(0, shuffle)];
  });
const options = fc.record({
  keep: fc.nat(6),
  inUse: fc.uniqueArray(fc.integer({ min: 1, max: 12 })).map((numbers) => new Set(numbers)),
});

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
