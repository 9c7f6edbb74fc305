import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { Workshop } from '../../support/workshop.ts';

const USER = 'nobody';
const uid = execFileSync('id', ['-u', USER], { encoding: 'utf8' }).trim();
const groups = execFileSync('id', ['-G', USER], { encoding: 'utf8' }).trim();

let elixir: (version: string) => string;
beforeAll(() => {
  elixir = otpReleases().elixir;
});

test('instances run as the configured user, with the groups, the home and the name of that user', async () => {
  const workshop = await Workshop.make({ replicas: 1, app: { user: USER } });
  fs.chmodSync(workshop.folder, 0o755);
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const home = fs.statSync(`${workshop.data}/service/${workshop.name}`);
  expect([home.uid, home.gid, home.mode & 0o777]).toEqual([0, Number(groups.split(' ')[0]), 0o710]);
  const { pid } = await workshop.ask(1);
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual([uid, uid, uid, uid]);
  expect(/^Groups:\s+(.*)$/m.exec(status)?.[1]?.trim()).toBe(groups);
  expect(((await workshop.ask(1, '/env')) as unknown as Record<string, string>).USER).toBe(USER);
});

test("what an app's environment makes a program load is loaded by its own user alone", async () => {
  const workshop = await Workshop.make({ replicas: 1 });
  const folder = path.join(workshop.folder, 'open');
  fs.mkdirSync(folder);
  fs.chmodSync(folder, 0o777);
  fs.chmodSync(workshop.folder, 0o755);
  const source = path.join(folder, 'who.c');
  fs.writeFileSync(
    source,
    `#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void say(void) {
  int fd = open("${folder}/loaded", O_WRONLY | O_CREAT | O_APPEND, 0666);
  dprintf(fd, "%d\\n", geteuid());
  close(fd);
}
`,
  );
  execFileSync('cc', ['-shared', '-fPIC', '-o', path.join(folder, 'who.so'), source]);
  // As root's sh, env, setsid and setpriv would find themselves first.
  const planted = path.join(folder, 'bin');
  fs.mkdirSync(planted);
  for (const tool of ['sh', 'env', 'setsid', 'setpriv'])
    fs.writeFileSync(path.join(planted, tool), `#!/bin/sh\nid -u >>${folder}/planted\n`, { mode: 0o755 });
  const env = {
    LD_PRELOAD: path.join(folder, 'who.so'),
    PATH: `${planted}:${process.env.PATH}`,
    QUOTED: `it's "so"\n$HOME`,
  };
  workshop.configure({ user: USER, env });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  expect((await workshop.ask(1, '/env')) as unknown).toMatchObject(env);
  const loadedBy = new Set(fs.readFileSync(path.join(folder, 'loaded'), 'utf8').trim().split('\n'));
  expect([...loadedBy]).toEqual([uid]);
  expect(fs.existsSync(path.join(folder, 'planted'))).toBe(false);
});

test('a mix release runs as another user, and so do its pre-commands', async () => {
  const epmdPort = await freePorts(1);
  const workshop = await Workshop.make({
    name: 'demo_app',
    replicas: 1,
    app: { runtime: 'elixir', start: undefined, user: USER },
    env: { ERL_EPMD_PORT: String(epmdPort) },
  });
  fs.chmodSync(workshop.folder, 0o755);
  workshop.bucket.put('0.1.4', elixir('0.1.4'));
  workshop.bucket.offer({ version: '0.1.4', hash: 'local', pre_commands: ['eval DemoApp.Release.migrate'] });
  await workshop.start();
  await workshop.untilDeployed('0.1.4');
  const app = await workshop.untilState('running');
  expect(fs.statSync(`/proc/${app.instances[0]?.pid}`).uid).toBe(Number(uid));
});

test('a user that the host does not have is told in words, and nothing is started', async () => {
  const workshop = await Workshop.make({ replicas: 1, app: { user: 'no-such-user' } });
  workshop.publish('1.0.0');
  await workshop.start();
  const failed = await workshop.untilDeployed('1.0.0', 'failed');
  expect(failed.reason).toContain('there is no user "no-such-user" on this host');
  expect(workshop.processes()).toEqual([]);
});
