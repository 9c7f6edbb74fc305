import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLog, readLogs } from '../../../src/supervisor/output/index.ts';
import { LineCounter } from '../../../src/supervisor/output/line-counter.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function newLog() {
  const file = path.join(temporaryFolder(), 'api-1-stdout.log');
  const fd = openLog(file);
  onTestFinished(() => fs.closeSync(fd));
  let count = 0;
  return {
    source: { file, instance: 'api/1', stream: 'stdout' as const },
    /** Lines that say their number, from 0. */
    write(lines: number): void {
      let text = '';
      for (; lines > 0; lines--) text += `${count++} ${'-'.repeat(40)}\n`;
      fs.writeSync(fd, text);
    },
  };
}

const sleep = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

test('a follower who is too slow is told how many lines are left out, and goes on near the end', async () => {
  const log = newLog();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  let gaps = 0;
  let next = 0;
  log.write(1);
  const lines = readLogs({
    ...{ sources: [log.source], follow: true, signal: stop.signal, maxLagMs: 50 },
    onGap: (_, gap) => {
      gaps += 1;
      next += gap.lines;
    },
  });
  let read = 0;
  for await (const { text } of lines) {
    // Whatever was left out was counted: this is the line that follows.
    expect(Number(text.split(' ')[0])).toBe(next);
    next += 1;
    read += 1;
    if (read === 1) log.write(20_000);
    if (read === 2 || read === 200) await sleep(80);
    if (read === 100) log.write(20_000);
    if (next === 40_001) break;
  }
  expect(gaps).toBeGreaterThan(0);
  expect(read).toBeLessThan(10_000);
});

test('a follower who wants all of it gets all, however late', async () => {
  const log = newLog();
  const stop = new AbortController();
  log.write(1);
  let next = 0;
  for await (const { text } of readLogs({
    ...{ sources: [log.source], follow: true, signal: stop.signal, maxLagMs: 1 },
  })) {
    expect(Number(text.split(' ')[0])).toBe(next);
    next += 1;
    if (next === 1) log.write(5000);
    if (next === 100) await sleep(30);
    if (next === 5001) break;
  }
  expect(next).toBe(5001);
});

test('lines are counted right between any two places, in whichever order they are asked for', async () => {
  const { source, write } = newLog();
  write(30_000);
  const bytes = fs.readFileSync(source.file);
  const counted = (from: number, to: number) =>
    bytes.subarray(from, to).reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
  using shared = LineCounter.of(source.file);
  const places = [700_000, 900_000, 5, 1_300_000, 900_001, 0, 1_299_999, bytes.length];
  const asked = places.flatMap((from) => places.filter((to) => to >= from).map((to) => [from, to] as const));
  for (const [from, to] of asked)
    expect(await shared.counter.count(from, to), `${from} to ${to}`).toBe(counted(from, to));
});
