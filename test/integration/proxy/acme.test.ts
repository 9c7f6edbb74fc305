import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ProxyControl, ProxyFolder } from '../../../src/proxy/index.ts';
import { freePorts } from '../../support/free-port.ts';
import { handshake, request, selfSigned } from '../../support/haproxy.ts';
import { Pebble } from '../../support/pebble.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop } from '../../support/workshop.ts';

/** Whom the app lets in: the authority is somebody else. */
const FRIEND = '127.0.0.3';

/** New connections, and requests on kept ones, all the time. Ends with what has failed, and how much went well. */
function load(port: number, servername: string): { end(): Promise<{ failed: string[]; done: number }> } {
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false, servername });
  const failed: string[] = [];
  let [done, isOver] = [0, false];
  const ask = () =>
    new Promise<void>((resolve) => {
      const options = { host: '127.0.0.1', port, agent, localAddress: FRIEND, headers: { host: servername } };
      const sent = https.get(options, (response) => {
        if (response.statusCode === 200) done++;
        else failed.push(String(response.statusCode));
        response.resume().once('end', resolve).once('error', resolve);
      });
      sent.once('error', (error) => {
        failed.push(error.message);
        resolve();
      });
    });
  const connect = async () => {
    if ((await handshake(port, servername)) === 'refused') failed.push('a handshake');
    else done++;
  };
  const all = [ask, ask, connect, connect].map(async (each) => {
    while (!isOver) await each();
  });
  return {
    async end() {
      isOver = true;
      await Promise.all(all);
      agent.destroy();
      return { failed, done };
    },
  };
}

