import fs from 'node:fs';
import { expect, test } from 'vitest';
import { challengeMap, FILES } from '../../../src/proxy/index.ts';
import { freePorts } from '../../support/free-port.ts';
import {
  backendNamed,
  plain,
  proxyApp,
  proxyDescription,
  request,
  TestProxy,
} from '../../support/haproxy.ts';

const AT = '/.well-known/acme-challenge/token-1_A';

test('what an authority asks for is answered before the app says anything, and nothing else is', async () => {
  const http = await freePorts(1);
  const { port } = await backendNamed('app');
  const closed = proxyApp({
    ...{ id: 'web', domains: plain('a.test'), allow: ['203.0.113.7'] },
    slots: [{ name: '1', instance: '1', host: '127.0.0.1', port }],
  });
  const proxy = new TestProxy();
  const listens = { host: '127.0.0.1', port: http };
  await proxy.write(proxyDescription({ http: listens, challenges: true, apps: [closed] }), new Map());
  await proxy.start();
  const answer = async (path: string, host = 'a.test') =>
    await request(http, host, { path }).then(({ status, body }) => `${status} ${status === 200 ? body : ''}`);
  expect(await answer(AT)).toBe('403 ');

  const contents = new Map([[AT, 'token-1_A.thumb-print']]);
  await proxy.control.setChallenges(contents);
  fs.writeFileSync(proxy.folder.path(FILES.challenges), challengeMap(contents));
  expect(await answer(AT)).toBe('200 token-1_A.thumb-print');
  // A name that no app has yet, or by an address: whoever looks may come by anything.
  expect(await answer(AT, '127.0.0.1')).toBe('200 token-1_A.thumb-print');
  for (const other of [`${AT}/x`, `${AT}x`, '/.well-known/acme-challenge/', `/x${AT}`, AT.toUpperCase()])
    expect(await answer(other)).toBe('403 ');

  await proxy.control.reload();
  expect(await answer(AT)).toBe('200 token-1_A.thumb-print');
  await proxy.kill();
  await proxy.start();
  expect(await answer(AT)).toBe('200 token-1_A.thumb-print');

  const next = new Map([[AT.replace('1', '2'), 'b.c']]);
  await proxy.control.setChallenges(next);
  expect(await answer(AT)).toBe('403 ');
  expect(await answer(AT.replace('1', '2'))).toBe('200 b.c');
  await proxy.control.setChallenges(new Map());
  expect(await answer(AT.replace('1', '2'))).toBe('403 ');
});

test('what could be read as more than a path and its content is refused', () => {
  for (const [path, content] of [
    [`${AT}\nx`, 'a'],
    [`${AT} b`, 'a'],
    [AT, 'a b'],
    [AT, 'a\nb'],
    [AT, 'a;b'],
    [AT, ''],
  ] as const)
    expect(() => challengeMap(new Map([[path, content]]))).toThrow('cannot be given to HAProxy');
});
