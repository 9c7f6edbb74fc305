import fs from 'node:fs';
import { expect, test } from 'vitest';
import { AccessReader } from '../../../src/agent/proxy/access-reader.ts';
import { rotate } from '../../../src/supervisor/output/rotation.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const line = (at: number, path = '/') =>
  `{"at":${at},"app":"web","slot":"1","status":200,"ms":1,"response_ms":1,"data_ms":0,"bytes":1,"client":"::1","end":"--","method":"GET","host":"a.test","path":"${path}"}\n`;
const many = (from: number, count: number, path?: string) =>
  Array.from({ length: count }, (_, index) => line(from + index, path)).join('');

function reading() {
  const file = `${temporaryFolder()}/access.log`;
  const clock = new ManualClock();
  const reader = new AccessReader({ file, clock });
  const read = async () => {
    const seen: number[] = [];
    let stood = 0;
    const result = await reader.read(({ line: { at }, weight }) => {
      seen.push(at);
      stood += weight;
    });
    return { seen, stood, ...result };
  };
  return { file, clock, read };
}

test('the log is read on line by line, whatever else stands in it and wherever it was cut', async () => {
  const { file, read } = reading();
  expect(await read()).toMatchObject({ seen: [], hasGrown: false });
  const long = line(3, 'x'.repeat(5000));
  fs.writeFileSync(file, `${line(1)}[NOTICE] (7) : New worker (9) forked\n${line(2)}${long.slice(0, 40)}`);
  expect(await read()).toMatchObject({ seen: [1, 2], isWhole: true, hasGrown: true });
  fs.appendFileSync(file, long.slice(40, 2000));
  expect((await read()).seen).toEqual([]);
  fs.appendFileSync(file, `${long.slice(2000)}${line(4)}`);
  expect((await read()).seen).toEqual([3, 4]);
  // One that never ends is not held, nor read again and again.
  fs.appendFileSync(file, 'x'.repeat(1_000_000));
  expect((await read()).seen).toEqual([]);
  fs.appendFileSync(file, `x\n${line(5)}`);
  expect((await read()).seen).toEqual([5]);
  fs.writeFileSync(file, line(6));
  expect((await read()).seen).toEqual([6]);
});

test('a rotation doubles none and loses none of those that are read in time', async () => {
  const { file, read } = reading();
  const seen: number[] = [];
  let written = 0;
  for (let turn = 0; turn < 4; turn++) {
    fs.appendFileSync(file, many(written, 2000));
    written += 2000;
    seen.push(...(await read()).seen);
    expect(await rotate({ file, keep: 2, maxSizeBytes: 256 * 1024 })).toBe(true);
    fs.appendFileSync(file, line(written++));
    seen.push(...(await read()).seen);
  }
  expect(seen).toEqual(Array.from({ length: written }, (_, index) => index));
});

test('of more than it may read in a second the newest stands for all, and the cost is the same', async () => {
  const { file, clock, read } = reading();
  fs.writeFileSync(file, '');
  await read();
  const count = 60_000;
  fs.writeFileSync(file, many(0, count));
  const first = await read();
  expect(first.isWhole).toBe(false);
  expect(first.seen.length).toBeLessThan(30_000);
  expect(first.seen.at(-1)).toBe(count - 1);
  expect(first.stood / count).toBeCloseTo(1, 2);
  // With the next second comes what may be read in one.
  clock.advance(1000);
  fs.appendFileSync(file, many(count, count));
  const next = await read();
  expect(next.seen.length).toBeLessThan(first.seen.length);
  expect(next.stood / count).toBeCloseTo(1, 2);
});

test('an agent that starts reads what is there, and reckons nothing of what it does not read', async () => {
  const { file, read } = reading();
  fs.writeFileSync(file, many(0, 60_000));
  const { seen, stood, isWhole } = await read();
  expect(seen.at(-1)).toBe(59_999);
  expect(stood).toBe(seen.length);
  expect(stood).toBeLessThan(30_000);
  expect(isWhole).toBe(true);
});
