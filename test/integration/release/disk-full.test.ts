import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { checkSpace, copyTree, estimate, unpack } from '../../../src/release/index.ts';
import { tarArchive } from '../../fixtures/tar-writer.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const MEGABYTE = 1024 ** 2;
const big = { path: 'lib/big', body: randomBytes(3 * MEGABYTE) };

test('an archive that does not fit is given up, says what it needs, and leaves the disk alone', async () => {
  const disk = mount('size=1m');
  const archive = archiveWith(gzipSync(tarArchive({ path: 'first', body: 'x' }, big)));
  const into = path.join(disk, 'deployment_1.1.0.0');
  const error = await unpack({ archive, into }).catch((thrown) => thrown);
  expect(error.code).toBe('disk_full');
  expect(error.message).toMatch(/about 3 MB and 1000 inodes needed, 1 MB and \d+ inodes free/);
  expect(error.message).toContain(archive);
  expect(fs.readdirSync(disk)).toEqual([]);
  // There is room again, and the next one fits.
  await unpack({ archive: archiveWith(tarArchive({ path: 'a', body: randomBytes(MEGABYTE / 2) })), into });
  expect(fs.readdirSync(into)).toEqual(['a']);
});

test('an archive with more files than there are inodes is given up', async () => {
  const disk = mount('size=1m,nr_inodes=20');
  const files = Array.from({ length: 30 }, (_, n) => ({ path: `file-${n}` }));
  const into = path.join(disk, 'deployment_1.1.0.0');
  const error = await unpack({ archive: archiveWith(tarArchive(...files)), into }).catch((thrown) => thrown);
  expect(error.code).toBe('disk_full');
  expect(fs.readdirSync(disk)).toEqual([]);
});

test('the check before it says so without writing anything', async () => {
  const disk = mount('size=1m,nr_inodes=20');
  const { bytes, inodes } = await estimate(archiveWith(gzipSync(tarArchive(big))));
  const directory = path.join(disk, 'service/app');
  for (const need of [
    { needBytes: bytes, needInodes: 1 },
    { needBytes: 1, needInodes: inodes },
  ])
    await expect(checkSpace({ directory, ...need })).rejects.toMatchObject({ code: 'disk_full' });
  expect(fs.readdirSync(disk)).toEqual([]);
});

test('a copy that does not fit is given up and leaves nothing', async () => {
  const disk = mount('size=1m');
  const from = path.join(temporaryFolder(), 'deployment_1.1.0.0');
  const files = ['a', 'b', 'c'].map((name) => ({ ...big, path: `lib/${name}` }));
  await unpack({ archive: archiveWith(tarArchive(...files)), into: from });
  const to = path.join(disk, 'copy');
  const error = await copyTree({ from, to }).catch((thrown) => thrown);
  expect(error.code).toBe('disk_full');
  // cp has a line for each file that found no room.
  expect(error.message).toMatch(/^the disk is full: cp: .*No space left on device$/);
  expect(fs.readdirSync(disk)).toEqual([]);
});

/** A file system of its own in memory. */
function mount(options: string): string {
  const disk = path.join(temporaryFolder(), 'disk');
  fs.mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  onTestFinished(() => void execFileSync('umount', [disk]));
  return disk;
}

function archiveWith(bytes: Buffer): string {
  const archive = path.join(temporaryFolder(), 'archive');
  fs.writeFileSync(archive, bytes);
  return archive;
}
