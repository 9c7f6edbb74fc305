import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import * as tar from 'tar';
import { expect, test } from 'vitest';
import { endsWhole } from '../../../src/source/archive-end.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function isWhole(file: string): Promise<boolean> {
  return endsWhole(file, fs.statSync(file).size);
}

function write(name: string, content: Uint8Array): string {
  const file = path.join(temporaryFolder(), name);
  fs.writeFileSync(file, content);
  return file;
}

test('archives of GNU tar and of node-tar are whole, and their beginnings hardly ever are', async () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'x'), randomBytes(20_000));
  execFileSync('tar', ['-czf', 'gnu.tar.gz', 'x'], { cwd: folder });
  tar.create({ sync: true, gzip: true, cwd: folder, file: path.join(folder, 'node.tar.gz') }, ['x']);
  for (const name of ['gnu.tar.gz', 'node.tar.gz']) {
    expect(await isWhole(path.join(folder, name))).toBe(true);
    const bytes = fs.readFileSync(path.join(folder, name));
    let passed = 0;
    for (let length = 0; length < bytes.length; length += 97)
      if (await isWhole(write('part.tar.gz', bytes.subarray(0, length)))) passed++;
    // One in 512 by chance; of about 210 lengths.
    expect(passed).toBeLessThan(10);
  }
});

test('zeros at the end, as a preallocated file has them, are not an end', async () => {
  const bytes = zlib.gzipSync(randomBytes(10_240));
  expect(await isWhole(write('a.tar.gz', bytes))).toBe(true);
  expect(await isWhole(write('a.tar.gz', Buffer.concat([bytes, Buffer.alloc(100)])))).toBe(false);
});

test('a tar.gz that is no gzip is not whole', async () => {
  expect(await isWhole(write('a.tar.gz', Buffer.alloc(1024, 0x02)))).toBe(false);
  expect(await isWhole(write('a.tar.gz', Buffer.alloc(0)))).toBe(false);
});

test('a zip is whole when it ends with its end record', async () => {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  const zip = Buffer.concat([randomBytes(1000), end]);
  expect(await isWhole(write('a.zip', zip))).toBe(true);
  expect(await isWhole(write('a.zip', zip.subarray(0, -1)))).toBe(false);
});

test('of a zstd archive it cannot be told', async () => {
  expect(await isWhole(write('a.tar.zst', zlib.zstdCompressSync(randomBytes(1024))))).toBe(false);
});
