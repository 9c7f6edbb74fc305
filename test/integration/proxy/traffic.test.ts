import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request } from '../../support/haproxy.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop } from '../../support/workshop.ts';

const HOST = 'web.test';

/** Answers /fail with 500, /slow after 200 ms, and begins an answer to /long at once that takes half a second. */
const program = (version: string) => `import http from 'node:http';
http.createServer((request, response) => {
  if (request.url.startsWith('/fail')) response.statusCode = 500;
  if (request.url === '/slow') return setTimeout(() => response.end('slow'), 200);
  if (request.url === '/long') return response.write('x'), setTimeout(() => response.end('y'), 500);
  response.end('${version}');
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const shownAs = (status: number, at: string) =>
  new RegExp(`^\\S+ \\S+ ${status} GET ${HOST}${at} \\S+ web/[12]b? 127\\.0\\.0\\.1$`);

test('status tells what came through by app, instance and release, and so does the next agent', async () => {
  const http = await freePorts(1);
  const workshop = await Workshop.make({
    replicas: 2,
    app: { domains: [HOST] },
    host: { proxy: { http: `127.0.0.1:${http}` } },
  });
  const publish = (version: string) => {
    workshop.bucket.putFiles(version, {
      'server.js': program(version),
      'package.json': '{"type":"module"}',
    });
    workshop.bucket.offer({ version, hash: 'local' });
  };
  publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const ask = async (at: string, count = 1) => {
    const answers = Array.from({ length: count }, () => request(http, HOST, { path: at }));
    return (await Promise.all(answers)).map(({ status }) => status);
  };
  await waitFor('the proxy', async () => (await ask('/ready')).includes(200), SELDOM);
  const seen = () => fs.readFileSync(path.join(workshop.logs, 'proxy/access.log'), 'utf8');
  const counted = () => seen().match(/"app":"web","slot":"\d/g)?.length ?? 0;
  const before = counted();
  await ask('/', 10);
  await ask('/fail', 5);
  await ask('/slow', 4);
  await ask('/long');
  const { instances, traffic } = await waitFor(
    'all of it',
    async () => {
      const app = await workshop.app();
      return app.traffic?.requests === before + 20 ? app : null;
    },
    SELDOM,
  );
  expect(traffic).toMatchObject({ sampled: false, releases: [{ version: '1.0.0', requests: before + 20 }] });
  expect(traffic?.errors_percent).toBeCloseTo((5 / (before + 20)) * 100, 1);
  expect(traffic?.p50_ms).toBeLessThan(150);
  // Of what takes long to be sent, the beginning counts.
  expect(traffic?.p99_ms).toBeGreaterThan(190);
  expect(instances.map((each) => each.traffic?.requests ?? 0).reduce((sum, each) => sum + each)).toBe(
    before + 20,
  );
  expect(instances.every((each) => (each.traffic?.requests ?? 0) > 0)).toBe(true);

  const access = (...args: string[]) =>
    execFileSync(LAUNCHER, ['logs', 'web', '--access', '--config', workshop.configFile, ...args], {
      encoding: 'utf8',
    });
  const shown = access('--status', '5xx', '-n', '2').trimEnd().split('\n');
  expect(shown).toEqual([500, 500].map((status) => expect.stringMatching(shownAs(status, '/fail'))));
  expect(access('--slower', '150ms').match(/GET web\.test\/slow/g)).toHaveLength(4);
  const [long] = access('--grep', '/long', '--json').trimEnd().split('\n');
  expect(JSON.parse(long ?? '')).toMatchObject({
    app: 'web',
    status: 200,
    path: '/long',
    method: 'GET',
    end: '--',
  });
  expect(access('--since', '1h').trimEnd().split('\n')).toHaveLength(
    seen().match(/"app":"web"/g)?.length ?? 0,
  );
  expect(() => access('--status', 'bad')).toThrow(/--status takes statuses/);

  // The next agent reads it from the log, and what ran from the journal.
  await workshop.kill();
  await ask('/fail?secret', 5);
  await workshop.start();
  expect((await workshop.app()).traffic?.releases).toMatchObject([
    { version: '1.0.0', requests: before + 25 },
  ]);
  publish('2.0.0');
  await workshop.untilDeployed('2.0.0');
  await ask('/', 7);
  await waitFor(
    'both releases',
    async () => {
      const releases = (await workshop.app()).traffic?.releases ?? [];
      const told = releases.map(({ version, requests }) => `${version} ${requests}`).join();
      if (told !== `2.0.0 7,1.0.0 ${before + 25}`) throw new Error(told);
      return true;
    },
    SELDOM,
  );

  // What the proxy answers as it is told says nothing of the app; what nobody is there to answer does.
  const client = await workshop.client();
  const requests = async () => (await workshop.app()).traffic?.requests ?? 0;
  const former = await requests();
  await client.setMaintenance({ app: 'web', on: true });
  expect(await ask('/', 3)).toEqual([503, 503, 503]);
  await waitFor('the lines', () => (seen().match(/"status":503/g)?.length ?? 0) === 3);
  expect(await requests()).toBeLessThanOrEqual(former);
  expect(seen()).not.toContain('secret');
});
