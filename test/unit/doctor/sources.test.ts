import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { outlineConfiguration } from '../../../src/config/index.ts';
import type { RunningAgent } from '../../../src/doctor/index.ts';
import { checkSources } from '../../../src/doctor/sources.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const nobody = async (): Promise<RunningAgent> => {
  throw new Error('no agent runs');
};

/** A server of buckets: below /open there is nothing, /shut is denied, and of /silent nothing is heard. */
async function bucketServer() {
  const asked: string[] = [];
  const silent = { now: 0, most: 0 };
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.startsWith('/silent/')) {
      silent.most = Math.max(silent.most, ++silent.now);
      response.on('close', () => silent.now--);
      return;
    }
    response.writeHead(request.url?.startsWith('/shut/') ? 403 : 404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, silent };
}

function configured(sources: Record<string, string>) {
  const folder = temporaryFolder();
  const file = path.join(folder, 'slipway.yaml');
  const apps = Object.entries(sources).map(
    ([name, source], at) =>
      `- { name: ${name}, kind: service, runtime: command, start: x, port: ${6000 + at * 10}, source: { type: bucket, ${source} } }\n`,
  );
  fs.writeFileSync(file, `data: ${folder}\nlogs: ${folder}\napps:\n${apps.join('')}`);
  return outlineConfiguration({ file, env: {} });
}

test('without an agent each bucket on a server is asked, side by side, and not for long', async () => {
  const { url, asked, silent } = await bucketServer();
  const configuration = configured({
    ...{ silent: `url: "${url}/silent"`, mute: `url: "${url}/silent"`, open: `url: "${url}/open"` },
    ...{ shut: `url: "${url}/shut"`, nowhere: 'url: "http://127.0.0.1:1/x"', folder: 'url: /nowhere/yet' },
    secret: `url: "${url}/open", token: { secret: token }`,
  });
  const checks = await checkSources(configuration, { ask: nobody, lookMs: 1500 });
  expect(silent.most).toBe(2);
  const current = (app: string) => `versions/${app}/production/current.json`;
  const late = (app: string) => ({
    ...{ name: 'source', state: 'fail', message: `${app}: ${url}/silent does not answer in 1.5 s` },
    ...{ mend: `curl -sSI ${url}/silent/${current(app)}`, note: null },
  });
  expect(checks).toEqual([
    late('silent'),
    late('mute'),
    {
      ...{ name: 'source', state: 'fail', mend: `curl -sSI ${url}/shut/${current('shut')}` },
      ...{ message: `shut: ${url}/shut/${current('shut')}: the server denies access (403)`, note: null },
    },
    {
      ...{ name: 'source', state: 'fail', mend: `curl -sSI http://127.0.0.1:1/x/${current('nowhere')}` },
      message: `nowhere: http://127.0.0.1:1/x/${current('nowhere')} cannot be reached: nothing listens there`,
      note: null,
    },
    { name: 'source', state: 'ok', message: '1 of 7 can be read', mend: null, note: null },
  ]);
  // What its token is, only the agent knows.
  expect(asked).not.toContain(`/open/${current('secret')}`);
});

test('an agent that runs has looked itself: its word is taken, with its mend', async () => {
  const { url, asked } = await bucketServer();
  const configuration = configured({
    shop: `url: "${url}/open"`,
    api: `url: "${url}/open"`,
    web: 'url: /nowhere',
  });
  const ask = async (): Promise<RunningAgent> => ({
    ...{ version: '1.0.0', pid: 1, instances: [] },
    sources: [
      { app: 'shop', state: 'error', reason: 'access is denied (mend: aws s3 ls)' },
      { app: 'api', state: 'ok', reason: null },
      { app: 'web', state: 'waiting', reason: 'nothing is published yet' },
    ],
  });
  expect(await checkSources(configuration, { ask })).toEqual([
    { name: 'source', state: 'fail', message: 'shop: access is denied', mend: 'aws s3 ls', note: null },
    { name: 'source', state: 'ok', message: '1 of 3 can be read', mend: null, note: null },
  ]);
  expect(asked).toEqual([]);
});
