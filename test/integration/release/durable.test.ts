import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Workshop } from '../../support/workshop.ts';

// What a power loss would leave cannot be tried here; the order of system calls decides it, so that is looked at.
test('each file of a release is synced before a link points to it, and the link after', async () => {
  const workshop = await Workshop.running({ replicas: 1 });
  const trace = path.join(workshop.folder, 'trace');
  const strace = spawn(
    'strace',
    [
      '-f',
      '-y',
      '-s',
      '300',
      '-e',
      'trace=syncfs,fsync,rename,renameat,renameat2,symlink,symlinkat',
      '-o',
      trace,
      '-p',
      String(workshop.agent?.pid),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await once(strace.stderr, 'data');
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  const ended = once(strace, 'exit');
  strace.kill('SIGINT');
  await ended;

  const calls = fs.readFileSync(trace, 'utf8').split('\n');
  const at = (pattern: RegExp) => calls.findIndex((call) => pattern.test(call));
  const released = at(/rename\w*\(.*deployment_2\.1\.1\.0"/);
  const synced = (name: string) => at(new RegExp(`fsync\\(.*/deployment_2\\.1\\.1\\.0${name}>`));
  const switched = at(/rename\w*\(.*\/web\/1\/current"/);
  const folderSynced = calls.findIndex(
    (call, index) => index > switched && /fsync\(.*service\/web\/1>/.test(call),
  );
  expect(released).toBeGreaterThanOrEqual(0);
  for (const name of ['/server.js', '/package.json', '/behaviour.json', '']) {
    expect(synced(name), name).toBeGreaterThan(released);
    expect(switched, name).toBeGreaterThan(synced(name));
  }
  expect(at(/syncfs\(/)).toBe(-1);
  expect(folderSynced).toBeGreaterThan(switched);
});
