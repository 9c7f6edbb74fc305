import http from 'node:http';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask } from '../../../src/proxy/command-socket.ts';
import { freePorts } from '../../support/free-port.ts';
import {
  backendNamed,
  plain,
  proxyApp,
  proxyDescription,
  request,
  slotsOf,
  TestProxy,
} from '../../support/haproxy.ts';
import { waitFor } from '../../support/wait-for.ts';

const UNUSED = 9;
const HOST = 'app.test';

async function twoSlots() {
  const release = Promise.withResolvers<void>();
  const slow = async ({ url }: http.IncomingMessage) => {
    if (url === '/slow') await release.promise;
  };
  const [a, b] = await Promise.all([backendNamed('a', slow), backendNamed('b', slow)]);
  const port = await freePorts(1);
  const app = proxyApp({ id: 'app', domains: plain(HOST), slots: slotsOf([a.port, b.port]) });
  const description = proxyDescription({ http: { host: '127.0.0.1', port }, apps: [app] });
  const proxy = new TestProxy();
  await proxy.write(description, new Map([['app/1', 'ready']]));
  await proxy.start();
  return { proxy, port, a, b, description, release: () => release.resolve() };
}

describe('HAProxy under load', () => {
  it('fails nothing while slots are switched and it reloads; what has begun ends where it began', async () => {
    const { proxy, port, description, release } = await twoSlots();
    const slow = request(port, HOST, { path: '/slow' });
    const socket = await webSocket(port);
    await waitFor('both to be in flight', async () => (await proxy.control.inFlight('app', '1')) === 2);
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const answers: string[] = [];
    const load = Array.from({ length: 8 }, async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      while (!isOver) {
        answers.push(
          await request(port, HOST, { agent }).then(
            ({ status, body }) => `${status} ${body.slice(0, 1)}`,
            (error: NodeJS.ErrnoException) => `${error.code}`,
          ),
        );
      }
      agent.destroy();
    });
    const more = () =>
      waitFor(
        'more answers',
        (
          (before) => () =>
            answers.length > before + 40
        )(answers.length),
        { deadlineMs: 5000 },
      );
    for (const [to, from] of [
      ['1b', '1'],
      ['1', '1b'],
      ['1b', '1'],
    ] as const) {
      await more();
      await proxy.control.setState('app', to, 'ready');
      await proxy.control.setState('app', from, 'maintenance');
      const last = answers.length;
      await more();
      // Some were under way.
      expect(new Set(answers.slice(last + 8))).toEqual(new Set([`200 ${to === '1' ? 'a' : 'b'}`]));
    }
    await proxy.write(
      { ...description, apps: [...description.apps, proxyApp({ id: 'new' })] },
      new Map([['app/1b', 'ready']]),
    );
    await proxy.control.reload();
    const reloaded = answers.length;
    await more();
    expect(new Set(answers.slice(reloaded + 8))).toEqual(new Set(['200 b']));
    // The request and the WebSocket are with the worker that was replaced, and no connection that was kept.
    const { former } = await proxy.control.workers();
    expect(former).toHaveLength(1);
    await waitFor('all others to have gone to the new one', async () => {
      const told = await ask(proxy.folder.path('master.sock'), `@!${former[0]} show stat`);
      return /^web,FRONTEND,,,2,/m.test(told);
    });
    expect(await proxy.control.inFlight('app', '1')).toBe(2);
    await proxy.control.setState('app', '1', 'ready');
    await proxy.control.setState('app', '1b', 'maintenance');
    await more();
    isOver = true;
    await Promise.all(load);
    expect(answers.filter((answer) => !answer.startsWith('200'))).toEqual([]);
    expect(await socket.echo('hello')).toBe('a hello');
    release();
    expect(await slow).toMatchObject({ status: 200, headers: { 'x-name': 'a' } });
    socket.end();
    await waitFor('both to have ended', async () => (await proxy.control.inFlight('app', '1')) === 0);
  });

  it('comes up after its death with the states that slots were told to have', async () => {
    const { proxy, port, description } = await twoSlots();
    expect((await request(port, HOST)).headers['x-name']).toBe('a');
    await proxy.write(description, new Map([['app/1b', 'ready']]));
    await proxy.kill();
    await proxy.start();
    expect((await request(port, HOST)).headers['x-name']).toBe('b');
    expect(await proxy.control.states()).toEqual(
      new Map([
        ['app/1', 'maintenance'],
        ['app/1b', 'ready'],
      ]),
    );
  });

  it('lets requests wait while no instance is up, and refuses those that are too many', async () => {
    const { proxy, port, description, a } = await twoSlots();
    await proxy.control.setState('app', '1', 'maintenance');
    const waiting = Promise.all(Array.from({ length: 5 }, () => request(port, HOST)));
    await waitFor('five that wait', async () => (await sessions(proxy)) === 5);
    await proxy.control.setState('app', '1', 'ready');
    expect((await waiting).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const [app] = description.apps;
    if (!app) throw new Error('no app');
    const queue = { limit: 1, waitMs: 60_000 };
    await proxy.write({ ...description, apps: [{ ...app, queue }] }, new Map());
    await proxy.control.reload();
    const one = request(port, HOST);
    await waitFor('one that waits', async () => (await sessions(proxy)) === 1);
    expect((await request(port, HOST)).status).toBe(503);
    await proxy.control.setState('app', '1', 'ready');
    expect((await one).status).toBe(200);
    // One that cannot be connected to is asked elsewhere.
    await proxy.control.setState('app', '1b', 'ready');
    await a.close();
    const names = await Promise.all(Array.from({ length: 4 }, () => request(port, HOST)));
    expect(new Set(names.map(({ headers }) => headers['x-name']))).toEqual(new Set(['b']));
  });

  it('keeps a visitor with an instance, and lets him go with its slot', async () => {
    const [a, b, other] = await Promise.all(['a', 'b', 'other'].map((name) => backendNamed(name)));
    const port = await freePorts(1);
    const slots = slotsOf([a?.port ?? 0, b?.port ?? 0], [other?.port ?? 0, UNUSED]);
    const app = proxyApp({ id: 'app', domains: plain(HOST), slots, sticky: true });
    const proxy = new TestProxy();
    const description = proxyDescription({ http: { host: '127.0.0.1', port }, apps: [app] });
    await proxy.write(
      description,
      new Map([
        ['app/1', 'ready'],
        ['app/2', 'ready'],
      ]),
    );
    await proxy.start();
    const ask = async () =>
      (await request(port, HOST, { headers: { cookie: 'slipway-instance=1' } })).headers['x-name'];
    expect([await ask(), await ask(), await ask()]).toEqual(['a', 'a', 'a']);
    await proxy.control.setState('app', '1b', 'ready');
    await proxy.control.setState('app', '1', 'maintenance');
    expect([await ask(), await ask(), await ask()]).toEqual(['b', 'b', 'b']);
  });
});

async function sessions(proxy: TestProxy): Promise<number> {
  return await new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(proxy.folder.path('runtime.sock'));
    socket.once('error', reject).on('data', (part) => {
      text += part;
    });
    socket.once('end', () => {
      const [header = '', ...lines] = text.split('\n');
      const row = lines.find((line) => line.startsWith('app,BACKEND,'))?.split(',');
      resolve(Number(row?.[header.replace('# ', '').split(',').indexOf('scur')]));
    });
    socket.end('show stat\n');
  });
}

async function webSocket(port: number) {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  socket.write(
    `GET /ws HTTP/1.1\r\nhost: ${HOST}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await waitFor('the upgrade', () => text.includes('101'));
  return {
    echo: async (words: string) => {
      text = '';
      socket.write(words);
      return await waitFor('the echo', () => text.includes(words) && text);
    },
    end: () => socket.destroy(),
  };
}
