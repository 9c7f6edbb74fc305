import { expect, test } from 'vitest';
import type { Access } from '../../../src/access/index.ts';
import { contract } from '../../../src/api/contract.ts';
import { deedOf } from '../../../src/api/deeds.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { deployment, shop } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { waitFor } from '../../support/wait-for.ts';

const ALL = { app: null, apps: null, actor: null, limit: 100, before: null };

test('each operation that changes something is written down, or does so itself', () => {
  const itself = ['logIn', 'secondFactor', 'passkeyOptions', 'passkeyLogIn', 'lookAtInvitation'];
  const nothing = ['acceptInvitation', 'logOut', 'setUpTotp', 'passkeyRegistration'];
  const changing = Object.entries(contract).filter(([, each]) => each['~orpc'].route.method !== 'GET');
  const missing = changing.filter(([name]) => deedOf(name) === null).map(([name]) => name);
  expect(missing.toSorted(compare)).toEqual([...itself, ...nothing].toSorted(compare));
});

test('a deed is written down before it is done, and what it has changed after it', async () => {
  const { access, backend, client } = await serveFake();
  let go = () => {};
  backend.gate = new Promise((resolve) => {
    go = resolve;
  });
  const pinned = client.pin({ app: 'shop', version: '2.0' });
  await waitFor('the deed to begin', () => backend.calls.length === 1);
  const begun = { actor: 'alice', address: null, app: 'shop', action: 'pin', subject: 'shop 2.0' };
  expect(newest(access)).toMatchObject({ ...begun, outcome: 'begun', before: { pinned: null }, after: null });
  backend.apps = [shop({ pinned: '2.0' })];
  go();
  await pinned;
  expect(newest(access)).toMatchObject({
    ...{ ...begun, outcome: 'succeeded', reason: null },
    ...{ before: { pinned: null }, after: { pinned: '2.0' } },
  });
});

test('a deed that fails or is refused says why', async () => {
  const { access, backend, client } = await serveFake();
  backend.failure = new SlipwayError('start_failed', { message: 'no such program' });
  await expect(client.restart({ app: 'shop', instance: '2' })).rejects.toThrow('no such program');
  expect(newest(access)).toMatchObject({
    ...{ action: 'restart', subject: 'shop/2', outcome: 'failed', reason: 'no such program' },
    ...{ before: null, after: null },
  });
  backend.failure = new SlipwayError('version_ghosted', { message: '2.0 is ghosted' });
  await expect(client.deploy({ app: 'shop', version: '2.0' })).rejects.toThrow('2.0 is ghosted');
  expect(newest(access)).toMatchObject({ action: 'deploy', outcome: 'refused', reason: '2.0 is ghosted' });
});

test('what was asked for and what came of it is told, values of variables never', async () => {
  const { access, backend, client } = await serveFake();
  backend.put(deployment());
  await client.deploy({ app: 'shop', version: '2.0', force: true });
  expect(newest(access)?.after).toEqual({ deployment: 7, version: '2.0', force: true });
  await client.changeSecrets({ app: 'shop', set: { TOKEN: 'hunter22' }, unset: ['OLD'] });
  expect(newest(access)).toMatchObject({ action: 'secret set', after: { set: ['TOKEN'], unset: ['OLD'] } });
  await client.changeEnv({ app: 'shop', unset: ['A'] });
  expect(newest(access)).toMatchObject({ action: 'env unset', after: { unset: ['A'] } });
  await client.createToken({ name: 'ci', role: 'deployer', apps: ['shop'] });
  expect(newest(access)).toMatchObject({
    ...{ action: 'token create', subject: 'ci', app: null },
    after: { id: 1, role: 'deployer', apps: ['shop'] },
  });
  await client.inviteUser({ role: 'viewer' });
  expect(newest(access)).toMatchObject({
    action: 'user invite',
    subject: 'somebody',
    after: { role: 'viewer' },
  });
  await client.changePassword({ current: 'the present one', password: 'the next one' });
  expect(newest(access)?.action).toBe('password');
  const all = JSON.stringify(access.audit.list(ALL));
  for (const secret of ['hunter22', 'the present one', 'the next one', 'slw_', 'another-secret', '#one-time'])
    expect(all).not.toContain(secret);
});

test('who only looks is not written down', async () => {
  const { access, client } = await serveFake();
  await client.status({});
  await client.users({});
  await client.secrets({ app: 'shop' });
  await client.me({});
  expect(access.audit.list(ALL)).toEqual([]);
});

function newest(access: Access) {
  return access.audit.list(ALL)[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
