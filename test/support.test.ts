import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { memoryLimit } from './support/memory-limit.ts';
import { QUICK, quickTests } from './support/quick.ts';
import { temporaryFolder } from './support/temporary.ts';
import { waitFor } from './support/wait-for.ts';
import { Workshop } from './support/workshop.ts';

const ROOT = path.join(import.meta.dirname, '..');

test('a deadline begins anew with what is seen, and ends a wait in which nothing changes', async () => {
  let steps = 0;
  const slow = () => {
    steps += 1;
    if (steps < 40) throw new Error(`step ${Math.floor(steps / 4)}`);
    return steps;
  };
  const began = performance.now();
  expect(await waitFor('steps', slow, { deadlineMs: 200, atMostMs: 60_000, intervalMs: 20 })).toBe(40);
  expect(performance.now() - began).toBeGreaterThan(700);
  const stuck = waitFor('nothing', () => false, { deadlineMs: 50 });
  await expect(stuck).rejects.toThrow(/in vain for nothing; last: false/);
  let clock = 0;
  const ticking = waitFor('the end of time', () => Promise.reject(new Error(String(clock++))), {
    deadlineMs: 20,
    atMostMs: 200,
  });
  await expect(ticking).rejects.toThrow(/in vain for the end of time/);
});

test('an agent that a test starts after its end is ended, and the test is told', async () => {
  const workshop = await Workshop.make();
  await workshop.endForGood();
  const late = spawn('sleep', ['1000']);
  const exited = once(late, 'exit');
  expect(() => {
    workshop.agent = late;
  }).toThrow(/the test is over/);
  expect(await exited).toEqual([null, 'SIGKILL']);
});

test('a limit of memory is of a control group, and never of any folder', () => {
  expect(() => memoryLimit(200 * 1024 * 1024, temporaryFolder())).toThrow(/is no control group/);
});

test('the quick tests are there, and some of each folder that has quick ones', () => {
  expect(quickTests().filter((file) => !fs.existsSync(path.join(ROOT, file)))).toEqual([]);
  const folders = (kind: string) =>
    fs
      .readdirSync(path.join(ROOT, 'test', kind), { withFileTypes: true })
      .flatMap((entry) => (entry.isDirectory() ? [`test/${kind}/${entry.name}`] : []));
  const chosen = quickTests().map((file) => path.dirname(file));
  expect(
    folders('integration')
      .filter((folder) => !chosen.includes(folder))
      .toSorted(),
  ).toEqual(QUICK.without.toSorted());
});
