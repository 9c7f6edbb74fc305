import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { checkSpace, estimate } from '../../../src/release/index.ts';
import { tarArchive } from '../../fixtures/tar-writer.ts';
import { zipArchive } from '../../fixtures/zip-writer.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PETABYTE = 1024 ** 5;

describe('the room on the disk', () => {
  test('is enough for a little, also below folders that are not there yet', async () => {
    const directory = path.join(temporaryFolder(), 'not/there/yet');
    await expect(checkSpace({ directory, needBytes: 1, needInodes: 1 })).resolves.toBeUndefined();
  });

  test('is too little for a petabyte, and both sizes are told', async () => {
    const directory = temporaryFolder();
    const error = await checkSpace({ directory, needBytes: PETABYTE, needInodes: 1 }).catch(
      (thrown) => thrown,
    );
    expect(error.code).toBe('disk_full');
    expect(error.message).toMatch(/needs 1024 TB and its file system has [\d.]+ [KMGT]?B free/);
    expect(error.message).toContain(directory);
    expect(error.next).toBe(`df -h ${directory}`);
  });

  test('is too little for more inodes than there are', async () => {
    const directory = temporaryFolder();
    const error = await checkSpace({ directory, needBytes: 1, needInodes: 2 ** 50 }).catch(
      (thrown) => thrown,
    );
    expect(error.code).toBe('disk_full');
    expect(error.message).toMatch(/needs 1125899906842624 inodes and its file system has \d+ free/);
  });
});

describe('the estimate', () => {
  const tar = tarArchive({ path: 'a', body: 'a'.repeat(20_000_000) });

  test.each([
    ['tar', tar, { bytes: tar.length, inodes: 2442 }],
    ['tar.gz', gzipSync(tar), { bytes: tar.length, inodes: 2442 }],
    [
      'zip',
      zipArchive({ path: 'a', body: 'a'.repeat(100_000) }, { path: 'b', body: 'b' }),
      { bytes: 100_001, inodes: 2 },
    ],
  ])('of a %s is what its own figures say', async (_format, archive, expected) => {
    expect(await estimate(fileWith(archive))).toEqual(expected);
  });

  test('of a tar.zst is five times its size', async () => {
    const archive = zstdCompressSync(tar);
    expect(await estimate(fileWith(archive))).toEqual({ bytes: archive.length * 5, inodes: 1000 });
  });

  test('is never below the size of the archive, nor beyond what deflate can do', async () => {
    const archive = gzipSync(tar);
    archive.writeUInt32LE(1, archive.length - 4);
    expect((await estimate(fileWith(archive))).bytes).toBe(archive.length);
    archive.writeUInt32LE(0xffffffff, archive.length - 4);
    expect((await estimate(fileWith(archive))).bytes).toBe(archive.length * 1032);
    const zip = zipArchive({ path: 'a', body: 'a', claimedBytes: 0xfffffff0 });
    expect((await estimate(fileWith(zip))).bytes).toBe(zip.length * 1032);
  });

  test('is made of broken archives too, and of what is none', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('PK\x03\x04'), Buffer.from('text')])
      expect((await estimate(fileWith(bytes))).bytes).toBe(bytes.length);
    const fifo = path.join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(await estimate(fifo)).toEqual({ bytes: 0, inodes: 0 });
  });

  test('of an archive that is not there says so', async () => {
    const file = path.join(temporaryFolder(), 'missing.tar.gz');
    await expect(estimate(file)).rejects.toMatchObject({
      code: 'archive_missing',
      message: expect.stringContaining(file),
    });
  });
});

function fileWith(bytes: Buffer): string {
  const file = path.join(temporaryFolder(), 'archive');
  fs.writeFileSync(file, bytes);
  return file;
}
