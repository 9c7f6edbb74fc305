import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Check } from '../../../src/doctor/index.ts';
import { Bucket } from '../../support/bucket.ts';
import { InstalledAgent } from '../../support/installed-agent.ts';
import { SystemdMachine, systemdRoot } from '../../support/systemd-machine.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

const GROUP_SOCKET = '/run/slipway/slipway.sock';

beforeAll(() => void systemdRoot());

async function machineWithUsers() {
  const machine = await SystemdMachine.boot();
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'web');
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  await machine.run('groupadd deploy && useradd -m -G deploy ada && useradd -m bob && useradd -m shop');
  const agent = await InstalledAgent.install(machine, {
    app: { replicas: 1, user: 'shop' },
    host: { socket: { group: 'deploy' } },
  });
  await machine.run('chmod 0600 /etc/slipway/slipway.yaml');
  await agent.untilReady();
  /** What he sees, and the exit status behind it. */
  const as = (user: string, command: string) =>
    machine.run(`su ${user} -c '${command} 2>&1; echo status $?'`);
  const apply = async (socket: Record<string, unknown> | null, app: Record<string, unknown> = {}) => {
    await agent.configure({ replicas: 1, user: 'shop', ...app }, { socket });
    return await machine.run('slipway config apply 2>&1 || echo status $?');
  };
  return { machine, agent, as, apply };
}

test('members of a group do what their role may, under their own names, and others nothing', async () => {
  const { machine, agent, as, apply } = await machineWithUsers();
  const modes = `stat -c '%a %U:%G' ${GROUP_SOCKET} /var/lib/slipway/slipway.sock /run/slipway`;
  expect(await machine.run(modes)).toBe('660 root:deploy\n600 root:root\n755 root:root');
  expect(await as('ada', 'slipway status web --json')).toMatch(/"app":\s*"web"[^]*status 0$/);
  // What the agent sees of the host, for she may not even read its configuration.
  expect(await as('ada', 'slipway doctor')).toMatch(
    /configuration +\/etc\/slipway\/slipway.yaml\n[^]*status 0$/,
  );
  // What he says of himself is not looked at.
  expect(await as('ada', 'SUDO_USER=root slipway restart web/1')).toContain('status 0');
  expect(await as('ada', 'echo b | slipway secret web set A')).toContain('status 0');
  expect(await as('ada', 'slipway user list')).toMatch(
    /it takes the role admin, and ada is deployer[^]*status 1/,
  );
  expect(await as('ada', 'slipway config apply')).toContain('status 1');
  const audit = async () =>
    JSON.parse(await machine.run('slipway audit --json')) as Record<string, unknown>[];
  const told = (await audit()).map(({ actor, address, action, outcome }) => [
    actor,
    address,
    action,
    outcome,
  ]);
  expect(told).toContainEqual(['ada', 'group:deploy', 'restart', 'succeeded']);
  expect(told).toContainEqual(['ada', 'group:deploy', 'users', 'refused']);
  expect(told.map(([actor]) => actor)).not.toContain('root');

  expect(await as('bob', 'slipway status')).toMatch(
    /may not open \/run\/slipway\/slipway.sock: you are not in the group deploy[^]*sudo usermod -aG deploy bob[^]*status 4/,
  );
  await machine.run('usermod -aG deploy bob');
  expect(
    await machine.run('setpriv --reuid bob --regid bob --clear-groups slipway status 2>&1 || :'),
  ).toMatch(/you have joined the group deploy since you logged in[^]*newgrp deploy/);
  expect(await as('bob', 'slipway status')).toContain('status 0');

  // What is followed ends with a change of what he may.
  const log = '/tmp/follower';
  await machine.run(`su ada -c 'slipway logs --agent -f' >${log} 2>&1 & sleep 0`);
  await waitFor('the follower', async () => (await machine.run(`cat ${log}`)) !== '', SELDOM);
  expect(await apply({ group: 'deploy', role: 'viewer', apps: ['web'] })).toContain(
    'socket: members of deploy may use /run/slipway/slipway.sock, as viewer',
  );
  await waitFor(
    'its end',
    async () => (await machine.run(`cat ${log}`)).includes('takes somebody who is let to all apps'),
    SELDOM,
  );
  expect(await as('ada', 'slipway restart web')).toMatch(/it takes the role deployer, and ada is viewer/);
  expect(await as('ada', 'slipway status')).toContain('status 0');

  const pids = await agent.pids();
  expect(await apply({ group: 'no-such' })).toMatch(
    /socket.group: there is no group "no-such"[^]*groupadd --force --system no-such && slipway config apply[^]*status 3/,
  );
  expect(await as('ada', 'slipway status')).toContain('status 0');
  // Killed with a socket that is there: the next one puts its own in the place.
  await apply({ group: 'deploy' });
  const before = (await agent.status()).agent.pid;
  await machine.run(`kill -9 ${before}`);
  await agent.untilItAnswers(before);
  expect(await as('ada', 'slipway status')).toContain('status 0');
  expect(await apply(null)).toContain('socket: no group has one');
  expect(await machine.run(`ls ${GROUP_SOCKET} 2>&1 || :`)).toContain('No such file');
  expect(await as('ada', 'slipway status')).toMatch(/slipway.yaml may not be read[^]*members of a group/);
  expect(await agent.pids()).toEqual(pids);
});

test('what a group can do where an app runs as root is refused, or told by the doctor', async () => {
  const { machine, as, apply } = await machineWithUsers();
  await apply({ group: 'deploy' }, { user: null });
  expect(await as('ada', 'slipway env web list')).toMatch(/status 1/);
  expect(await as('ada', 'echo b | slipway secret web set A')).toMatch(
    /web runs as root, so it takes the role admin, and ada is deployer/,
  );
  const checks = async () => {
    const all = JSON.parse(await machine.run('slipway doctor --json || :')) as Check[];
    return all.filter(({ name }) => name === 'socket');
  };
  expect(await checks()).toContainEqual(
    expect.objectContaining({
      state: 'warn',
      message: expect.stringMatching(/as deployer; web runs as root, so whoever of them may also write/),
    }),
  );
  await apply({ group: 'deploy', role: 'admin' }, { user: null });
  expect(await checks()).toContainEqual(
    expect.objectContaining({ state: 'warn', message: expect.stringContaining('each of them is root here') }),
  );
  await machine.run('groupdel deploy');
  expect(await checks()).toContainEqual(
    expect.objectContaining({
      state: 'fail',
      mend: 'groupadd --force --system deploy && slipway config apply',
    }),
  );
});
