import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bucket } from '../support/bucket.ts';
import { InstalledAgent, NODE } from '../support/installed-agent.ts';
import { note } from '../support/notes.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { VirtualMachine } from '../support/virtual-machine.ts';
import { waitFor } from '../support/wait-for.ts';

/** An emulated machine takes its time, and nothing here is about speed. */
const SLOW = { deadlineMs: 300_000, intervalMs: 200 };
const MB = 1024 ** 2;
const GREEDY = path.join(import.meta.dirname, '../fixtures/programs/greedy.js');
const LIMITS = { memory: '128MB', cpu: '50%', tasks: 60, files: 100 };

let machine: VirtualMachine;
let agent: InstalledAgent;

/** A hook may not be set up in another one. */
const undo: (() => Promise<void>)[] = [];
const cleanUp = (fn: () => Promise<void>) => void undo.push(fn);
afterAll(async () => {
  for (const each of undo.toReversed()) await each();
});

beforeAll(async () => {
  machine = await VirtualMachine.boot(cleanUp);
  const bucket = offer('1.0.0', temporaryFolder(cleanUp));
  await machine.put(bucket.folder, '/srv/bucket');
  agent = await InstalledAgent.install(machine, {
    deadlineMs: SLOW.deadlineMs,
    app: {
      limits: LIMITS,
      stop: { grace: '5s' },
      env: { GREEDY_IGNORE_SIGTERM: 'yes' },
      restart: { delay: '0s' },
    },
  });
  await agent.untilReady();
  note('kernel', await machine.run('uname -r'));
  note('systemd', await machine.run('systemctl --version | head -n 1'));
});

/** A bucket that offers a release of the greedy program, with some files to lose. */
function offer(version: string, folder: string): Bucket {
  const bucket = new Bucket(path.join(folder, 'bucket'), 'web');
  const files = Array.from({ length: 500 }, (_, n): [string, string] => [
    `data/${n}`,
    `${version} ${n}\n`.repeat(200),
  ]);
  bucket.putFiles(version, {
    'server.js': fs.readFileSync(GREEDY, 'utf8'),
    'package.json': '{ "type": "module" }\n',
    ...Object.fromEntries(files),
  });
  bucket.offer({ version, hash: 'local' });
  return bucket;
}

async function ask(instance: number, at: string): Promise<Record<string, number>> {
  const script = `fetch('http://127.0.0.1:${3999 + instance}${at}').then((r) => r.text()).then(console.log)`;
  return JSON.parse(await machine.run(`${NODE} -e "${script}"`)) as Record<string, number>;
}

async function instances() {
  const [first, second] = (await agent.app()).instances;
  if (!first || !second) throw new Error('an instance is missing');
  return { first, second };
}

/** Files of the control group that an instance runs in, one below the other. */
async function figure(instance: number, ...files: string[]): Promise<string> {
  const pid = (await agent.app()).instances[instance - 1]?.pid;
  return await machine.run(
    `cd "/sys/fs/cgroup$(sed -n s/^0:://p /proc/${pid}/cgroup)" && cat ${files.join(' ')}`,
  );
}

test('each instance has its limits, and status its memory and time of processors', async () => {
  expect(Number(await figure(1, 'memory.max'))).toBe(128 * MB);
  expect(await figure(1, 'cpu.max')).toBe('50000 100000');
  expect(Number(await figure(1, 'pids.max'))).toBe(60);
  const { first } = await instances();
  const { memory_bytes } = first as unknown as { memory_bytes: number };
  expect(memory_bytes).toBeGreaterThan(10 * MB);
  expect(memory_bytes).toBeLessThanOrEqual(128 * MB);
  note('memory of an idle instance', `${Math.round(memory_bytes / MB)} MB`);
});

test('processes and files beyond the limit are refused', async () => {
  const processes = await ask(1, '/fork?n=80');
  expect(processes['failed']).toBeGreaterThan(0);
  expect(Number(await figure(1, 'pids.current'))).toBeLessThanOrEqual(60);
  const files = await ask(1, '/open?n=200');
  expect(files['failed']).toBeGreaterThan(0);
  expect(files['started']).toBeLessThan(100);
  note(
    'processes and files that an instance got',
    `${processes['started']} of 80, ${files['started']} of 200`,
  );
});

