import { expect, test } from 'vitest';
import { ownerOf } from '../../../src/access/index.ts';
import { contract } from '../../../src/api/contract.ts';
import { connect } from '../../../src/api/index.ts';
import { AT, deployment, ended, release, shop, step } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';

const CALLER = { trigger: 'cli', actor: 'alice', address: null, browser: null, principal: ownerOf('alice') };
const WANTED = {
  ...{ app: 'shop', version: null, ref: null, upload: null, signature: null, force: false, full: false },
  caller: CALLER,
};

test('what the backend says arrives unchanged', async () => {
  const { backend, client } = await serveFake();
  const first = ended('succeeded', { id: 1, steps: [step('unpack'), step('start', { instance: 'shop/1' })] });
  backend.put(first);
  backend.put(deployment({ id: 2 }));
  backend.releaseList = [release(), release({ number: 2, size_bytes: null, commit: 'ab12cd3' })];

  expect(await client.status({})).toEqual(await backend.status(null));
  expect((await client.status({ app: 'shop' })).apps).toEqual([shop()]);
  expect(await client.releases({ app: 'shop' })).toEqual(backend.releaseList);
  expect((await client.deployments({ app: 'shop' })).map(({ id }) => id)).toEqual([2, 1]);
  expect(await client.deployment({ id: 1 })).toEqual(first);
  expect(await client.configuration()).toEqual(backend.configuration());
  expect(await client.planConfiguration()).toEqual(await backend.planConfiguration());
  expect(await client.planDeploy({ app: 'shop', version: '2.0' })).toMatchObject({
    version: '2.0',
    pins: true,
    site: null,
    upgrade: null,
  });
});

test('what the backend says of its host arrives unchanged', async () => {
  const { backend, client } = await serveFake();
  expect(await client.host()).toEqual(await backend.host());
  expect(await client.doctor()).toEqual(await backend.doctor());
});

test('what the backend says of a site arrives unchanged', async () => {
  const { backend, client } = await serveFake();
  backend.apps = [shop({ kind: 'site', maintenance: true })];
  backend.variables = [{ name: 'APP_KEY', value: 'a "b"\nc' }];
  backend.secretList = [{ name: 'TOKEN', set_at: AT }];
  const run = { started_at: AT, ended_at: AT, status: null, signal: 'SIGKILL', reason: 'too slow' };
  backend.cronEntries = [
    { name: 'nightly', schedule: '@daily', next_at: AT, running: false, runs: [run] },
    { name: 'once', schedule: '0 0 1 1 *', next_at: null, running: true, runs: [{ ...run, ended_at: null }] },
  ];
  backend.sitePlan = {
    commits: [{ commit: 'ab12cd3', subject: 'Sells shoes', author: 'Zoë', at: AT }],
    hooks: ['after.pull'],
    links: ['storage'],
    prunes: [{ number: 1, version: '1.0.0' }],
    space: { needed_bytes: 3_000_000_000, free_bytes: 9e12 },
  };
  expect((await client.status({})).apps).toEqual(backend.apps);
  expect(await client.env({ app: 'shop' })).toEqual(backend.variables);
  expect(await client.secrets({ app: 'shop' })).toEqual(backend.secretList);
  expect(await client.cron({ app: 'shop' })).toEqual(backend.cronEntries);
  expect(await client.planDeploy({ app: 'shop', ref: 'main' })).toMatchObject({
    version: 'main',
    kind: 'site',
    site: backend.sitePlan,
  });
});

test("a changed .env is placed by a deployment, or by the first one's where nothing is live", async () => {
  const { backend, client } = await serveFake();
  backend.put(deployment({ kind: 'env' }));
  const change = { app: 'shop', set: { A: '1' } };
  expect(await client.changeEnv(change)).toEqual({ deployment: 7, notes: [] });
  backend.apps = [shop({ live: null })];
  expect(await client.changeEnv(change)).toMatchObject({ deployment: null, notes: [expect.any(String)] });
});

test('the list of deployments has no steps', async () => {
  const { backend, client } = await serveFake();
  backend.put(deployment({ steps: [step('unpack', { output: ['many lines'] })] }));
  expect((await client.deployments({ app: 'shop' }))[0]).not.toHaveProperty('steps');
});

