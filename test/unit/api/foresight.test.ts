import { expect, test } from 'vitest';
import { serveFake } from '../../fixtures/serve-fake.ts';

test('names of variables are told without their values', async () => {
  const { backend, client } = await serveFake();
  backend.variables = [{ name: 'DATABASE_URL', value: 'postgres://secret' }];
  expect(await client.envNames({ app: 'shop' })).toEqual(['DATABASE_URL']);
});

test('what a rollback would do is asked of the release that it leads to', async () => {
  const { backend, client } = await serveFake();
  expect(await client.planRollback({ app: 'shop', to: 3 })).toMatchObject({
    app: 'shop',
    kind: 'rollback',
    pins: true,
  });
  expect(backend.calls[0]).toEqual({ operation: 'planRollback', input: { app: 'shop', to: 3 } });
});
