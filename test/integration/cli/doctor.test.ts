import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkFolder } from '../../../src/doctor/folders.ts';
import type { Check } from '../../../src/doctor/index.ts';
import { instance, shop } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { slipway } from '../../fixtures/slipway.ts';
import { freePorts } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** A healthy host: an agent, a configuration, folders. */
async function host(configuration = 'apps: []\n') {
  const agent = await serveFake();
  const data = path.dirname(agent.socketPath);
  const logs = path.join(data, 'logs');
  fs.mkdirSync(logs, { mode: 0o750 });
  const file = path.join(data, 'slipway.yaml');
  fs.writeFileSync(file, `data: ${data}\nlogs: ${logs}\n${configuration}`);
  return { ...agent, data, logs, file };
}

async function examine(file: string, env: NodeJS.ProcessEnv = {}) {
  const { status, stdout } = await slipway(['doctor', '--json', '--config', file], { env });
  const checks = JSON.parse(stdout) as Check[];
  return { status, checks, found: (name: string) => checks.find((check) => check.name === name) };
}

test('a healthy host is told so, check by check', async () => {
  const { file } = await host();
  const { checks, found } = await examine(file);
  for (const name of [
    'node',
    'kernel',
    'shell',
    'programs',
    'configuration',
    'data',
    'logs',
    'agent',
    'socket',
    'ports',
  ]) {
    expect(found(name)).toMatchObject({ state: 'ok', mend: null });
  }
  for (const check of checks)
    expect(Object.keys(check)).toEqual(['name', 'state', 'message', 'mend', 'note']);
});

test.skipIf(process.getuid?.() !== 0)(
  'what others may change, or should not read, is told with what mends it',
  async () => {
    const bucket = temporaryFolder();
    fs.chownSync(bucket, 65_532, 65_532);
    const app = `name: shop, kind: service, runtime: command, start: x, source: { type: bucket, url: ${bucket} }`;
    const { file, data, logs } = await host(`apps:\n  - { ${app}, env: { API_TOKEN: a-long-secret } }\n`);
    fs.chownSync(logs, 65_532, 65_532);
    const mends = async () =>
      (await examine(file)).checks.filter(({ state }) => state !== 'ok').map(({ mend }) => mend);
    expect(await mends()).toEqual(
      expect.arrayContaining([`chmod o-r ${file}`, `chown 0 ${logs}`, `chown 0 ${bucket}`]),
    );
    fs.chmodSync(file, 0o666);
    expect(await mends()).toContain(`chmod o-w ${file}`);
    fs.chmodSync(file, 0o600);
    fs.chownSync(data, 65_532, 65_532);
    expect(await mends()).toContain(`chown 0 ${data}`);
  },
);

test('what fails stands with its mend, and makes the exit status 1', async () => {
  const { file } = await host('apps: []\nnonsense: true\n');
  const { status, stdout } = await slipway(['doctor', '--config', file]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/✖ configuration +[^]*nonsense[^]*mend: slipway config check --config/);
  expect(stdout).toMatch(/\d+ failed, \d+ warnings?, \d+ ok\n$/);
});

test('a site whose hooks run as root, from files that others may change, is a warning', async () => {
  const site = 'apps:\n- { name: shop, kind: site, root: /srv/shop, source: { type: upload }';
  const { file } = await host(`${site} }\n`);
  expect((await examine(file)).found('user')).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('www-data:deployer'),
  });
  const { file: other } = await host(`${site}, user: nobody }\n`);
  expect(
    (await examine(other)).checks.filter(({ name, state }) => name === 'user' && state === 'warn'),
  ).toEqual([]);
});

test('a site that is to belong to a group that is not there is found, with what makes the group', async () => {
  const site = 'apps:\n- { name: shop, kind: site, root: /srv/shop, source: { type: upload }';
  const { file } = await host(`${site}, owner: "root:no-such-group" }\n`);
  const { status, found } = await examine(file);
  expect(status).toBe(1);
  expect(found('owner')).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('shop is to belong to root:no-such-group'),
    mend: 'groupadd --force --system no-such-group',
  });
  const { file: other } = await host(`${site}, owner: "root:root" }\n`);
  expect((await examine(other)).found('owner')).toMatchObject({ state: 'ok' });
});

