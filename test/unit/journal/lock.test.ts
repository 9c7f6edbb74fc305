import { expect, test } from 'vitest';
import { lockDataDirectory } from '../../../src/journal/lock.ts';

test('a data directory that may not be written to is named, and whose it is', () => {
  // Nobody may make anything there, root neither.
  expect(() => lockDataDirectory('/sys/slipway')).toThrow(
    expect.objectContaining({
      code: 'permission',
      message: expect.stringMatching(
        /^the agent may not write to \/sys.* and it runs as .*: E(PERM|ACCES|ROFS)/,
      ),
      next: 'ls -ld /sys/slipway',
    }),
  );
});
