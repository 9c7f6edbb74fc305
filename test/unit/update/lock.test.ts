import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { runTool } from '../../../src/kernel/index.ts';
import { Installation, lockUpdates } from '../../../src/update/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/update-lock.ts');
const BUSY = { code: 'update_refused', message: 'another update or installation is going on' };
let installation: Installation;

beforeEach(() => {
  installation = new Installation(temporaryFolder());
  fs.chmodSync(installation.base, 0o755);
});

test('two updates exclude each other, and one that was killed leaves nothing in the way', async () => {
  const other = spawn(process.execPath, [PROGRAM, installation.base], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void other.kill('SIGKILL'));
  await once(other.stdout, 'data');
  await expect(lockUpdates(installation)).rejects.toMatchObject(BUSY);
  const closed = once(other, 'close');
  other.kill('SIGKILL');
  await closed;
  const held = await lockUpdates(installation);
  await expect(lockUpdates(installation)).rejects.toMatchObject(BUSY);
  held[Symbol.dispose]();
  (await lockUpdates(installation))[Symbol.dispose]();
});

test('install.sh and an update exclude each other', async () => {
  const file = path.join(installation.base, '.lock');
  const other = spawn('flock', ['--nonblock', file, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void other.kill('SIGKILL'));
  await once(other.stdout, 'data');
  await expect(lockUpdates(installation)).rejects.toMatchObject(BUSY);
});

test('a stranger can neither hold the lock nor take its place', async () => {
  // As an installer has left it that let everybody read it.
  fs.writeFileSync(path.join(installation.base, '.lock'), '', { mode: 0o644 });
  (await lockUpdates(installation))[Symbol.dispose]();
  const as = { uid: 65_534, gid: 65_534 };
  for (const argv of [
    ['flock', '--nonblock', path.join(installation.base, '.lock'), 'true'],
    ['mv', path.join(installation.base, '.lock'), path.join(installation.base, 'other')],
  ] as [string, ...string[]][])
    await expect(runTool(argv, { as })).rejects.toMatchObject({
      message: expect.stringContaining('Permission denied'),
    });
  // The name in the kernel that anybody may have.
  const name = "require('net').createServer().listen('\\0slipway-update', () => console.log('held'))";
  const other = spawn(process.execPath, ['-e', name], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void other.kill('SIGKILL'));
  await once(other.stdout, 'data');
  (await lockUpdates(installation))[Symbol.dispose]();
});
