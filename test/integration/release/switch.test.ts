import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { siteLayout, switchCurrent } from '../../../src/release/index.ts';
import { triesAll } from '../../support/notes.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const READS = triesAll() ? 1_000_000 : 200_000;

/** Counts what it reads through `current`, errors too. */
const READER = `
  const { parentPort, workerData: { file, reads } } = require('node:worker_threads');
  const fs = require('node:fs');
  const counts = {};
  for (let read = 0; read < reads; read++) {
    let found;
    try {
      found = fs.readFileSync(file, 'utf8');
    } catch (error) {
      found = error.code;
    }
    counts[found] = (counts[found] ?? 0) + 1;
  }
  parentPort.postMessage(counts);
`;

test('not one read through current fails while it is switched all the time', async () => {
  // In memory, because a disk's fsync would make the switches few.
  const disk = new SmallDisk(path.join(temporaryFolder(), 'disk'), 1024 ** 2);
  const layout = siteLayout(path.join(disk.folder, 'webroot'));
  const releases = ['1', '2'].map((label) => {
    const directory = layout.releaseDirectory(Number(label), label);
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, 'file'), `release ${label}`);
    return directory;
  });
  const [one = '', two = ''] = releases;
  switchCurrent(layout, one);
  const reader = new Worker(READER, {
    eval: true,
    workerData: { file: path.join(layout.current, 'file'), reads: READS },
  });
  let counts = null as Record<string, number> | null;
  const read = new Promise<void>((resolve, reject) => {
    reader.once('error', reject);
    reader.once('message', (found: Record<string, number>) => {
      counts = found;
      resolve();
    });
  });
  let switches = 0;
  while (counts === null) {
    for (let turn = 0; turn < 100; turn++) switchCurrent(layout, switches++ % 2 === 0 ? two : one);
    await new Promise(setImmediate);
  }
  await read;
  const { 'release 1': first = 0, 'release 2': second = 0, ...others } = counts;
  expect(others).toEqual({});
  expect(first + second).toBe(READS);
  expect(Math.min(first, second)).toBeGreaterThan(0);
  expect(fs.readdirSync(layout.root).sort()).toEqual(['current', 'release']);
});
