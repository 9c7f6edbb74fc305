import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Bucket } from '../../support/bucket.ts';
import { InstalledAgent, productionUnit } from '../../support/installed-agent.ts';
import { SystemdMachine, systemdRoot } from '../../support/systemd-machine.ts';

const PAGE = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/secrets.md'), 'utf8');
const VALUE = 'ecto://shop:hunter22@db/shop';

beforeAll(() => void systemdRoot());

test('a credential that systemd decrypts for the agent is a value of an app, seen there alone', async () => {
  const machine = await SystemdMachine.boot();
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'web');
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  // As on every machine whose init is systemd: it mounts credentials in a namespace of its own.
  await machine.run('mount --make-rshared /');
  // The lines of the page, but for the question on the terminal.
  const encrypt = /\| (systemd-creds encrypt .*)$/m.exec(PAGE)?.[1];
  const setting = /```ini\n\[Service\]\n(LoadCredentialEncrypted=.*)\n```/.exec(PAGE)?.[1];
  await machine.run(`mkdir -p /etc/credstore.encrypted && printf %s '${VALUE}' | ${encrypt}`);
  expect(await machine.run('cat /etc/credstore.encrypted/api-database-url')).not.toContain('hunter22');
  const agent = await InstalledAgent.install(machine, {
    unit: productionUnit().replace('[Service]\n', `[Service]\n${setting}\n`),
    app: { env: { DATABASE_URL: { secret: 'api-database-url' } } },
    host: { secrets: { type: 'systemd' } },
  });
  const { instances } = await agent.untilReady();
  const environment = await machine.run(`tr '\\0' '\\n' </proc/${instances[0]?.pid}/environ`);
  expect(environment).toContain(`DATABASE_URL=${VALUE}\n`);
  expect(environment).not.toContain('CREDENTIALS_DIRECTORY');
  expect(await machine.run('slipway config show')).not.toContain('hunter22');
  expect(await machine.run('grep -rl hunter22 /var/lib/slipway /var/log/slipway || :')).toBe('');
});
