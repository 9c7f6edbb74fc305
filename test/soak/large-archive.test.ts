import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openWritableStore } from '../../src/source/index.ts';
import { note } from '../support/notes.ts';
import { awsEnvironment } from '../support/s3.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { S3Bed } from '../unit/source/remote-bed.ts';

const MIB = 1024 ** 2;
const SIZE_BYTES = 1024 * MIB;
const CUT_EVERY_BYTES = 100 * MIB;

test('an archive of 1 GB goes into S3 and out in bounded memory, though it is cut ten times', async () => {
  const bed = await S3Bed.make();
  const folder = temporaryFolder();
  const { file, sha256 } = someFile(folder);
  const store = openWritableStore({ url: bed.url, endpoint: bed.server.endpoint });
  let most = 0;
  const before = process.memoryUsage().rss;
  const onProgress = () => {
    most = Math.max(most, process.memoryUsage().rss);
  };
  const signal = new AbortController().signal;
  const sentMs = performance.now();
  await store.putFile('dist/demo/demo-1.0.0.tar.gz', {
    path: file,
    sizeBytes: SIZE_BYTES,
    sha256,
    onProgress,
    signal,
  });
  const sentS = (performance.now() - sentMs) / 1000;

  const network = await tcpProxy({ port: Number(new URL(bed.server.endpoint).port) });
  network.budget = () => CUT_EVERY_BYTES;
  const program = path.join(import.meta.dirname, '../fixtures/programs/fetch-archive.ts');
  const cache = path.join(folder, 'cache');
  const args = [program, bed.url, `http://127.0.0.1:${network.port}`, cache];
  const gotMs = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...awsEnvironment(bed.server) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await once(child, 'close');
  const gotS = (performance.now() - gotMs) / 1000;
  const [got = ''] = fs.globSync('*/demo-1.0.0.tar.gz', { cwd: cache });
  expect(digestOf(path.join(cache, got))).toBe(sha256);
  const rss = Number(stdout);
  note('uploaded', `${sentS.toFixed(0)} s, at most ${mb(most - before)} MB more resident`);
  note(
    `downloaded over ${network.connections} connections`,
    `${gotS.toFixed(0)} s, at most ${mb(rss)} MB resident`,
  );
  expect(most - before).toBeLessThan(150 * MIB);
  expect(rss).toBeLessThan(200 * MIB);
  expect(network.connections).toBeGreaterThan(10);
});

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function someFile(folder: string): { file: string; sha256: string } {
  const file = path.join(folder, 'archive');
  const fd = fs.openSync(file, 'w');
  const block = Buffer.alloc(16 * MIB);
  for (let done = 0; done < SIZE_BYTES; done += block.length) fs.writeSync(fd, randomFillSync(block));
  fs.closeSync(fd);
  return { file, sha256: digestOf(file) };
}

function digestOf(file: string): string {
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'r');
  const block = Buffer.alloc(16 * MIB);
  for (let bytes = 1; bytes > 0; ) {
    bytes = fs.readSync(fd, block);
    hash.update(block.subarray(0, bytes));
  }
  fs.closeSync(fd);
  return hash.digest('hex');
}
