import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Journal } from '../../../src/journal/index.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const key = { name: 'web', environment: 'production' };
const MEGABYTE = 1024 ** 2;

function onFullDisk() {
  const disk = new SmallDisk(path.join(temporaryFolder(), 'data'), 4 * MEGABYTE);
  const journal = Journal.open(disk.folder);
  journal.write('an app', (tables) => tables.addApp(key));
  disk.fill(0);
  return { disk, journal };
}

/** Ghosts are rows of some size. */
function ghost(journal: Journal, index: number): void {
  const row = { ...key, version: `1.0.${index}`, hash: null, reason: 'x'.repeat(1000), at: index };
  journal.write(`ghost ${index}`, (tables) => tables.addGhost(row));
}

function untilRefused(journal: Journal): number {
  for (let count = 0; count < 1000; count++) {
    try {
      ghost(journal, count);
    } catch (error) {
      expect(error).toMatchObject({ code: 'disk_full' });
      return count;
    }
  }
  return expect.fail('it is not refused');
}

test('on a full disk entries are refused in the end, and what ends or saves never is', () => {
  const { journal, disk } = onFullDisk();
  expect(untilRefused(journal)).toBeGreaterThan(10);
  for (let count = 1; count <= 1000; count++)
    journal.decide('pinned', (tables) => tables.updateApp(key, { pinned: `1.0.${count}`, stopped: true }));
  expect(() => ghost(journal, 0)).toThrow(expect.objectContaining({ code: 'disk_full' }));
  // As after kill -9: nobody has closed the first.
  const next = Journal.open(disk.folder);
  expect(next.tables.app(key)).toMatchObject({ pinned: '1.0.1000', stopped: true });
  next.decide('started', (tables) => tables.updateApp(key, { stopped: false }));
  next.close();
  journal.close();
});

test('an agent that ended while the disk is full is followed by one that can decide, too', () => {
  const { journal, disk } = onFullDisk();
  untilRefused(journal);
  journal.decide('stopped', (tables) => tables.updateApp(key, { stopped: true }));
  journal.close();
  disk.fill(0);
  const next = Journal.open(disk.folder);
  expect(next.tables.app(key)).toMatchObject({ stopped: true });
  for (let count = 1; count <= 200; count++)
    next.decide('started', (tables) => tables.updateApp(key, { stopped: count % 2 === 1 }));
  next.close();
});

test('records wait while only what ends or saves is written, and follow when there is room', async () => {
  const { journal, disk } = onFullDisk();
  untilRefused(journal);
  journal.writeSoon('a record', (tables) => tables.updateApp(key, { nextNumber: 7 }));
  journal.decide('stopped', (tables) => tables.updateApp(key, { stopped: true }));
  expect(journal.tables.app(key)).toMatchObject({ stopped: true, nextNumber: 1 });
  disk.empty();
  await waitFor('the record', () => journal.tables.app(key)?.nextNumber === 7);
  ghost(journal, 2000);
  journal.close();
});

test('a backup that is put in the place of the database is what is there then', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'slipway.db');
  const journal = Journal.open(folder);
  journal.write('an app', (tables) => tables.addApp(key));
  journal.close();
  const backup = fs.readFileSync(file);
  const later = Journal.open(folder);
  later.decide('stopped', (tables) => tables.updateApp(key, { stopped: true }));
  later.close();
  fs.writeFileSync(file, backup);
  const restored = Journal.open(folder);
  expect(restored.tables.app(key)).toMatchObject({ stopped: false });
  restored.close();
});