test('certificates come, are renewed under load, and are used on while there is no authority', async () => {
  const http = await freePorts(2);
  const tls = http + 1;
  const pebble = await Pebble.start({ httpPort: http });
  const workshop = await Workshop.make({
    replicas: 1,
    app: {
      domains: ['a.test', { host: 'www.test', redirect: 'a.test' }, 'lost.test', 'file.test'],
      allow: [FRIEND],
    },
  });
  const certificate = path.join(workshop.folder, 'file.pem');
  fs.writeFileSync(certificate, selfSigned('file.test').pem);
  workshop.host = {
    proxy: {
      http: `127.0.0.1:${http}`,
      https: `127.0.0.1:${tls}`,
      certificates: [certificate],
      acme: { email: 'ops@example.com', directory: pebble.directory, ca: pebble.ca },
    },
  };
  workshop.configure({});
  workshop.publish('1.0.0');
  // Somebody else's address.
  await pebble.tellDns('add-a', { host: 'lost.test', addresses: ['127.0.0.9'] });
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const client = async () => await workshop.client();
  const acme = async () => {
    const found = (await (await client()).certificates()).find(({ source }) => source === 'acme');
    if (found === undefined) throw new Error('none');
    return found;
  };
  const untilReady = async () =>
    await waitFor(
      'HAProxy',
      async () => (await (await client()).status({})).agent.proxy?.state === 'ready',
      SELDOM,
    );
  const renew = async (name: string) => (await (await client()).renewCertificates({ name })).message;
  const ask = async (host: string, at = '/') => await request(http, host, { path: at, localAddress: FRIEND });

  // Let in by nobody but the app's friends, the authority finds what it asks for all the same; a name that fails keeps none.
  await waitFor('a certificate', async () => (await handshake(tls, 'a.test')) !== 'refused', SELDOM);
  await waitFor('the redirect', async () => (await ask('a.test')).status === 308, SELDOM);
  expect((await ask('www.test')).headers.location).toBe(`https://a.test:${tls}/`);
  expect((await acme()).names.toSorted()).toEqual(['a.test', 'www.test']);
  const unproven = await acme();
  expect(unproven).toMatchObject({
    missing: ['lost.test'],
    app: 'web',
    state: 'valid',
    issuer: expect.stringContaining('Pebble'),
    failure: { reason: expect.stringContaining('lost.test: ') },
  });
  expect(Date.parse(unproven.failure?.next_attempt_at ?? '')).toBeGreaterThan(Date.now() + 600_000);
  // Without one it is answered on http alone, and gets none of another's.
  expect(await handshake(tls, 'lost.test')).toBe('refused');
  expect((await ask('lost.test')).status).toBe(200);
  const { warnings } = (await (await client()).status({})).agent;
  expect(warnings).toContainEqual(expect.stringMatching(/^certificates: none for lost\.test: /));
  // Whatever else is below that path goes the way of any request.
  const challenge = '/.well-known/acme-challenge/abc';
  expect((await request(http, 'lost.test', { path: challenge })).status).toBe(403);
  expect((await ask('lost.test', challenge)).status).toBe(200);
  await expect(renew('lost.test')).rejects.toMatchObject({ code: 'acme_failed' });
  await expect(renew('file.test')).rejects.toThrow('no certificate is ordered for "file.test"');
  await pebble.tellDns('clear-a', { host: 'lost.test' });
  expect(await renew('lost.test')).toBe('there is a new certificate for a.test, www.test, lost.test');
  await waitFor('the redirect', async () => (await ask('lost.test')).status === 308, SELDOM);
  expect(await acme()).toMatchObject({ missing: [], failure: null });
  const shown = execFileSync(LAUNCHER, ['certs', 'list', '--config', workshop.configFile], {
    encoding: 'utf8',
  });
  expect(shown).toMatch(/^file\.test +file +file\.test .* by hand +valid$/m);
  expect(shown).toMatch(/^\S+\.test \+2 +acme +Pebble .*valid$/m);

  const logged = (text: string) => workshop.agentOutput().split(text).length - 1;
  const orders = () => pebble.log().match(/Added order /g)?.length ?? 0;
  const [ordered, reloaded] = [orders(), logged('given its new configuration')];
  const busy = load(tls, 'a.test');
  const seen = new Set([await handshake(tls, 'a.test')]);
  for (let time = 0; time < 3; time++) {
    await renew('web');
    seen.add(
      await waitFor('it', async () => {
        const digest = await handshake(tls, 'a.test');
        return !seen.has(digest) && digest;
      }),
    );
  }
  // An agent that is killed orders nothing again.
  await workshop.kill();
  // One that is killed while an authority is to look leaves something to be found, until the next one is there.
  const control = new ProxyControl(new ProxyFolder(path.join(workshop.data, 'proxy')));
  await control.setChallenges(new Map([[challenge, 'abc.def']]));
  expect((await request(http, 'lost.test', { path: challenge })).body).toBe('abc.def');
  await workshop.start();
  await untilReady();
  await waitFor(
    'its end',
    async () => (await request(http, 'lost.test', { path: challenge })).status === 403,
  );
  const { failed, done } = await busy.end();
  expect(failed).toEqual([]);
  expect(done).toBeGreaterThan(100);
  expect(seen.size).toBe(4);
  expect(orders()).toBe(ordered + 3);
  expect(logged('given its new configuration')).toBe(reloaded);

  await pebble.stop();
  await expect(renew('web')).rejects.toThrow(/the authority cannot be reached: .*ECONNREFUSED/);
  const down = await acme();
  for (let time = 0; time < 2; time++) {
    await workshop.kill();
    await workshop.start();
  }
  await untilReady();
  expect((await acme()).failure).toEqual(down.failure);
  expect(seen.has(await handshake(tls, 'a.test'))).toBe(true);

  // Another authority, whose certificates do not last.
  await pebble.run(15);
  const busyAgain = load(tls, 'a.test');
  await renew('web');
  const short = await handshake(tls, 'a.test');
  await waitFor(
    'its renewal',
    async () => ![short, 'refused'].includes(await handshake(tls, 'a.test')),
    SELDOM,
  );
  expect(await busyAgain.end()).toMatchObject({ failed: [] });

  // What this host itself lacks is told as well.
  const proxy = workshop.host.proxy as { acme: object };
  proxy.acme = { ...proxy.acme, ca: path.join(workshop.folder, 'none.pem') };
  workshop.configure({});
  await (await client()).applyConfiguration({});
  await expect(renew('web')).rejects.toThrow(/no such file .*none\.pem/);
  expect(await acme()).toMatchObject({ failure: { reason: expect.stringContaining('none.pem') } });
});
