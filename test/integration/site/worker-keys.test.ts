import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SiteWorkshop } from '../../support/site.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

const WORKER = 'while :; do sleep 0.05; done\n';

test('a worker of 0 replicas does not run, and one with a schedule is restarted alone, uncounted', async () => {
  const site = await SiteWorkshop.make({ site: {} });
  const worker = { command: 'bash worker.sh', stop: { signal: 'SIGTERM' } };
  const workers = (schedule: string | null) => [
    { ...worker, name: 'queue', replicas: 0 },
    { ...worker, name: 'mail', restart: { schedule } },
    { ...worker, name: 'other' },
  ];
  site.workshop.configure({ workers: workers(null) });
  site.repository.push({ 'worker.sh': WORKER });
  await site.workshop.start();
  await site.deploy();
  const before = await site.workshop.untilState('running');
  expect(before.instances.map(({ instance }) => instance)).toEqual(['shop/mail.1', 'shop/other.1']);
  const client = await site.workshop.client();
  await expect(client.restart({ app: 'shop', instance: 'queue' })).rejects.toMatchObject({
    ...{ code: 'not_running', next: 'slipway config apply' },
    message: '0 replicas of shop/queue are configured, so there is nothing to restart',
  });

  site.workshop.configure({ workers: workers('* * * * * *') });
  await client.applyConfiguration({});
  const [mail, other] = before.instances;
  const after = await waitFor(
    'the worker to be another',
    async () => {
      const app = await site.workshop.app();
      const [now] = app.instances;
      return now?.state === 'ready' && now.pid !== mail?.pid && app;
    },
    SELDOM,
  );
  expect(after.instances[1]?.pid).toBe(other?.pid);
  expect(after.instances[0]?.restarts).toEqual({ crash: 0, forced: 0 });
  const log = fs.readFileSync(path.join(site.workshop.logs, 'slipway/slipway-agent-stdout.log'), 'utf8');
  expect(log).toContain('shop/mail is restarted by its schedule');

  // A site whose workers all have 0 replicas is what its directory is.
  site.workshop.configure({ workers: [{ ...worker, name: 'queue', replicas: 0 }] });
  await client.applyConfiguration({});
  await site.workshop.untilState('running');
  expect(await client.start({ app: 'shop' })).toEqual({
    message: expect.stringContaining('0 replicas are configured'),
  });
  await expect(site.deploy()).resolves.toMatchObject({ state: 'succeeded' });
});
