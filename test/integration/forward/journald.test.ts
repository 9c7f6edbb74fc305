import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Bucket } from '../../support/bucket.ts';
import { InstalledAgent } from '../../support/installed-agent.ts';
import { SystemdMachine, systemdRoot } from '../../support/systemd-machine.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

beforeAll(() => void systemdRoot());

test('the journal of systemd has lines under the name of the app, also after its own restart', async () => {
  const machine = await SystemdMachine.boot();
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'web');
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  const writer = 'i=0; while sleep 0.05; do i=$((i+1)); echo line $i; echo error $i >&2; done';
  const program = 'id -un >/tmp/$SLIPWAY_APP-user; exec cat >/dev/null';
  const agent = await InstalledAgent.install(machine, {
    app: { start: { sh: [writer] }, replicas: 1, port: null, ready: { alive: '100ms' }, user: 'nobody' },
    host: {
      log: { forward: [{ type: 'journald' }, { type: 'program', command: { sh: [program] } }], agent: true },
    },
  });
  await agent.untilReady();
  const entries = async (what: string) =>
    (await machine.run(`journalctl -o json --no-pager ${what}`))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, string>);
  const numbers = async () =>
    (await entries('SLIPWAY_APP=web SLIPWAY_STREAM=stdout')).map(({ MESSAGE = '' }) =>
      Number(MESSAGE.slice(5)),
    );
  await waitFor('lines', async () => (await numbers()).length > 20, SELDOM);
  expect((await entries('-n 1 SLIPWAY_STREAM=stderr'))[0]).toMatchObject({
    ...{ MESSAGE: expect.stringMatching(/^error \d+$/), PRIORITY: '4', SYSLOG_IDENTIFIER: 'web' },
    ...{ SLIPWAY_INSTANCE: 'web/1', SLIPWAY_RELEASE: '1.0.0', SYSLOG_FACILITY: '3' },
    SYSLOG_TIMESTAMP: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  expect(await machine.run('journalctl -t slipway -o cat SLIPWAY_INSTANCE=slipway/agent')).toContain(
    ' is up after ',
  );

  expect(await machine.run('cat /tmp/web-user /tmp/slipway-user')).toBe('nobody\nroot');
  await machine.run(
    'systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald',
  );
  await waitFor(
    'the agent to say so',
    async () =>
      (await agent.status()).agent.warnings.some((each) => each.includes('does not reach journald')),
    SELDOM,
  );
  await machine.run('systemctl start systemd-journald.socket systemd-journald');
  const before = Math.max(...(await numbers()));
  await waitFor('later lines', async () => Math.max(...(await numbers())) > before + 20, SELDOM);
  const seen = await numbers();
  expect(seen).toEqual(seen.map((_, index) => index + 1));
});
