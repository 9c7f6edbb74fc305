import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request } from '../../support/haproxy.ts';
import { proxyLoad } from '../../support/proxy-load.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const HOST = 'web.test';

test('a batch is rolled out and restarted abreast, and no request fails', async () => {
  const http = await freePorts(1);
  const spare_port = await freePorts(3);
  const app = { domains: [HOST], roll_out: { batch: '70%', drain: '5s', spare_port } };
  const workshop = await Workshop.running({
    replicas: 3,
    app,
    host: { proxy: { http: `127.0.0.1:${http}` } },
  });
  await waitFor('the proxy', async () => (await request(http, HOST)).status === 200, SELDOM);
  const { end } = proxyLoad(http, { host: HOST });
  const successors = async () =>
    (await workshop.app()).instances
      .filter(({ successor }) => successor !== null)
      .map(({ instance }) => instance);
  const twoTogether = () =>
    waitFor('two together', async () => {
      const names = await successors();
      expect(names.length).toBeLessThanOrEqual(2);
      return names.length === 2 && names;
    });

  workshop.publish('2.0.0', { WEB_START_DELAY_MS: 1000 });
  expect(await twoTogether()).toEqual(['web/1', 'web/2']);
  await workshop.untilDeployed('2.0.0');
  const client = await workshop.client();
  const restarted = client.restart({ app: 'web' });
  expect(await twoTogether()).toEqual(['web/1', 'web/2']);
  await restarted;
  expect((await workshop.app()).instances.map(({ restarts }) => restarts.forced)).toEqual([1, 1, 1]);
  // Of a bad one neither its companion nor the third goes on.
  workshop.publish('3.0.0', { WEB_EXIT_AFTER_MS: 200, WEB_START_DELAY_MS: 10_000 });
  const { steps } = await workshop.untilDeployed('3.0.0', 'rolled_back');
  expect(steps.filter(({ name }) => name === 'roll-out').map(({ state }) => state)).toEqual([
    'cancelled',
    'cancelled',
    'skipped',
  ]);
  const answers = await end();
  expect(answers.filter((answer) => !/^[12]\.0\.0$/.test(answer))).toEqual([]);
});
