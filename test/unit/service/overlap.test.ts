import { expect, test } from 'vitest';
import type { ServiceContext } from '../../../src/service/context.ts';
import { whyNotOverlap } from '../../../src/service/overlap.ts';
import { freeMemoryBytes, type Run } from '../../../src/supervisor/index.ts';

const RUN = { id: 'web.1.1.0.x' } as Run;

function contextOf(rollOut: object, memoryBytes: number): ServiceContext {
  const runs = { usage: () => ({ memoryBytes, cpuPercent: 0, oomKills: 0 }) };
  const { configuration } = { configuration: { rollOut: { sparePort: 4100, ...rollOut } } };
  return { configuration, runs } as unknown as ServiceContext;
}

test('a second process is started where there is memory for what the first one uses, and some', () => {
  const overlap = { strategy: 'overlap' };
  expect(whyNotOverlap(contextOf(overlap, 1024), RUN, 0)).toBeNull();
  expect(whyNotOverlap(contextOf(overlap, freeMemoryBytes() * 2), RUN, 0)).toMatch(
    /^\S+ \SB of memory are free, and a second process needs about \S+ \SB$/,
  );
  // Those that have just been started have not taken what they will use.
  const third = contextOf(overlap, freeMemoryBytes() / 3);
  expect(whyNotOverlap(third, RUN, 1)).toBeNull();
  expect(whyNotOverlap(third, RUN, 3)).toMatch(/ and 4 more processes need about /);
  // Not meant to be, which needs no words.
  expect(whyNotOverlap(contextOf({ strategy: 'replace' }, 1024), RUN, 0)).toBe('');
  expect(whyNotOverlap(contextOf({ ...overlap, sparePort: null }, 1024), RUN, 0)).toBe('');
  expect(whyNotOverlap(contextOf(overlap, 1024), null, 0)).toBe('');
});
