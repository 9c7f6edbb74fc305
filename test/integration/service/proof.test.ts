import fs from 'node:fs';
import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

test('a release that stops answering, or never answers, is taken back at once, with the reason', async () => {
  const workshop = await Workshop.running({
    replicas: 2,
    app: { ready: { http: '/health' }, restart: { max_retries: 1, max_delay: '50ms' } },
  });
  const client = await workshop.client();

  // Were the answers of the proof not counted, it would take ten minutes.
  workshop.configure({ prove_after: '10m' });
  await client.applyConfiguration();
  workshop.publish('1.1.0', { WEB_CLOSE_AFTER_MS: 1500 });
  const closed = await workshop.untilDeployed('1.1.0', 'rolled_back');
  expect(closed.reason).toMatch(
    /web\/\d is not ready any more: GET \/health on port \d+: connection refused, 3 times in a row/,
  );
  expect((await workshop.app()).ghosted.map(({ version }) => version)).toEqual(['1.1.0']);

  // Nor is rollback_after waited for where nothing more is to come.
  workshop.publish('1.2.0', { WEB_EXIT_AFTER_MS: 1, WEB_EXIT_STATUS: 7, WEB_STDERR: 'error: no database' });
  const given = await workshop.untilDeployed('1.2.0', 'rolled_back');
  expect(given.reason).toMatch(
    /web\/1: .*exit status 7.*given up after 1 restarts; last: .*error: no database/,
  );

  workshop.configure({ prove_after: '100ms', rollback_after: '1s' });
  await client.applyConfiguration();
  workshop.publish('1.3.0', { WEB_HEALTH: 503 });
  // On a busy machine it does not even listen within that.
  const asked = new RegExp(
    `web/1 is starting: .*; GET /health on port ${workshop.port}: (503|connection refused)$`,
  );
  const unready = await workshop.untilDeployed('1.3.0', 'rolled_back');
  expect(unready.reason).toMatch(asked);
  expect(unready.steps.find(({ name }) => name === 'roll-out')?.reason).toMatch(asked);

  // What is asked meanwhile is told meanwhile.
  workshop.configure({ rollback_after: '10m' });
  await client.applyConfiguration();
  workshop.publish('1.4.0', { WEB_HEALTH: 503 });
  await waitFor('the status to tell of the answer', async () => {
    const [first] = (await workshop.app()).instances;
    return first?.state === 'starting' && first.reason.endsWith(`GET /health on port ${workshop.port}: 503`);
  });
  const id = (await workshop.app()).deployment;
  await client.cancel({ id: id ?? 0 });

  const app = await workshop.untilState('running');
  expect(app.instances.map(({ version }) => version)).toEqual(['1.0.0', '1.0.0']);
});

test('restart and start return at the third unexpected exit, or as soon as one is given up', async () => {
  const workshop = await Workshop.running({
    replicas: 2,
    app: { restart: { max_delay: '50ms', max_retries: 5000 } },
  });
  const client = await workshop.client();
  const hint = expect.stringMatching(
    /^it is tried \d+ more times \(restart.max_retries\); what else is to be restarted waits/,
  );
  // Both run in the one tree.
  fs.writeFileSync(
    `${workshop.data}/service/web/1/current/behaviour.json`,
    JSON.stringify({ WEB_EXIT_AFTER_MS: 1, WEB_EXIT_STATUS: 5, WEB_STDERR: 'error: no database' }),
  );
  const crashes = async () => (await workshop.app()).instances.map(({ restarts }) => restarts.crash);
  const second = (await workshop.app()).instances[1];

  await expect(client.restart({ app: 'web' })).rejects.toMatchObject({
    code: 'not_ready',
    message: expect.stringMatching(/^web\/1 is not ready: .*exit status 5.*error: no database/),
    hint,
  });
  expect((await crashes())[0]).toBeGreaterThanOrEqual(3);
  // The other one is not touched meanwhile.
  expect((await workshop.app()).instances[1]?.pid).toBe(second?.pid);
  await expect(client.restart({ app: 'web', instance: '2' })).rejects.toMatchObject({
    message: expect.stringContaining('web/1 is not ready'),
    hint,
  });

  workshop.configure({ restart: { max_delay: '50ms', max_retries: 1 } });
  await client.applyConfiguration();
  await waitFor(
    'it to be given up',
    async () => (await workshop.app()).instances[0]?.state === 'failed',
    SELDOM,
  );
  const [before = 0] = await crashes();
  for (const order of [client.start, client.restart]) {
    await expect(order({ app: 'web', instance: '1' })).rejects.toMatchObject({
      message: expect.stringContaining('given up after 1 restarts'),
      hint: 'it is not tried again by itself',
      next: expect.stringContaining('slipway restart web/1'),
    });
  }
  // Each was another attempt: a start and one restart of it.
  expect((await crashes())[0]).toBe(before + 4);
  expect((await workshop.app()).instances[1]?.pid).toBe(second?.pid);

  fs.writeFileSync(`${workshop.data}/service/web/1/current/behaviour.json`, '{}');
  await client.restart({ app: 'web' });
  const after = await workshop.app();
  expect(after.state).toBe('running');
  expect(after.instances[1]?.pid).not.toBe(second?.pid);
});
