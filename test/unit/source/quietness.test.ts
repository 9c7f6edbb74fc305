import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Quietness } from '../../../src/source/quietness.ts';
import { DAY_MS, ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** A file that was written so long ago by the clock. */
function written(clock: ManualClock, agoMs: number): fs.Stats {
  const file = path.join(temporaryFolder(), 'archive');
  fs.writeFileSync(file, 'x');
  fs.utimesSync(file, (clock.now() - agoMs) / 1000, (clock.now() - agoMs) / 1000);
  return fs.statSync(file);
}

test('a file that is old by its own time has been left alone so long, at the first look', () => {
  const clock = new ManualClock();
  expect(new Quietness(clock).ms(written(clock, 5000))).toBeGreaterThan(4990);
});

test.each([DAY_MS, -DAY_MS])(
  'a wall clock that is set by %i ms makes no file old, nor keeps it new',
  (byMs) => {
    const clock = new ManualClock();
    const quietness = new Quietness(clock);
    const stat = written(clock, 0);
    clock.advance(10);
    clock.setWall(byMs);
    expect(quietness.ms(stat)).toBeLessThanOrEqual(10);
    clock.advance(40);
    expect(quietness.ms(stat)).toBe(40);
  },
);
