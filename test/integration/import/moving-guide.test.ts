import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Bucket } from '../../support/bucket.ts';
import { InstalledAgent, productionUnit, UNIT_FILE } from '../../support/installed-agent.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { SystemdMachine } from '../../support/systemd-machine.ts';

const page = fs.readFileSync(new URL('../../../docs/moving-from-deployex.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, body = '']) => body);

/** What stands in for DeployEx runs nothing: its unit, its folders, and a bucket. */
const UNIT = `[Service]
Environment=DEPLOYEX_CLOUD_ENVIRONMENT=prod DEPLOYEX_MONITORED_APP_NAME=demo_app DEPLOYEX_MONITORED_REPLICAS=1
Environment=DEPLOYEX_RELEASE_ADAPTER=local DEPLOYEX_RELEASE_BUCKET=/srv/bucket
ExecStart=/bin/sleep infinity
KillMode=process
[Install]
WantedBy=multi-user.target
`;

test('the commands of the guide move a host to Slipway, and back', async () => {
  const [dryRun, move, back, ...others] = blocks;
  if (!dryRun || !move || !back) throw new Error('the guide has other blocks');
  expect(others).toEqual([]);
  const machine = await SystemdMachine.boot({ hasPrograms: true });
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'demo_app', 'prod');
  bucket.put('0.1.0', otpReleases().elixir('0.1.0'));
  bucket.offer({ version: '0.1.0', hash: 'local' });
  await machine.run('mkdir -p /var/lib/deployex /opt/deployex; useradd --system deployer || :');
  await machine.write('/etc/systemd/system/deployex.service', UNIT);
  await machine.write(UNIT_FILE, productionUnit());
  await machine.run('systemctl daemon-reload; systemctl enable --now --quiet deployex');
  const run = async (text: string) => await machine.run(`export HOME=/root; ${text}`);

  expect(await run(dryRun)).toContain('demo_app');
  expect(await machine.run('ls /etc/slipway 2>&1 || :')).toContain('No such file');
  await run(move);
  const agent = InstalledAgent.on(machine);
  await agent.untilItAnswers();
  expect((await agent.untilReady('0.1.0')).live?.version).toBe('0.1.0');
  expect(await machine.run('systemctl is-active deployex || :')).not.toBe('active');

  await run(back);
  expect(await machine.run('systemctl is-active deployex slipway || :')).toBe('active\ninactive');
  // Restarts are its own again.
  expect(await machine.run('systemctl cat deployex')).toBe(
    `# /etc/systemd/system/deployex.service\n${UNIT.trim()}`,
  );
});