test('every change reaches the backend with its arguments and with who asks', async () => {
  const { backend, client } = await serveFake();
  backend.put(deployment());

  expect(await client.deploy({ app: 'shop', version: '2.0', force: true })).toEqual({
    deployment: 7,
    notes: ['pinned to 2.0'],
  });
  await client.deploy({ app: 'shop' });
  await client.deploy({ app: 'shop', ref: 'feature/a+b' });
  await client.deploy({ app: 'shop', upload: 'ab12', version: '3.0' });
  await client.rollback({ app: 'shop@staging', to: 3 });
  await client.rollback({ app: 'shop' });
  await client.cancel({ id: 7 });
  await client.pin({ app: 'shop', version: '1.0+a~b' });
  await client.unpin({ app: 'shop' });
  await client.ghost({ app: 'shop', version: '1.0' });
  await client.unghost({ app: 'shop', version: '1.0+a~b' });
  await client.restart({ app: 'shop', instance: '2' });
  await client.stop({ app: 'shop' });
  expect(await client.start({ app: 'shop', instance: 'queue.1' })).toEqual({ message: 'start is done' });
  await client.changeEnv({ app: 'shop', set: { A: '1', B: '' }, unset: ['C'] });
  await client.changeSecrets({ app: 'shop', unset: ['TOKEN'] });
  await client.setMaintenance({ app: 'shop', on: true });
  await client.runCron({ app: 'shop', entry: 'nightly' });
  await client.applyConfiguration();

  expect(backend.calls).toEqual([
    { operation: 'deploy', input: { ...WANTED, version: '2.0', force: true } },
    { operation: 'deploy', input: WANTED },
    { operation: 'deploy', input: { ...WANTED, ref: 'feature/a+b' } },
    { operation: 'deploy', input: { ...WANTED, upload: 'ab12', version: '3.0' } },
    { operation: 'rollback', input: { app: 'shop@staging', to: 3, caller: CALLER } },
    { operation: 'rollback', input: { app: 'shop', to: null, caller: CALLER } },
    { operation: 'cancel', input: { id: 7, caller: CALLER } },
    { operation: 'pin', input: { app: 'shop', version: '1.0+a~b', caller: CALLER } },
    { operation: 'unpin', input: { app: 'shop', caller: CALLER } },
    { operation: 'ghost', input: { app: 'shop', version: '1.0', caller: CALLER } },
    { operation: 'unghost', input: { app: 'shop', version: '1.0+a~b', caller: CALLER } },
    { operation: 'restart', input: { app: 'shop', instance: '2', caller: CALLER } },
    { operation: 'stop', input: { app: 'shop', instance: null, caller: CALLER } },
    { operation: 'start', input: { app: 'shop', instance: 'queue.1', caller: CALLER } },
    {
      operation: 'changeEnv',
      input: { app: 'shop', set: { A: '1', B: '' }, unset: ['C'], caller: CALLER },
    },
    { operation: 'changeSecrets', input: { app: 'shop', set: {}, unset: ['TOKEN'], caller: CALLER } },
    { operation: 'setMaintenance', input: { app: 'shop', on: true, caller: CALLER } },
    { operation: 'runCron', input: { app: 'shop', entry: 'nightly', caller: CALLER } },
    { operation: 'applyConfiguration', input: { caller: CALLER } },
  ]);
});

test('the name of a person arrives, less what could disturb a log', async () => {
  const { backend, socketPath } = await serveFake();
  await connect({ socketPath, actor: 'zoë (as root)\r\n\x1b[31m' }).unpin({ app: 'shop' });
  expect(backend.calls[0]?.input).toMatchObject({
    caller: {
      ...{ trigger: 'cli', actor: 'zoë (as root)???[31m', address: null, browser: null },
      principal: ownerOf('zoë'),
    },
  });
});

test('the client has a method for every operation of the contract, for archives and shells', async () => {
  const { client } = await serveFake();
  expect(Object.keys(client).toSorted()).toEqual([...Object.keys(contract), 'upload', 'shell'].toSorted());
});

test('a client may be handed on by a promise', async () => {
  const { client } = await serveFake();
  expect(await Promise.resolve(client)).toBe(client);
});
