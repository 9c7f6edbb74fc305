import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { InForce, type InForceOptions } from '../../../src/agent/in-force.ts';
import { Secrets } from '../../../src/agent/secrets/index.ts';
import { type Configuration, readConfiguration } from '../../../src/config/index.ts';
import { Journal } from '../../../src/journal/index.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

test('with `refresh` a secret is read again so often, and its new value is put in force', async () => {
  const folder = temporaryFolder();
  const configFile = path.join(folder, 'slipway.yaml');
  const file = path.join(folder, 'token');
  const put = (value: string) => fs.writeFileSync(file, value, { mode: 0o600 });
  put('the-first-value');
  fs.writeFileSync(
    configFile,
    `data: ${folder}
logs: ${folder}/logs
secrets: { type: file, directory: ${folder}, refresh: 15m }
apps:
- { name: shop, kind: service, runtime: command, start: x, source: { type: upload }, env: { TOKEN: { secret: token } } }
`,
    { mode: 0o600 },
  );
  const written = readConfiguration({ file: configFile, env: {} });
  const clock = new ManualClock();
  const journal = Journal.open(folder);
  const tokens: (string | undefined)[] = [];
  const apps = {
    inForce: written.complete(() => null),
    async apply(next: Configuration) {
      apps.inForce = next;
      tokens.push(next.apps[0]?.env.TOKEN);
      return [];
    },
  };
  const options = {
    ...{ configFile, env: {}, clock, apps, configureApi: () => [], say: () => undefined },
    access: { acceptGiven: () => undefined },
    secrets: new Secrets({ journal, clock, dataDirectory: folder, env: {} }),
  };
  const held = new InForce(written, options as unknown as InForceOptions);
  await held.apply();
  put('the-second-value');
  clock.advance(899_000);
  expect(tokens).toEqual(['the-first-value']);
  clock.advance(1000);
  await waitFor('it to be read again', () => tokens.length === 2);
  await waitFor('the next timer', () => clock.pending === 1);
  put('the-third-value');
  clock.advance(900_000);
  await waitFor('it to be read once more', () => tokens.length === 3);
  expect(tokens).toEqual(['the-first-value', 'the-second-value', 'the-third-value']);
  held.detach();
  journal.close();
});

test('what could not be put in force is tried again, though no other timer runs', async () => {
  const folder = temporaryFolder();
  const configFile = path.join(folder, 'slipway.yaml');
  fs.writeFileSync(configFile, `data: ${folder}\nlogs: ${folder}/logs\napps: []\n`);
  const written = readConfiguration({ file: configFile, env: {} });
  const inForce = written.complete(() => null);
  const clock = new ManualClock();
  const journal = Journal.open(folder);
  const said: string[] = [];
  let attempts = 0;
  const apps = {
    inForce,
    async apply() {
      if (++attempts < 3) throw new Error('no room on the disk');
      return [];
    },
  };
  const options = {
    ...{ configFile, env: {}, clock, apps, configureApi: () => [] },
    access: { acceptGiven: () => undefined },
    secrets: new Secrets({ journal, clock, dataDirectory: folder, env: {} }),
    say: (_type: string, message: string) => said.push(message),
  };
  const held = new InForce(written, options as unknown as InForceOptions);
  held.readSecrets();
  await waitFor('the first attempt', () => said.length === 1);
  clock.advance(10_000);
  await waitFor('the second attempt', () => said.length === 2);
  clock.advance(20_000);
  await waitFor('the third attempt', () => attempts === 3);
  expect(said).toEqual(Array(2).fill('secrets were not read: no room on the disk'));
  await waitFor('the end of it', () => clock.pending === 0);
  held.detach();
  journal.close();
});
