import { expect, test } from 'vitest';
import { Lap } from '../../../src/deployment/lap.ts';
import { DAY_MS, ManualClock } from '../../support/clock.ts';

test.each([DAY_MS, -DAY_MS])(
  'what lasts a minute is shown as a minute, though the wall clock is set by %i ms',
  (byMs) => {
    const clock = new ManualClock();
    const lap = new Lap(clock);
    clock.advance(20_000);
    clock.setWall(byMs);
    clock.advance(40_000);
    expect(lap.lastedMs).toBe(60_000);
    expect(lap.endsAt - lap.startedAt).toBe(60_000);
  },
);
