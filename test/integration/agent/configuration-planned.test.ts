import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { slipway } from '../../fixtures/slipway.ts';
import { freePorts } from '../../support/free-port.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

interface File {
  listen: unknown;
  apps: Record<string, unknown>[];
}

async function planned(workshop: Workshop) {
  const { configFile } = workshop;
  const json = await slipway(['config', 'apply', '--dry-run', '--json', '--config', configFile]);
  const text = await slipway(['config', 'apply', '--dry-run', '--config', configFile]);
  return { plan: JSON.parse(json.stdout), text: text.stdout };
}

test('a dry run says what applying the file then does, and changes nothing', async () => {
  const workshop = await Workshop.running({ replicas: 3, app: { replicas: 2 } });
  await workshop.untilState('running');
  const client = await workshop.client();
  const edit = (change: (file: File) => void) => {
    const file = parse(fs.readFileSync(workshop.configFile, 'utf8')) as File;
    change(file);
    fs.writeFileSync(workshop.configFile, stringify(file));
  };
  const lives = async () =>
    (await client.status({})).apps.flatMap(({ instances }) =>
      instances.map(({ instance, pid, restarts }) => ({ instance, pid, restarts })),
    );
  expect(await planned(workshop)).toMatchObject({ plan: { apps: [] }, text: 'nothing would change\n' });

  const port = await freePorts(1);
  const queue = { name: 'queue', command: 'sleep 100000', replicas: 2 };
  edit((file) => {
    Object.assign(file.apps[0] ?? {}, { replicas: 3, rollback_after: '5m', env: { GREETING: 'changed' } });
    file.listen = `127.0.0.1:${port}`;
    const root = path.join(workshop.folder, 'shop');
    const workers = [queue, { name: 'mail', command: 'sleep 100000' }];
    file.apps.push({ name: 'shop', kind: 'site', root, source: { type: 'upload' }, workers });
  });
  const before = await lives();
  const first = await planned(workshop);
  expect(first.plan).toMatchObject({
    file: workshop.configFile,
    apps: [
      {
        ...{
          app: 'web',
          change: 'changed',
          keys: expect.arrayContaining(['replicas', 'rollback_after', 'env']),
        },
        ...{ starts: ['web/3'], stops: [], restarts: ['web/1', 'web/2'] },
      },
      { app: 'shop', change: 'added', keys: [], restarts: [] },
    ],
    after_restart: ['listen'],
    problems: [],
  });
  expect(first.text).toMatch(
    /^web: .* changed; web\/3 is started; web\/1, web\/2 are restarted one by one\nshop: is added\nlisten: takes effect/,
  );
  expect(await lives()).toEqual(before);
  expect((await client.status({})).apps.map(({ app }) => app)).toEqual(['web']);
  expect((await planned(workshop)).plan).toEqual(first.plan);

  const { message } = await client.applyConfiguration();
  expect(message.split('\n').map((line) => line.split(':')[0])).toEqual(['web', 'shop', 'listen']);
  await waitFor(
    'all that was to be restarted, and nothing else, to be so',
    async () => {
      const after = (await lives()).filter(({ pid }) => pid !== null);
      const kept = after.filter(({ pid }) => before.some((each) => each.pid === pid));
      return after.length === 3 && kept.length === 0;
    },
    SELDOM,
  );
  await workshop.untilState('running');
  expect((await lives()).map(({ restarts }) => restarts.forced)).toEqual([1, 1, 0, 0, 0, 0]);
  expect((await planned(workshop)).plan).toMatchObject({ apps: [], after_restart: [] });

  // Whom a change of the file does not concern, or a person has stopped, is not restarted.
  await client.stop({ app: 'web', instance: '2' });
  edit((file) => {
    Object.assign(file.apps[0] ?? {}, { env: {}, replicas: 2 });
    Object.assign(file.apps[1] ?? {}, { workers: [{ ...queue, command: 'sleep 1000' }] });
  });
  const second = await planned(workshop);
  expect(second.plan.apps).toMatchObject([
    { app: 'web', starts: [], stops: ['web/3'], restarts: ['web/1'] },
    { app: 'shop', keys: ['workers'], stops: ['shop/mail.1'], restarts: ['shop/queue.1', 'shop/queue.2'] },
  ]);
  await client.applyConfiguration();
  edit((file) => file.apps.pop());
  expect(await planned(workshop)).toMatchObject({
    plan: { apps: [{ app: 'shop', change: 'removed', stops: ['shop/queue.1', 'shop/queue.2'] }] },
    text: expect.stringMatching(
      /^shop: is removed; shop\/queue\.1, shop\/queue\.2 are stopped, its data is kept/,
    ),
  });

  edit((file) => Object.assign(file.apps[0] ?? {}, { replicaz: 2 }));
  const refused = await slipway(['config', 'apply', '--dry-run', '--config', workshop.configFile]);
  const alsoRefused = await slipway(['config', 'apply', '--config', workshop.configFile]);
  expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining('replicaz')]);
  expect(refused.stderr).toBe(alsoRefused.stderr);
});
