import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Instance, isAlive, logFiles, NO_LIMITS, type Run, Runs } from '../../../src/supervisor/index.ts';
import { ManualClock } from '../../support/clock.ts';
import { endRunsOf } from '../../support/run-groups.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const ALIVE_FOR_MS = 5000;

test('a process that has ended is not ready, however late its supervisor is to be told of it', async () => {
  const { instance, clock } = await supervised();
  const first = await ended(instance);
  // The time for which it had to live is over, and its end was not told yet: the event loop does not go on.
  clock.advance(ALIVE_FOR_MS);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  expect({ run: instance.run?.id, state: instance.stateName }).toEqual({ run: first.id, state: 'starting' });
  await waitFor('its end to be told', () => instance.state.lastExit !== null);
  clock.advance(0);

  await waitFor('the next run', () => instance.run !== null);
  clock.advance(ALIVE_FOR_MS);
  await waitFor('it to be ready', () => instance.stateName === 'ready');
  expect(await instance.stillReady()).toBeNull();
  const second = await ended(instance);
  const unanswered = instance.stillReady();
  expect({ run: instance.run?.id, state: instance.stateName }).toEqual({ run: second.id, state: 'ready' });
  expect(await unanswered).toBe('its process has ended');
});

/** Ends its process with SIGKILL and returns when it is gone, all in one turn of the event loop. */
async function ended({ run }: Instance): Promise<Run> {
  if (!run) throw new Error('no run');
  process.kill(run.pid, 'SIGKILL');
  while (isAlive(run)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  return run;
}

/** An instance of `sleep`, wanted and started. */
async function supervised(): Promise<{ instance: Instance; clock: ManualClock }> {
  const folder = temporaryFolder();
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  onTestFinished(() => endRunsOf(data));
  const runs = new Runs(path.join(data, 'run'));
  onTestFinished(() => runs.close());
  await runs.contain();
  const clock = new ManualClock();
  const instance = new Instance({
    ...{ app: 'web', unit: '1', runs, clock, logs: logFiles(folder, 'web', '1') },
    settings: () => ({
      ...{ stop: { signal: 'SIGTERM', graceMs: 1000, to: null }, limits: NO_LIMITS, port: null },
      restart: { delayMs: 0, maxDelayMs: 0, resetAfterMs: 1, maxRetries: null },
      ...{ ready: { kind: 'alive', forMs: ALIVE_FOR_MS }, readyTimeoutMs: 60_000 },
    }),
    prepare: async () => ({ argv: ['sleep', '1000'], cwd: folder, env: {}, account: null }),
  });
  onTestFinished(() => instance.detach());
  instance.want({ running: true, release: 1, generation: 0 }, 'a test');
  await waitFor('it to be started', () => instance.run !== null);
  return { instance, clock };
}
