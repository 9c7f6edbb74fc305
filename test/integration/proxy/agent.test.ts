import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import web from 'node:http';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { handshake, request, selfSigned } from '../../support/haproxy.ts';
import { proxyLoad } from '../../support/proxy-load.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop } from '../../support/workshop.ts';

const HOST = 'web.test';

const haproxyPids = (workshop: Workshop) =>
  workshop.processes().filter(({ pid }) => {
    try {
      return fs.readFileSync(`/proc/${pid}/comm`, 'utf8') === 'haproxy\n';
    } catch {
      return false;
    }
  });

async function behindProxy(replicas: number) {
  const http = await freePorts(2);
  const app = { domains: [HOST], roll_out: { strategy: 'replace', drain: '5s' } };
  const host = { proxy: { http: `127.0.0.1:${http}` } };
  const workshop = await Workshop.running({ replicas, app, host });
  const version = async () => JSON.parse((await request(http, HOST)).body).version;
  await waitFor('the proxy', async () => (await version()) === '1.0.0', SELDOM);
  return { workshop, http, version };
}

test('roll-outs, restarts and a new name fail no request; HAProxy outlives the agent', async () => {
  const { workshop, http, version } = await behindProxy(2);
  const { answers, end } = proxyLoad(http, { host: HOST, connections: 4 });
  workshop.publish('2.0.0');
  await workshop.untilDeployed('2.0.0');
  expect(await version()).toBe('2.0.0');
  await (await workshop.client()).restart({ app: 'web' });
  // The next agent finds it, and goes on telling it who is ready.
  const before = haproxyPids(workshop).map(({ pid }) => pid);
  workshop.publish('3.0.0');
  await waitFor('an instance to be away', async () =>
    (await workshop.app()).instances.some(({ state }) => state !== 'ready'),
  );
  await workshop.kill();
  await workshop.start();
  await workshop.untilDeployed('3.0.0');
  expect(haproxyPids(workshop).map(({ pid }) => pid)).toEqual(before);
  workshop.configure({ domains: [HOST, 'other.test'] });
  await (await workshop.client()).applyConfiguration({});
  await waitFor('the new name', async () => (await request(http, 'other.test')).status === 200, SELDOM);
  await end();
  expect(answers.filter((answer) => !/^[123]\.0\.0$/.test(answer))).toEqual([]);
  expect(new Set(answers)).toEqual(new Set(['1.0.0', '2.0.0', '3.0.0']));
  // The last words of all: the sockets are root's alone, and the worker is nobody of note.
  const folder = path.join(workshop.data, 'proxy');
  for (const name of ['runtime.sock', 'master.sock'])
    expect(fs.statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
  const lines = fs.readFileSync(path.join(workshop.logs, 'proxy/access.log'), 'utf8').split('\n');
  // A worker that was replaced says so there, too.
  const requests = lines.filter((line) => line.startsWith('{'));
  expect(requests.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ app: 'web', slot: '2', status: 200 }),
  );

  // A worker that is killed takes its master along: both are there again, with what they were told last.
  const [worker] = haproxyPids(workshop)
    .map(({ pid }) => pid)
    .toSorted((a, b) => b - a);
  process.kill(worker ?? 0, 'SIGKILL');
  await waitFor(
    'another HAProxy',
    async () => !haproxyPids(workshop).some(({ pid }) => pid === worker) && (await version()) === '3.0.0',
  );
  await waitFor('all of it', async () => (await workshop.app()).state === 'running', SELDOM);
});

test('with one instance requests wait for its successor; it runs on whatever ails the proxy', async () => {
  const { workshop, http, version } = await behindProxy(1);
  const { answers, end } = proxyLoad(http, { host: HOST, connections: 4 });
  workshop.publish('2.0.0');
  await workshop.untilDeployed('2.0.0');
  await end();
  expect(new Set(answers)).toEqual(new Set(['1.0.0', '2.0.0']));
  const warnings = async () => (await (await workshop.client()).status({})).agent.warnings;
  expect(await warnings()).toEqual(expect.not.arrayContaining([expect.stringMatching(/^proxy/)]));

  workshop.host = { proxy: { http: `127.0.0.1:${http}`, certificates: ['/none/x.pem'] } };
  workshop.configure({});
  await (await workshop.client()).applyConfiguration({});
  expect(await warnings()).toContainEqual(
    expect.stringMatching(/^proxy: certificate \/none\/x.pem is not used: there is no such file/),
  );
  expect(await version()).toBe('2.0.0');

  const file = path.join(workshop.folder, 'web.pem');
  const certified = async (pem: string) => {
    fs.writeFileSync(file, pem);
    workshop.host = {
      proxy: { http: `127.0.0.1:${http}`, https: `127.0.0.1:${http + 1}`, certificates: [file] },
    };
    workshop.configure({});
    await (await workshop.client()).applyConfiguration({});
    return haproxyPids(workshop).map(({ pid }) => pid);
  };
  const [former, next] = [selfSigned(HOST), selfSigned(HOST)];
  await certified(former.pem);
  expect((await request(http, HOST)).headers.location).toBe(`https://${HOST}:${http + 1}/`);
  expect(await handshake(http + 1, HOST)).toBe(former.digest);
  const workers = await certified(former.pem);
  // No other worker: it was told.
  expect(await certified(next.pem)).toEqual(workers);
  expect(await handshake(http + 1, HOST)).toBe(next.digest);

  workshop.host = {};
  workshop.configure({ domains: [], roll_out: undefined });
  await (await workshop.client()).applyConfiguration({});
  await waitFor('HAProxy to end', () => haproxyPids(workshop).length === 0, SELDOM);
  expect((await workshop.ask(1)).version).toBe('2.0.0');

  // Its port is somebody else's.
  const taken = await freePorts(1);
  const stranger = await new Promise<web.Server>((resolve) => {
    const server = web.createServer((_, response) => response.end('stranger'));
    server.listen(taken, '127.0.0.1', () => resolve(server));
  });
  onTestFinished(() => void stranger.close());
  workshop.host = { proxy: { http: `127.0.0.1:${taken}` } };
  workshop.configure({ domains: [HOST], roll_out: { strategy: 'replace' } });
  await (await workshop.client()).applyConfiguration({});
  await waitFor(
    'the reason',
    async () =>
      (await warnings()).some((text) => text.includes(`port ${taken} is in use by another program`)),
    SELDOM,
  );
  expect((await workshop.app()).state).toBe('running');
  const doctor = spawnSync(LAUNCHER, ['doctor', '--config', workshop.configFile], { encoding: 'utf8' });
  expect(doctor.stdout).toMatch(new RegExp(`proxy .*port ${taken} is in use`));
  expect(doctor.status).toBe(1);
});
