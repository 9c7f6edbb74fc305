import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { openStore, readAll, type StoreOptions } from '../../../src/secret/index.ts';
import { AWS_CREDENTIALS, FakeAws } from '../../support/fake-aws.ts';
import { FakeGcp } from '../../support/fake-gcp.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { holdsToTheContract } from './contract.ts';

/** The SDKs read the environment of their own process. */
function setEnvironment(variables: Record<string, string>): void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

const awsEnvironment = (key = AWS_CREDENTIALS.key) => ({
  AWS_ACCESS_KEY_ID: AWS_CREDENTIALS.id,
  AWS_SECRET_ACCESS_KEY: key,
  AWS_EC2_METADATA_DISABLED: 'true',
});

async function awsGround(options: Partial<Extract<StoreOptions, { type: 'aws' }>> = {}) {
  const fake = new FakeAws();
  const endpoint = await fake.start();
  onTestFinished(async () => await fake.stop());
  const store = await openStore(
    { type: 'aws', region: 'eu-west-1', profile: null, endpoint, prefix: 'prod/', ...options },
    process.env,
  );
  return { fake, store };
}

describe('AWS', () => {
  holdsToTheContract(async () => {
    setEnvironment(awsEnvironment());
    const { fake, store } = await awsGround();
    return {
      store,
      put: (name, text) => fake.secrets.set(`prod/${name}`, text),
      deny: (name) => fake.denied.add(`prod/${name}`),
      stop: async () => await fake.stop(),
    };
  });

  test('a service that fails twice is asked again; binary text is text; one request a secret', async () => {
    setEnvironment(awsEnvironment());
    const { fake, store } = await awsGround();
    fake.secrets.set('prod/object', new TextEncoder().encode('{"A":"1","B":"2"}'));
    fake.failures = 2;
    const found = await readAll(store, ['object#A', 'object#B'], { clock: systemClock });
    expect(Object.fromEntries(found)).toEqual({ 'object#A': { value: '1' }, 'object#B': { value: '2' } });
    expect(fake.requests).toBe(3);
  });

  test.each([
    ['a wrong key', awsEnvironment('another key'), 'does not let this host read', 'get-caller-identity'],
    [
      'no credentials',
      { ...awsEnvironment(), AWS_ACCESS_KEY_ID: '' },
      'does not let this host read',
      'a role of the machine',
    ],
  ])('%s is denied with the mend', async (_, environment, message, next) => {
    setEnvironment({ ...environment, HOME: temporaryFolder() });
    const { fake, store } = await awsGround();
    fake.secrets.set('prod/plain', 'a value');
    const [outcome] = (await readAll(store, ['plain'], { clock: systemClock })).values();
    expect(outcome).toMatchObject({
      failure: {
        code: 'secret_denied',
        message: expect.stringContaining(message),
        next: expect.stringContaining(next),
      },
    });
  });

  test('a region that nobody names is told', async () => {
    setEnvironment({ ...awsEnvironment(), HOME: temporaryFolder() });
    const { store } = await awsGround({ region: null });
    const [outcome] = (await readAll(store, ['plain'], { clock: systemClock })).values();
    expect(outcome).toMatchObject({
      failure: { code: 'secret_unreachable', next: expect.stringContaining('region: ...') },
    });
  });

  test('credentials and region come from a profile of the shared file', async () => {
    const folder = temporaryFolder();
    const config = path.join(folder, 'config');
    fs.writeFileSync(
      config,
      `[profile shop]\nregion = eu-north-1\naws_access_key_id = ${AWS_CREDENTIALS.id}\naws_secret_access_key = ${AWS_CREDENTIALS.key}\n`,
    );
    setEnvironment({ AWS_CONFIG_FILE: config, AWS_EC2_METADATA_DISABLED: 'true' });
    const { fake, store } = await awsGround({ region: null, profile: 'shop' });
    fake.secrets.set('prod/plain', 'a value');
    expect(store.address).toBe('AWS Secrets Manager in eu-north-1');
    expect([...(await readAll(store, ['plain'], { clock: systemClock })).values()]).toEqual([
      { value: 'a value' },
    ]);
  });
});

describe('GCP', () => {
  holdsToTheContract(async () => {
    const fake = new FakeGcp();
    const host = await fake.start();
    onTestFinished(async () => await fake.stop());
    setEnvironment({
      GCE_METADATA_HOST: host,
      GOOGLE_CLOUD_PROJECT: 'shop-1',
      METADATA_SERVER_DETECTION: 'assume-present',
      HOME: temporaryFolder(),
    });
    const store = await openStore(
      { type: 'gcp', project: null, endpoint: `http://${host}`, prefix: 'prod-' },
      process.env,
    );
    return {
      store,
      put: (name, text) => fake.secrets.set(`prod-${name}`, text),
      deny: (name) => fake.denied.add(`prod-${name}`),
      stop: async () => await fake.stop(),
    };
  });
});

describe('files', () => {
  holdsToTheContract(async () => {
    const directory = temporaryFolder();
    return {
      store: await openStore({ type: 'file', directory }, {}),
      put: (name, text) => fs.writeFileSync(path.join(directory, name), `${text}\n`, { mode: 0o600 }),
      deny: (name) => fs.chmodSync(path.join(directory, name), 0o644),
    };
  });

  test('no name leads out of the directory, and nothing but a file is read', async () => {
    const directory = temporaryFolder();
    fs.mkdirSync(path.join(directory, 'folder'));
    const store = await openStore({ type: 'file', directory }, {});
    for (const [name, code] of [
      ['a/../../x', 'secret_missing'],
      ['_/x', 'secret_missing'],
      ['folder', 'secret_malformed'],
    ] as const)
      expect([...(await readAll(store, [name], { clock: systemClock })).values()]).toMatchObject([
        { failure: { code } },
      ]);
  });
});

describe('systemd', () => {
  holdsToTheContract(async () => {
    const directory = temporaryFolder();
    return {
      store: await openStore({ type: 'systemd' }, { CREDENTIALS_DIRECTORY: directory }),
      put: (name, text) => fs.writeFileSync(path.join(directory, name), `${text}\n`, { mode: 0o440 }),
    };
  });
});

describe('the environment', () => {
  holdsToTheContract(async () => {
    const env: Record<string, string> = {};
    return {
      store: await openStore({ type: 'env', prefix: 'VAULT_' }, env),
      put: (name, text) => {
        env[`VAULT_${name}`] = text;
      },
    };
  });
});
