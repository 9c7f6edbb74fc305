import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Check } from '../../../src/doctor/index.ts';
import { Bucket } from '../../support/bucket.ts';
import { InstalledAgent, NODE, productionUnit, UNIT_FILE } from '../../support/installed-agent.ts';
import { SystemdMachine, systemdRoot } from '../../support/systemd-machine.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

const SCOPE = '/slipway.slice/slipway-apps.scope/';

beforeAll(() => void systemdRoot());

async function machineWithBucket() {
  const machine = await SystemdMachine.boot();
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'web');
  return { machine, bucket };
}

/** An agent under the unit that install.sh brings, with an app of two instances. */
async function installed() {
  const { machine, bucket } = await machineWithBucket();
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  const agent = await InstalledAgent.install(machine);
  await agent.untilReady();
  return { machine, agent };
}

/** Path of the control group that a process of the machine is in. */
async function groupOf(machine: SystemdMachine, pid: number): Promise<string> {
  return (await machine.run(`sed -n s/^0:://p /proc/${pid}/cgroup`)) ?? '';
}

test('apps outlive whatever systemd does to the agent, and what crashes then is started again', async () => {
  const { machine, agent } = await installed();
  const answers = machine.watchAnswers([4000, 4001]);
  const [initial, second] = await agent.pids();
  await waitFor('the first answer', () => answers.includes(`4000 ${initial}`));
  const mainPid = async () => Number(await machine.run('systemctl show --property=MainPID --value slipway'));
  const settings = productionUnit().replace(
    '[Service]\n',
    '[Service]\nEnvironment=UPDATED=yes\nTimeoutStopSec=30\n',
  );

  const journey: { what: string; command: () => Promise<unknown>; isAnother: boolean }[] = [
    { what: 'a restart', command: () => machine.run('systemctl restart slipway'), isAnother: true },
    { what: 'kill -9', command: async () => machine.run(`kill -9 ${await mainPid()}`), isAnother: true },
    { what: 'daemon-reload', command: () => machine.run('systemctl daemon-reload'), isAnother: false },
    { what: 'daemon-reexec', command: () => machine.run('systemctl daemon-reexec'), isAnother: false },
    {
      what: 'an update',
      command: async () => {
        await machine.write(UNIT_FILE, settings);
        await machine.run('systemctl daemon-reload && systemctl restart slipway');
      },
      isAnother: true,
    },
    {
      what: 'a stop and a start',
      command: () => machine.run('systemctl stop slipway && systemctl start slipway'),
      isAnother: true,
    },
  ];
  for (const { what, command, isAnother } of journey) {
    const { agent: before } = await agent.status();
    const [first] = await agent.pids();
    await command();
    const now = await agent.untilItAnswers(isAnother ? before.pid : undefined);
    expect(now, what).toBe(isAnother ? await mainPid() : before.pid);
    const adopted = await agent.untilReady();
    expect(
      adopted.instances.map(({ pid }) => pid),
      what,
    ).toEqual([first, second]);
    for (const pid of [first, second]) expect(await groupOf(machine, pid ?? 0), what).toContain(SCOPE);

    await machine.run(`kill -9 ${first}`);
    const restarted = await waitFor(
      `web/1 to be started again after ${what}`,
      async () => {
        const [instance] = (await agent.app()).instances;
        return instance?.state === 'ready' && instance.pid !== first && instance.pid;
      },
      SELDOM,
    );
    expect(await groupOf(machine, restarted), what).toContain(SCOPE);
    await waitFor(`the answer of ${restarted}`, () => answers.includes(`4000 ${restarted}`));
  }
  // A scope that has lost its keeper gets another, when something is started in it.
  const keeper = '/sys/fs/cgroup/slipway.slice/slipway-apps.scope/holder/cgroup.procs';
  await machine.run(`kill -9 $(cat ${keeper}) ${(await agent.pids())[0]}`);
  await waitFor('another keeper', () => machine.run(`cat ${keeper}`), SELDOM);
  const last = (await agent.untilReady()).instances[0]?.pid ?? 0;
  await waitFor(`the answer of ${last}`, () => answers.includes(`4000 ${last}`));
  expect(answers.filter((line) => line.startsWith('4001'))).toEqual([`4001 ${second}`]);
  // One answer more for each crash, and silence at most between two.
  const firsts = answers.filter((line) => line.startsWith('4000') && line !== '4000 -');
  expect(firsts).toHaveLength(journey.length + 2);
  expect(await machine.run('systemctl --failed --plain --no-legend')).toBe('');
});

