import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { pruneSite } from '../../../src/site/retention.ts';
import { siteGround } from './ground.ts';

test('the directory of a release that failed is kept while somebody has a shell in it', async () => {
  const { context, goLive } = siteGround();
  goLive(1);
  const { journal, key, layout } = context;
  const directory = layout.releaseDirectory(2, '1.0');
  fs.mkdirSync(directory);
  journal.write('it failed', (tables) =>
    tables.addRelease({
      ...{ ...key, number: 2, version: '1.0', hash: null, commitId: null, state: 'failed' },
      ...{ provenAt: null, directory, createdAt: 1, sizeBytes: null, removedAt: null },
    }),
  );
  await pruneSite(context, { inUse: [2], freeBytes: 0, users: [] });
  expect(fs.existsSync(directory)).toBe(true);
  await pruneSite(context, { inUse: [], freeBytes: 0, users: [] });
  expect(fs.existsSync(directory)).toBe(false);
});

test('a process in a release keeps it where its user is of the site, and not where a stranger', async () => {
  const { context, goLive, folder } = siteGround();
  goLive(1);
  const directory = context.layout.releaseDirectory(2, '1.0');
  fs.mkdirSync(directory);
  for (let upper = directory; upper.startsWith(folder); upper = `${upper}/..`.replace(/\/[^/]+\/\.\.$/, ''))
    fs.chmodSync(upper, 0o755);
  const [theirs, others] = [65_534, 65_533];
  const sits = async (uid: number) => {
    const child = spawn('sleep', ['1000'], { cwd: directory, uid, gid: uid, stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    return child;
  };
  const user = await sits(theirs);
  await sits(others);
  // A program of root's that one of them runs is still theirs: it waits for a password that nobody gives.
  const asRoot = spawn('su', ['-c', 'true'], {
    cwd: directory,
    uid: others,
    gid: others,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  onTestFinished(() => void asRoot.kill('SIGKILL'));
  await once(asRoot, 'spawn');
  await pruneSite(context, { inUse: [], freeBytes: 0, users: [theirs] });
  expect(fs.existsSync(directory)).toBe(true);
  const ended = once(user, 'exit');
  user.kill('SIGKILL');
  await ended;
  await pruneSite(context, { inUse: [], freeBytes: 0, users: [theirs] });
  expect(fs.existsSync(directory)).toBe(false);
});