test('an instance that wants all time of a processor gets half of it', async () => {
  const { first } = await instances();
  await ask(1, '/spin');
  const usage = async () => {
    const text = await figure(1, 'cpu.stat', '/proc/uptime');
    const [used = '', uptime = ''] = [/^usage_usec (\d+)$/m, /^([\d.]+) [\d.]+$/m].map(
      (each) => each.exec(text)?.[1],
    );
    return { usedS: Number(used) / 1e6, uptimeS: Number(uptime) };
  };
  const before = await usage();
  const after = await waitFor(
    'ten seconds of the machine to pass',
    async () => {
      const now = await usage();
      return now.uptimeS - before.uptimeS >= 10 && now;
    },
    SLOW,
  );
  const share = (after.usedS - before.usedS) / (after.uptimeS - before.uptimeS);
  expect(share).toBeLessThan(0.6);
  expect(share).toBeGreaterThan(0.1);
  note('share of a core under cpu: 50%', `${Math.round(share * 100)}%`);
  const { cpu_percent } = (await instances()).first as unknown as { cpu_percent: number };
  expect(cpu_percent).toBeGreaterThan(0);
  expect((await instances()).first.pid).toBe(first.pid);
});

test('an instance that wants more memory than it may have is ended alone, and the reason says so', async () => {
  const { first, second } = await instances();
  await expect(ask(1, '/eat?mb=300')).rejects.toThrow('fetch');
  const ended = await waitFor(
    'the instance to be back',
    async () => {
      const now = (await instances()).first;
      return now.pid !== first.pid && now.state === 'ready' && now;
    },
    SLOW,
  );
  expect(ended.last_exit?.reason).toMatch(/memory/);
  expect((ended as unknown as { oom_kills: number }).oom_kills).toBe(1);
  expect((await instances()).second.pid).toBe(second.pid);
  note('out of memory is told as', ended.last_exit?.reason ?? '');
});

test.each(['-1 day', '+1 day'])(
  'the clock that is set by %s in the middle of a stop does not move its grace',
  async (by) => {
    const uptimeS = async () => Number(await machine.run("cut -d' ' -f1 /proc/uptime"));
    const [{ first, second }, beforeS] = [await instances(), await uptimeS()];
    const stopped = machine.run('slipway stop web');
    await waitFor('the stop to have begun', async () => (await instances()).first.state === 'stopping', SLOW);
    await machine.run(`date --set '${by}'`);
    await stopped;
    const tookS = (await uptimeS()) - beforeS;
    for (const { pid } of [first, second])
      await expect(machine.run(`kill -0 ${pid}`)).rejects.toThrow('No such process');
    expect(tookS).toBeGreaterThan(5);
    note(`a stop with a grace of 5s, the clock set by ${by}`, `${tookS.toFixed(1)} s`);
    await machine.run('slipway start web');
    await agent.untilReady();
  },
);

test('what was live when the power failed is live again, whole', async () => {
  await machine.run('sync');
  await machine.put(offer('2.0.0', temporaryFolder()).folder, '/srv/bucket');
  const deployed = await waitFor(
    'the deployment to have succeeded',
    async () => {
      const { live, deployment } = await agent.app();
      return live?.version === '2.0.0' && deployment === null;
    },
    { ...SLOW, intervalMs: 20 },
  );
  expect(deployed).toBe(true);
  await machine.powerLoss();
  await machine.start();
  await agent.untilReady('2.0.0');

  const release = '/var/lib/slipway/service/web/release/deployment_2.2.0.0';
  const sums = await machine.run(`cd ${release}/data && sha256sum * | LC_ALL=C sort -k 2`);
  const wanted = Array.from({ length: 500 }, (_, n) => {
    const sum = createHash('sha256').update(`2.0.0 ${n}\n`.repeat(200)).digest('hex');
    return `${sum}  ${n}`;
  });
  const byName = (a: string, b: string) => (a.slice(66) < b.slice(66) ? -1 : 1);
  expect(sums.split('\n')).toEqual(wanted.toSorted(byName));
  const deployments = JSON.parse(await machine.run('slipway deployments web --json')) as { state: string }[];
  expect(deployments.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
});
