import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const VALUE = 'a value that nobody else may read';

test('a secret of a service is in the environment of its instances, after a rolling restart', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  const client = await workshop.client();
  const before = (await workshop.app()).instances.map(({ pid }) => pid);
  const environment = async (i: number) =>
    (await workshop.ask(i, '/env')) as unknown as Record<string, string>;
  const untilRestarted = async (former: (number | null)[]) =>
    await waitFor(
      'both to be started anew',
      async () => {
        const { state, instances } = await workshop.app();
        return (
          state === 'running' &&
          instances.every(({ pid, state: is }, index) => is === 'ready' && pid !== former[index])
        );
      },
      SELDOM,
    );

  const done = await client.changeSecrets({ app: 'web', set: { API_KEY: VALUE } });
  expect(done.message).toBe(
    'API_KEY changed; its instances are restarted one by one, and have the new value from then on',
  );
  await untilRestarted(before);
  expect([(await environment(1)).API_KEY, (await environment(2)).API_KEY]).toEqual([VALUE, VALUE]);
  expect(await client.secrets({ app: 'web' })).toEqual([{ name: 'API_KEY', set_at: expect.any(String) }]);

  for (const name of ['PORT', 'RELEASE_NODE', 'SLIPWAY_X'])
    await expect(client.changeSecrets({ app: 'web', set: { [name]: VALUE } })).rejects.toMatchObject({
      code: 'secret_invalid',
    });

  const after = (await workshop.app()).instances.map(({ pid }) => pid);
  await client.changeSecrets({ app: 'web', unset: ['API_KEY'] });
  await untilRestarted(after);
  expect((await environment(1)).API_KEY).toBeUndefined();
  expect(filesWith(VALUE, workshop)).toEqual([]);
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