test('an agent that does not run is a warning, with the way to start it', async () => {
  const { file, leave } = await host();
  await leave();
  const { found } = await examine(file);
  expect(found('agent')).toMatchObject({
    state: 'warn',
    mend: expect.stringMatching(/slipway agent|systemctl start slipway/),
  });
});

test('a socket or a folder that others may write to is found', async () => {
  const { file, socketPath, data } = await host();
  fs.chmodSync(socketPath, 0o666);
  fs.chmodSync(data, 0o777);
  const { status, found } = await examine(file);
  expect(status).toBe(1);
  expect(found('socket')).toMatchObject({ state: 'fail', mend: `chmod 0600 ${socketPath}` });
  // The configuration lies in it, too.
  expect(found('configuration')).toMatchObject({ state: 'fail', mend: `chmod o-w ${data}` });
});

test('a folder that is no folder, and one that is not there yet, are told apart', async () => {
  const { file, logs } = await host();
  fs.rmdirSync(logs);
  expect((await examine(file)).found('logs')).toMatchObject({
    state: 'ok',
    message: expect.stringContaining('the agent makes it'),
  });
  fs.writeFileSync(logs, '');
  expect((await examine(file)).found('logs')).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('not a folder'),
  });
});

test('a stranger on the port of an instance is found', async () => {
  const { backend, file } = await host();
  const port = await freePorts(2);
  const stranger = net.createServer();
  await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void stranger.close());
  // A port from which somebody talks is not one on which somebody listens.
  const talker = net.connect({ port, host: '127.0.0.1', localPort: port + 1 });
  await once(talker, 'connect');
  onTestFinished(() => void talker.destroy());
  backend.apps = [
    shop({
      instances: [
        instance({ state: 'backoff', pid: null, port }),
        instance({ instance: 'shop/2', pid: null, port: port + 1 }),
      ],
    }),
  ];
  const { status, checks } = await examine(file);
  expect(status).toBe(1);
  expect(checks.filter(({ name }) => name === 'ports')).toEqual([
    {
      name: 'ports',
      state: 'fail',
      message: `port ${port} of shop/1 is held by another program`,
      mend: `ss -ltnp 'sport = :${port}'`,
      note: null,
    },
  ]);
});

test('a source that the agent cannot read is found, with the mend that the agent names', async () => {
  const app =
    'name: shop, kind: service, runtime: command, start: x, source: { type: bucket, url: "s3://shop" }';
  const { backend, file } = await host(`apps:\n  - { ${app} }\n`);
  const { source } = shop();
  const reason = 's3://shop: access is denied (mend: aws s3 ls)';
  backend.apps = [shop({ source: { ...source, state: 'error', reason } })];
  const { status, found } = await examine(file);
  expect(status).toBe(1);
  expect(found('source')).toEqual({
    ...{ name: 'source', state: 'fail', message: 'shop: s3://shop: access is denied', mend: 'aws s3 ls' },
    note: null,
  });
});

test('a user who is not there is found', async () => {
  const { file } = await host(
    'apps: [{ name: shop, kind: service, runtime: command, start: "true", source: { type: bucket, url: /srv/shop }, port: 4000, user: nobody-at-all }]\n',
  );
  const { status, found } = await examine(file);
  expect(status).toBe(1);
  expect(found('user')).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('nobody-at-all'),
    mend: expect.stringContaining('useradd'),
  });
});

test('a program that is missing is named with its package', async () => {
  const { file } = await host();
  const tools = path.join(temporaryFolder(), 'bin');
  fs.mkdirSync(tools);
  for (const name of ['readlink', 'setsid', 'fallocate', 'env', 'sync', 'find', 'getent']) {
    fs.symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(tools, name));
  }
  const { status, found } = await examine(file, { PATH: tools });
  expect(status).toBe(1);
  expect(found('setpriv')).toMatchObject({ state: 'fail', mend: 'apt-get install util-linux' });
});

test('a folder without room is found', () => {
  const [, room] = checkFolder('logs', '/proc', { data: '/proc', uid: 0 }); // a file system of 0 bytes
  expect(room).toMatchObject({ name: 'room for logs', state: 'fail', mend: 'du -xhd1 /proc' });
});
