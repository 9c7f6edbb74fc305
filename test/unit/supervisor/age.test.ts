import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { ageMs } from '../../../src/supervisor/age.ts';
import { processStat } from '../../../src/supervisor/proc.ts';

test('a process is as old as the time that has passed since it was started', async () => {
  const before = performance.now();
  const child = spawn('sleep', ['1000']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.once('spawn', resolve));
  const stat = processStat(child.pid ?? 0);
  const age = ageMs({ startTicks: stat?.startTicks ?? 0 });
  // Clock ticks, and /proc/uptime, are of 10 ms each.
  expect(age).toBeLessThan(performance.now() - before + 25);
  const sinceMs = performance.now();
  while (performance.now() < sinceMs + 30) await new Promise((resolve) => setImmediate(resolve));
  expect(ageMs({ startTicks: stat?.startTicks ?? 0 })).toBeGreaterThan(age + 10);
});

test('one of an earlier boot is older than any limit', () => {
  expect(ageMs({ startTicks: -1 })).toBe(Number.POSITIVE_INFINITY);
});