test('doctor finds the unit of install.sh well, and tells what is wrong with another', async () => {
  const { machine, agent } = await installed();
  const examine = async (name: string) => {
    const checks = JSON.parse(await machine.run('slipway doctor --json || :')) as Check[];
    return checks.filter((check) => check.name === name);
  };
  expect(await examine('unit')).toEqual([
    { name: 'unit', state: 'ok', message: 'slipway.service', mend: null, note: null },
  ]);
  expect(await examine('scope')).toMatchObject([
    { state: 'ok', message: expect.stringContaining('with 2 main') },
  ]);
  expect(await examine('control groups')).toMatchObject([{ state: 'ok', message: '/sys/fs/cgroup' }]);
  expect(await examine('user')).toMatchObject([
    {
      state: 'warn',
      message: expect.stringContaining('web runs as root: it may leave its control group'),
      mend: expect.stringMatching(/ && useradd [^`:(]* deployer$/),
      note: 'where there is none; then write `user: deployer` below web, and: slipway config apply',
    },
  ]);

  await machine.run('mkdir /etc/systemd/system/slipway.service.d');
  const settings =
    'KillMode=control-group\nOOMPolicy=stop\nPrivateTmp=yes\nDelegate=yes\nNoNewPrivileges=yes\n';
  await machine.write('/etc/systemd/system/slipway.service.d/other.conf', `[Service]\n${settings}`);
  // As if a run had been started elsewhere.
  const [first] = await agent.pids();
  await machine.run(
    `systemctl daemon-reload; echo ${first} >/sys/fs/cgroup/slipway.slice/slipway.service/cgroup.procs`,
  );
  const found = await examine('unit');
  expect(found.every(({ state, mend }) => state === 'fail' && mend === 'systemctl edit slipway')).toBe(true);
  const names = [
    'KillMode=control-group',
    'OOMPolicy=stop',
    'PrivateTmp=yes',
    'NoNewPrivileges=yes',
    'Delegate=yes',
  ];
  expect(found.map(({ message }) => names.find((name) => message.includes(name)))).toEqual(names);
  expect(await examine('scope')).toMatchObject([
    {
      state: 'fail',
      message: expect.stringContaining('/slipway.slice/slipway.service'),
      mend: 'slipway restart web/1',
    },
  ]);
});

/** Tells in /srv of its start, and of a SIGTERM: whether an agent was there to see it. */
const TELLING = `
import fs from 'node:fs';
import http from 'node:http';
const tell = (what) => fs.appendFileSync('/srv/told', what + '\\n');
const agents = () => {
  try { return fs.readFileSync('/sys/fs/cgroup/slipway.slice/slipway.service/cgroup.procs', 'utf8'); } catch { return ''; }
};
let isDraining = false;
process.on('SIGTERM', () => {
  if (isDraining) return tell('TERM again');
  isDraining = true;
  tell(agents() === '' ? 'TERM without an agent' : 'TERM beside an agent');
  setTimeout(() => { tell('drained'); process.exit(0); }, 300);
});
http.createServer((_, response) => response.end('{}')).listen(Number(process.env.PORT), '127.0.0.1', () => tell('start'));
`;

test('systemd ends all apps with their scope, and at power-off after the agent', async () => {
  const { machine, bucket } = await machineWithBucket();
  bucket.putFiles('1.0.0', { 'server.js': TELLING, 'package.json': '{ "type": "module" }\n' });
  bucket.offer({ version: '1.0.0', hash: 'local' });
  const agent = await InstalledAgent.install(machine);
  await agent.untilReady();
  const told = () => fs.readFileSync(path.join(machine.shared, 'told'), 'utf8').trim().split('\n');
  const before = await agent.pids();

  // Nobody asked Slipway to stop them: they are started again, in another scope.
  await machine.run('systemctl stop slipway-apps.scope');
  for (const pid of before) await expect(machine.run(`kill -0 ${pid}`)).rejects.toThrow('No such process');
  const again = await waitFor(
    'other processes',
    async () => {
      const pids = (await agent.untilReady()).instances.map(({ pid }) => pid);
      return pids.every((pid) => !before.includes(pid)) && pids;
    },
    SELDOM,
  );
  expect(await machine.run('journalctl --unit slipway --output cat')).toContain(
    'slipway-apps.scope has been stopped, with all that was in it',
  );
  expect(await machine.run('systemctl is-active slipway-apps.scope')).toBe('active');
  for (const pid of again) expect(await groupOf(machine, pid ?? 0)).toContain(SCOPE);
  expect(told().toSorted()).toEqual([
    ...Array<string>(2).fill('TERM beside an agent'),
    ...Array<string>(2).fill('drained'),
    ...Array<string>(4).fill('start'),
  ]);

  fs.rmSync(path.join(machine.shared, 'told'));
  await machine.powerOff();
  expect(told().toSorted()).toEqual([
    ...Array<string>(2).fill('TERM without an agent'),
    ...Array<string>(2).fill('drained'),
  ]);
});

test('what a session of its own has moved to the slice of users is ended with its app', async () => {
  const { machine, bucket } = await machineWithBucket();
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  await machine.run('useradd --create-home shop');
  // Where that user may read: the release is none of theirs.
  const program =
    "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')";
  await machine.write('/srv/server.cjs', program);
  const start = { sh: [`su - shop -c "PORT=$PORT exec ${NODE} /srv/server.cjs"`] };
  const agent = await InstalledAgent.install(machine, { app: { start, replicas: 1 } });
  await agent.untilReady();
  const server = Number(await machine.run('pgrep -u shop -f server.cjs'));
  expect(await groupOf(machine, server)).toMatch(/^\/user\.slice\//);

  await machine.run('slipway stop web');
  await expect(machine.run('pgrep -u shop -f server.cjs')).rejects.toThrow('pgrep');
  expect((await agent.app()).state).toBe('stopped');
});

/**
 * An agent of a version before, as far as its apps can tell: it starts them in the unit's own group, each under a holder
 * that leaves a record of one line. $1: node.
 */
const FORMER_AGENT = `#!/bin/sh
cd /var/lib/slipway/service/web/release/deployment_1.1.0.0
for i in 1 2; do
  export PORT=$((3999 + i)) RELEASE_NODE_SUFFIX=-$i SLIPWAY_RUN=/var/lib/slipway/run/web.$i.1.0.former0$i
  setsid /bin/sh -c '
    ( read -r line </proc/self/stat
      echo "$(cat /proc/sys/kernel/random/boot_id) $line" >"$1.start"
      exec setsid "$2" server.js ) &
    wait $!
    status=$?
    { jobs; echo $status; } >"$1.exit"' slipway-holder "$SLIPWAY_RUN" "$1" </dev/null >/dev/null 2>&1 &
done
exec sleep infinity
`;

test('apps of a version before, in the group of the unit, are taken over without a restart', async () => {
  const { machine, agent } = await installed();
  await machine.run('systemctl stop slipway && systemctl stop slipway-apps.scope');
  await machine.write('/srv/former', FORMER_AGENT);
  await machine.run('chmod +x /srv/former');
  await machine.write(UNIT_FILE, productionUnit().replace(/^(ExecStart=).*$/m, `$1/srv/former ${NODE}`));
  await machine.run('systemctl daemon-reload && systemctl start slipway');
  const answers = machine.watchAnswers([4000, 4001]);
  const former = await waitFor('the apps of the former agent to answer', () => {
    const pids = [4000, 4001].map((port) =>
      answers.findLast((line) => line.startsWith(`${port} `))?.slice(5),
    );
    return pids.every((pid) => pid !== undefined && pid !== '-') && pids.map(Number);
  });
  for (const pid of former) expect(await groupOf(machine, pid)).toBe('/slipway.slice/slipway.service');

  const asked = answers.length;
  await machine.write(UNIT_FILE, productionUnit());
  await machine.run('systemctl daemon-reload && systemctl restart slipway');
  await agent.untilItAnswers();
  expect((await agent.untilReady()).instances.map(({ pid }) => pid)).toEqual(former);
  for (const pid of former) expect(await groupOf(machine, pid)).toContain(SCOPE);
  expect(answers.slice(asked)).toEqual([]);

  await machine.run('slipway stop web');
  for (const pid of former) await expect(machine.run(`kill -0 ${pid}`)).rejects.toThrow('No such process');
});
