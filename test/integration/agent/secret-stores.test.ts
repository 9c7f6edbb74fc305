import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AWS_CREDENTIALS, FakeAws } from '../../support/fake-aws.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const FIRST = 'the-first-password-of-the-database';
const SECOND = 'another-password-of-the-database';

/** A workshop whose app has a password from AWS. */
async function workshop(values: Record<string, string>) {
  const fake = new FakeAws();
  for (const [name, value] of Object.entries(values)) fake.secrets.set(name, value);
  const endpoint = await fake.start();
  onTestFinished(async () => await fake.stop());
  const made = await Workshop.make({
    replicas: 2,
    app: { env: { DATABASE_PASSWORD: { secret: 'shop#PASSWORD' } } },
    host: { secrets: { type: 'aws', region: 'eu-west-1', endpoint } },
    env: {
      ...{ AWS_ACCESS_KEY_ID: AWS_CREDENTIALS.id, AWS_SECRET_ACCESS_KEY: AWS_CREDENTIALS.key },
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  made.publish('1.0.0');
  return { fake, made, endpoint };
}

const secret = (password: string) => JSON.stringify({ PASSWORD: password });
const passwordOf = async (made: Workshop, i: number) =>
  ((await made.ask(i, '/env')) as unknown as Record<string, string>).DATABASE_PASSWORD;
const pids = async (made: Workshop) => (await made.app()).instances.map(({ pid }) => pid);

async function untilBothHave(made: Workshop, password: string): Promise<void> {
  await waitFor(
    `both to have ${password}`,
    async () => (await passwordOf(made, 1)) === password && (await passwordOf(made, 2)) === password,
    SELDOM,
  );
}

test('a store that is down, or says no, changes nothing; a new value restarts who has the old', async () => {
  const { fake, made, endpoint } = await workshop({ shop: secret(FIRST) });
  await made.start();
  await made.untilDeployed('1.0.0');
  await untilBothHave(made, FIRST);
  const before = await pids(made);
  const client = await made.client();

  // Down, and the agent killed: the next one has the value from its journal, and adopts.
  await fake.stop();
  await made.kill();
  await made.start();
  expect(await pids(made)).toEqual(before);
  const { agent } = await waitFor(
    'the store to be missed',
    async () => {
      const status = await client.status({});
      return status.agent.secrets?.length === 1 && status;
    },
    SELDOM,
  );
  expect(agent.warnings).toContainEqual(
    expect.stringMatching(
      /^secrets: the secret shop cannot be read from AWS Secrets Manager in eu-west-1 .*; web goes on with the value of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
    ),
  );
  const checks = await client.doctor();
  expect(checks.filter(({ name }) => name === 'secrets')).toMatchObject([
    { state: 'warn', mend: expect.stringContaining('aws secretsmanager describe-secret') },
  ]);
  // It is started again with it, too.
  const [first] = before;
  if (!first) throw new Error('no process');
  process.kill(first, 'SIGKILL');
  await waitFor('the crashed one to be back', async () => (await passwordOf(made, 1)) === FIRST, SELDOM);
  const after = await pids(made);

  await fake.start(Number(new URL(endpoint).port));
  expect((await client.applyConfiguration({})).message).toBe('nothing changed');
  expect(await pids(made)).toEqual(after);
  expect(made.agentOutput().match(/secrets: the secret shop cannot be read/g)).toHaveLength(1);
  expect(made.agentOutput()).toContain('secrets: all can be read again');

  fake.secrets.set('shop', secret(SECOND));
  expect((await client.applyConfiguration({})).message).toBe(
    'web: env changed, its instances are restarted one by one',
  );
  await untilBothHave(made, SECOND);
  await made.untilState('running');
  expect(JSON.stringify(await client.configuration({}))).toContain('{"secret":"shop#PASSWORD"}');

  // What it prints itself is its own; nothing else has a value in the clear.
  for (const value of [FIRST, SECOND]) expect(filesWith(value, made)).toEqual([]);
  const agentEnvironment = fs.readFileSync(`/proc/${made.agent?.pid}/environ`, 'utf8');
  expect(agentEnvironment).not.toContain(SECOND);
});

test('an app waits in words for a secret that was never known, and starts when it is', async () => {
  const { fake, made } = await workshop({});
  await made.start();
  const client = await made.client();
  const waiting = await waitFor(
    'the app to wait in words',
    async () => {
      const app = await made.app();
      return app.source.reason?.includes('has no secret shop') === true && app;
    },
    SELDOM,
  );
  expect(waiting).toMatchObject({
    ...{ state: 'idle', instances: [], source: { state: 'waiting' }, waits_for: ['shop#PASSWORD'] },
  });
  await expect(client.deploy({ app: 'web' })).rejects.toMatchObject({
    code: 'secret_unknown',
    message: expect.stringContaining('web cannot be worked with: it waits for a secret: AWS Secrets Manager'),
  });
  // What was, can be looked at: nothing yet.
  expect(await client.deployments({ app: 'web' })).toEqual([]);
  expect(await client.releases({ app: 'web' })).toEqual([]);
  expect(await client.timeline({ app: 'web' })).toBeInstanceOf(Array);

  expect((await client.applyConfiguration({})).message).toMatch(
    /^the file was taken; nothing that runs has changed\nAWS .*has no secret shop.*; web waits for it$/,
  );

  // What is set on this host stands for what the store has not.
  const done = await client.changeSecrets({ app: 'web', set: { shop: secret(FIRST) }, unset: [] });
  expect(done.message).toBe('shop changed; web has all it waited for, and starts');
  await made.untilDeployed('1.0.0');
  expect(await made.app()).not.toHaveProperty('waits_for');
  await untilBothHave(made, FIRST);
  // The store goes first.
  fake.secrets.set('shop', secret(SECOND));
  await client.applyConfiguration({});
  await untilBothHave(made, SECOND);
});

test('a value that does not fit leaves the former one in force, over a restart of the agent too', async () => {
  const directory = temporaryFolder();
  const put = (text: string) => fs.writeFileSync(path.join(directory, 'replicas'), text, { mode: 0o600 });
  put('2\n');
  const made = await Workshop.make({
    replicas: 2,
    app: { replicas: { secret: 'replicas' } },
    host: { secrets: { type: 'file', directory } },
  });
  made.publish('1.0.0');
  await made.start();
  await made.untilDeployed('1.0.0');
  const before = await pids(made);
  put('two');
  const client = await made.client();
  expect((await client.applyConfiguration({})).message).toMatch(
    /^the file was taken; nothing that runs has changed\nthe value of the secret replicas does not fit web, replicas: it must be a whole number from 0 to 1000; web goes on with the value of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
  );
  await made.kill();
  await made.start();
  expect(await pids(made)).toEqual(before);
  expect(before).toHaveLength(2);
});

/** Files of data and logs, the journal and its log among them, that hold the text in the clear. */
function filesWith(text: string, { data, logs, folder }: Workshop): string[] {
  const files = [data, logs].flatMap((root) =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  return [...files, path.join(folder, 'agent.out')].filter((file) => fs.readFileSync(file).includes(text));
}
