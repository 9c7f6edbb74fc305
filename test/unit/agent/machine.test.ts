import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { disksOf } from '../../../src/agent/machine/disks.ts';
import { Machine, memoryOf } from '../../../src/agent/machine/machine.ts';
import { percentBetween, ticksOf } from '../../../src/agent/machine/processor.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('processors are busy with all that is neither idle nor waiting for a disk', () => {
  const before = ticksOf('cpu  10 0 10 60 20 0 0 0 0 0\ncpu0 1 2 3\n');
  expect(before).toEqual({ busy: 20, all: 100 });
  const after = ticksOf('cpu  40 0 20 110 30 0 0 0 0 0\n');
  expect(percentBetween(before, after)).toBe(40);
  expect(percentBetween(after, after)).toBe(0);
});

test('memory is counted in bytes, and what is not told is 0', () => {
  const text = 'MemTotal:        2048 kB\nMemFree:   1 kB\nMemAvailable:    1024 kB\n';
  expect(memoryOf(text)).toEqual({
    ...{ total_bytes: 2048 * 1024, available_bytes: 1024 * 1024, swap_total_bytes: 0, swap_free_bytes: 0 },
  });
});

test('folders of one file system are told once, with all that they are for', async () => {
  const folder = temporaryFolder();
  const missing = path.join(folder, 'not', 'there');
  const disks = await disksOf([
    { path: folder, for: 'data' },
    { path: missing, for: 'logs' },
    { path: folder, for: 'logs' },
  ]);
  expect(disks).toHaveLength(1);
  expect(disks[0]).toMatchObject({ path: folder, for: 'data, logs' });
  expect(disks[0]?.total_bytes).toBeGreaterThan(disks[0]?.free_bytes ?? 0);
});

test('the machine of this test is told', async () => {
  const machine = new Machine(systemClock);
  onTestFinished(() => machine.close());
  const asked = { places: [{ path: os.tmpdir(), for: 'data' }], openConsoles: 3 };
  const shown = await machine.look(asked);
  expect(shown.memory.total_bytes).toBe(os.totalmem());
  expect(shown.memory.available_bytes).toBeLessThan(shown.memory.total_bytes);
  expect(shown.cpu.percent).toBeGreaterThanOrEqual(0);
  expect(shown.agent).toMatchObject({ loop_lag_p99_ms: null, open_consoles: 3 });
  expect(fs.existsSync(shown.disks[0]?.path ?? '')).toBe(true);
  expect((await machine.look(asked)).agent.loop_lag_p99_ms).toBeGreaterThanOrEqual(0);
});
