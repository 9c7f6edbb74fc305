import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Ground, handedOn, mirrorsIn } from '../../../src/agent/app-parts.ts';
import { checkedConfiguration, readConfiguration } from '../../../src/config/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const service = (name: string, environment: string) =>
  `- { name: ${name}, environment: ${environment}, kind: service, runtime: command, start: x, source: { type: upload } }\n`;

test('mirrors of repositories lie where no app has what it downloads, whatever its name', () => {
  const dataDirectory = temporaryFolder();
  const { apps } = checkedConfiguration(
    `data: ${dataDirectory}\napps:\n${service('git', 'prod')}${service('mirrors', 'git')}`,
    'slipway.yaml',
  );
  const cache = path.join(dataDirectory, 'cache');
  const former = path.join(cache, 'git');
  fs.mkdirSync(former, { recursive: true });
  fs.writeFileSync(path.join(former, 'downloaded'), '');
  const mirrors = mirrorsIn({ dataDirectory, apps });
  for (const { id } of apps) expect(path.join(cache, id)).not.toBe(mirrors);
  expect(fs.readdirSync(former)).toEqual(['downloaded']);
  // Without such an app it was the mirrors' folder: they are not fetched again.
  expect(mirrorsIn({ dataDirectory, apps: [] })).toBe(mirrors);
  expect(fs.readdirSync(mirrors)).toEqual(['downloaded']);
  expect(fs.existsSync(former)).toBe(false);
});

test('what is a secret for some app in the environment of the agent is handed on to none', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'slipway.yaml');
  fs.writeFileSync(
    file,
    `data: ${folder}\nsecrets: { type: env, prefix: VAULT_ }\napps:\n- { name: shop, kind: service, runtime: command, start: x, source: { type: upload }, env: { A: { secret: "DB#KEY" } } }\n`,
    { mode: 0o600 },
  );
  const inForce = readConfiguration({ file, env: {} }).complete(() => null);
  const agentEnvironment = { VAULT_DB: '{"KEY":"x"}', VAULT_OTHER: 'y', LANG: 'C.UTF-8' };
  expect(handedOn({ agentEnvironment, inForce } as unknown as Ground)).toEqual({
    VAULT_OTHER: 'y',
    LANG: 'C.UTF-8',
  });
});
