import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { awsEnvironment } from '../../support/s3.ts';
import { type TcpProxy, tcpProxy } from '../../support/tcp-proxy.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { archiveKey, CURRENT_KEY, offers } from './bed.ts';
import { remoteSource, S3Bed } from './remote-bed.ts';

const SIZE_BYTES = 4_000_000;
const archive = randomBytes(SIZE_BYTES);
const never = new AbortController().signal;

async function bucketBehind(): Promise<{ bed: S3Bed; network: TcpProxy; endpoint: string }> {
  const bed = await S3Bed.make();
  const network = await tcpProxy({ port: Number(new URL(bed.server.endpoint).port) });
  return { bed, network, endpoint: `http://127.0.0.1:${network.port}` };
}

async function fetched(
  url: string,
  endpoint: string,
  more: { cacheDirectory?: string; say?: (line: string) => void } = {},
) {
  const source = remoteSource({ url, endpoint });
  const cacheDirectory = temporaryFolder();
  const found = await source.fetch({ version: '1.0.0', cacheDirectory, signal: never, ...more });
  if (found.kind !== 'archive') throw new Error('no archive');
  return found;
}

test('a download that is cut at any byte, again and again, goes on where it was', async () => {
  const { bed, network, endpoint } = await bucketBehind();
  await bed.put(archiveKey('1.0.0'), archive);
  const cuts: number[] = [];
  network.budget = () => {
    const bytes = 1 + Math.floor(Math.random() * 700_000);
    cuts.push(bytes);
    return bytes;
  };
  const said: string[] = [];
  const { path: file, sizeBytes } = await fetched(bed.url, endpoint, { say: (line) => said.push(line) });
  expect(sizeBytes, `cut after ${cuts.join(', ')} bytes`).toBe(SIZE_BYTES);
  expect(fs.readFileSync(file).equals(archive)).toBe(true);
  expect(cuts.length).toBeGreaterThan(5);
  expect(network.received).toBeLessThan(1.5 * SIZE_BYTES);
  expect(said[0]).toContain('the connection was cut');
});

test('a download goes on where it was after a kill -9, and leaves nothing behind', async () => {
  const { bed, network, endpoint } = await bucketBehind();
  await bed.put(archiveKey('1.0.0'), archive);
  const cacheDirectory = temporaryFolder();
  fs.mkdirSync(path.join(cacheDirectory, 'download-0123456789abcdef'));
  // So much gets through, and then it hangs.
  network.budget = () => 2_500_000;
  const program = path.join(import.meta.dirname, '../../fixtures/programs/fetch-archive.ts');
  const child = spawn(process.execPath, [program, bed.url, endpoint, cacheDirectory], {
    env: { PATH: process.env.PATH, ...awsEnvironment(bed.server) },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const half = await waitFor('half of it', () => {
    const [part] = parts(cacheDirectory);
    return part !== undefined && part.sizeBytes > 1_000_000 && part;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  network.cut();
  network.budget = () => null;
  network.received = 0;
  const { path: file } = await fetched(bed.url, endpoint, { cacheDirectory });
  expect(fs.readFileSync(file).equals(archive)).toBe(true);
  expect(network.received).toBeLessThan(SIZE_BYTES - half.sizeBytes + 100_000);
  expect(fs.readdirSync(cacheDirectory)).toEqual([path.basename(path.dirname(file))]);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['demo-1.0.0.tar.gz']);
  network.received = 0;
  await fetched(bed.url, endpoint, { cacheDirectory });
  expect(network.received, 'what is there is not read again').toBeLessThan(10_000);
});

test('what is left of a downloaded archive by a power loss is not taken for it', async () => {
  const { bed, endpoint } = await bucketBehind();
  await bed.put(archiveKey('1.0.0'), archive);
  const cacheDirectory = temporaryFolder();
  const { path: file } = await fetched(bed.url, endpoint, { cacheDirectory });
  fs.truncateSync(file, 0);
  await fetched(bed.url, endpoint, { cacheDirectory });
  expect(fs.readFileSync(file).equals(archive)).toBe(true);
});

test('an archive that is replaced while it is downloaded is read anew, and never joined', async () => {
  const { bed, network, endpoint } = await bucketBehind();
  await bed.put(archiveKey('1.0.0'), archive);
  network.budget = () => 1_000_000;
  const other = randomBytes(SIZE_BYTES);
  let isReplaced = false;
  const { path: file } = await fetched(bed.url, endpoint, {
    say() {
      if (isReplaced) return;
      isReplaced = true;
      network.down = true;
      void bed.put(archiveKey('1.0.0'), other).then(() => {
        network.down = false;
      });
    },
  });
  expect(fs.readFileSync(file).equals(other)).toBe(true);
});

test('looks at an unchanged bucket are one small request each, on connections that are shared', async () => {
  const { bed, network, endpoint } = await bucketBehind();
  await bed.put(archiveKey('1.0.0'), archive.subarray(0, 1000));
  await bed.put(CURRENT_KEY, JSON.stringify({ version: '1.0.0' }));
  const patience = { archiveMaxAgeMs: 3_600_000, unsignedMs: 100 };
  const apps = Array.from({ length: 5 }, () => remoteSource({ url: bed.url, endpoint, patience }));
  for (const app of apps) app.start();
  await Promise.all(apps.map((app) => offers(app, '1.0.0')));
  const { connections } = network;
  [network.requests, network.sent, network.received] = [0, 0, 0];
  await waitFor('fifty looks', () => network.requests >= 50);
  expect(network.connections).toBe(connections);
  expect(connections).toBeLessThanOrEqual(apps.length);
  expect(network.sent / network.requests).toBeLessThan(1200);
  expect(network.received / network.requests).toBeLessThan(400);
});

test('a bucket that cannot be reached is told once, however it cannot, and is back by itself', async () => {
  const { bed, network, endpoint } = await bucketBehind();
  await bed.put(archiveKey('1.0.0'), archive.subarray(0, 1000));
  await bed.put(CURRENT_KEY, JSON.stringify({ version: '1.0.0' }));
  const source = remoteSource({ url: bed.url, endpoint });
  source.start();
  await offers(source, '1.0.0');
  const told: (string | null)[] = [];
  source.conditionChanged.on(({ reason }) => told.push(reason));
  network.down = true;
  network.cut();
  await waitFor('word of it', () => told.length > 0);
  await source.look();
  // Now it answers, but not in time to be of use: the same trouble, in other words.
  [network.down, network.budget] = [false, () => 20];
  await source.look();
  network.budget = () => null;
  await offers(source, '1.0.0');
  expect(told).toEqual([expect.stringMatching(/cannot be reached: the connection was cut/), null]);
});

function parts(cacheDirectory: string): { sizeBytes: number }[] {
  return fs
    .globSync('download-*/*.part', { cwd: cacheDirectory })
    .map((file) => ({ sizeBytes: fs.statSync(path.join(cacheDirectory, file)).size }));
}
