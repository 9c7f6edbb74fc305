import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Bucket } from '../support/bucket.ts';
import { InstalledAgent, NODE, readmeUnit, UNIT_FILE } from '../support/installed-agent.ts';
import { SystemdMachine, systemdRoot } from '../support/systemd-machine.ts';
import { SELDOM, waitFor } from '../support/wait-for.ts';

beforeAll(() => void systemdRoot());

async function machineWithBucket() {
  const machine = await SystemdMachine.boot();
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'web');
  return { machine, bucket };
}

/** As the README has it installed, with an app of two instances. */
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

test('the apps outlive whatever systemd and its users do to the agent, and what crashes after it is started again', async () => {
  const { machine, agent } = await installed();
  const answers = machine.watchAnswers([4000, 4001]);
  const second = (await agent.pids())[1];
  const mainPid = async () => Number(await machine.run('systemctl show --property=MainPID --value slipway'));
  const settings = readmeUnit().replace(
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

    await machine.run(`kill -9 ${first}`);
    const restarted = await waitFor(
      `web/1 to be started again after ${what}`,
      async () => {
        const [instance] = (await agent.app()).instances;
        return instance?.state === 'ready' && instance.pid !== first && instance.pid;
      },
      SELDOM,
    );
    await waitFor(`the answer of ${restarted}`, () => answers.includes(`4000 ${restarted}`));
  }
  expect(answers.filter((line) => line.startsWith('4001'))).toEqual([`4001 ${second}`]);
  // One answer more for each crash, and silence at most between two.
  const firsts = answers.filter((line) => line.startsWith('4000') && line !== '4000 -');
  expect(firsts).toHaveLength(journey.length + 1);
  expect(await machine.run('systemctl --failed --plain --no-legend')).toBe('');
});

test('what a session of its own has moved to the slice of users is ended with its app', async () => {
  const { machine, bucket } = await machineWithBucket();
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  await machine.run('useradd --create-home shop');
  const start = { sh: [`su - shop -c "cd $PWD && PORT=$PORT exec ${NODE} server.js"`] };
  const agent = await InstalledAgent.install(machine, { app: { start, replicas: 1 } });
  await agent.untilReady();
  const server = Number(await machine.run('pgrep -u shop -f server.js'));
  expect(await groupOf(machine, server)).toMatch(/^\/user\.slice\//);

  await machine.run('slipway stop web');
  await expect(machine.run('pgrep -u shop -f server.js')).rejects.toThrow('pgrep');
  expect((await agent.app()).state).toBe('stopped');
});
