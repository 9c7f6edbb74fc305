import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** Never by itself within a test. */
const YEARLY = '0 0 1 1 *';

test('a service has cron: once on the host, in the live release, and over the death of the agent', async () => {
  const workshop = await Workshop.make({ replicas: 2 });
  const go = path.join(workshop.folder, 'go');
  const often = path.join(workshop.folder, 'often');
  workshop.configure({
    env: { GREETING: 'hello' },
    cron: [
      { name: 'often', schedule: '* * * * * *', command: { sh: [`echo "$GREETING $PWD" >>'${often}'`] } },
      {
        name: 'long',
        schedule: YEARLY,
        command: {
          sh: ['env | grep -E "^(PORT|RELEASE_NODE)="', `until [ -e '${go}' ]; do sleep 0.05; done`],
        },
      },
    ],
  });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const release = path.join(workshop.data, 'service/web/release/deployment_1.1.0.0');
  const lines = await waitFor('it to run', () => fs.readFileSync(often, 'utf8').trim().split('\n'));
  expect(lines[0]).toBe(`hello ${fs.realpathSync(release)}`);

  const client = await workshop.client();
  await client.runCron({ app: 'web', entry: 'long' });
  await expect(client.runCron({ app: 'web', entry: 'long' })).rejects.toMatchObject({
    message: expect.stringContaining('its former run still goes on'),
  });
  await workshop.kill();
  await workshop.start();
  const entry = async () =>
    (await (await workshop.client()).cron({ app: 'web' })).find(({ name }) => name === 'long');
  expect(await entry()).toMatchObject({ running: true, schedule: YEARLY });
  // What it runs in is kept, however many releases come after it.
  workshop.configure({ keep: 1 });
  await (await workshop.client()).applyConfiguration({});
  for (const version of ['1.1.0', '1.2.0', '1.3.0']) {
    workshop.publish(version);
    await workshop.untilDeployed(version);
  }
  expect(fs.existsSync(release)).toBe(true);
  fs.writeFileSync(go, '');
  await waitFor('it to end', async () => (await entry())?.running === false, SELDOM);
  expect((await entry())?.runs).toMatchObject([{ status: 0, reason: 'started by test; exit status 0' }]);
  const log = path.join(workshop.logs, 'web/web-cron-long-stdout.log');
  expect(fs.readFileSync(log, 'utf8')).toBe('RELEASE_NODE=web-cron\n');

  // A person who stops the app stops what its cron runs, and no more of it is begun.
  fs.rmSync(go);
  await (await workshop.client()).runCron({ app: 'web', entry: 'long' });
  await (await workshop.client()).stop({ app: 'web' });
  expect(await entry()).toMatchObject({ running: false });
  await expect((await workshop.client()).runCron({ app: 'web', entry: 'long' })).rejects.toMatchObject({
    message: expect.stringContaining('web is stopped'),
  });
});
