import { expect, test } from 'vitest';
import { Clearing } from '../../../src/supervisor/clearing.ts';
import type { Run, Runs } from '../../../src/supervisor/index.ts';
import { ManualClock } from '../../support/clock.ts';

const RUN = { id: 'web.1.1.0.a' } as Run;
const STOP = { signal: 'SIGTERM', graceMs: 1000, to: null } as const;

/** Runs of which to end one, and then to forget it, is refused once. */
function refusing() {
  const refusals = new Set(['end', 'forget']);
  const done: string[] = [];
  const attempt = (what: string) => {
    if (refusals.delete(what)) throw new Error(`${what} refused`);
    done.push(what);
  };
  const runs = {
    stops: { next: () => Promise.resolve() },
    processes: () => ({ isEmpty: () => false }),
    end: async () => attempt('end'),
    forget: () => attempt('forget'),
  } as unknown as Runs;
  return { runs, done };
}

test.each(['a stop', 'what a crash left'] as const)('%s is tried again until it is done', async (what) => {
  const clock = new ManualClock();
  const { runs, done } = refusing();
  const clearing = new Clearing({ runs, clock, stop: () => STOP });
  clearing.begin(RUN);
  if (what !== 'a stop') clearing.endLeftOvers();
  const cleared = what === 'a stop' ? clearing.stop(RUN) : clearing.done();
  for (let i = 0; i < 2; i++) {
    await new Promise(setImmediate);
    clock.advance(1000);
  }
  await cleared;
  expect(done).toEqual(['end', 'end', 'forget']);
});
