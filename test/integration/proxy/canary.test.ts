import { expect, test } from 'vitest';
import { type Share, type SlotState, serverOf, shareMap } from '../../../src/proxy/index.ts';
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

const HOST = 'app.test';
const ASKED = { headers: { 'slipway-canary': '1' } };

/** Instance 1 with both releases, instance 2 with the old one alone: in its second slot. */
async function before({ sticky = false } = {}) {
  const [trial, serving, other] = await Promise.all(
    ['new', 'old-1', 'old-2'].map((name) => backendNamed(name)),
  );
  const [port, free] = [await freePorts(1), await freePorts(1)];
  const slots = slotsOf([trial?.port ?? 0, serving?.port ?? 0], [free, other?.port ?? 0]);
  const app = proxyApp({ id: 'app', domains: plain(HOST), slots, canary: true, sticky });
  const description = proxyDescription({ http: { host: '127.0.0.1', port }, apps: [app] });
  const states = new Map<string, SlotState>([
    [serverOf('app', '1'), 'trial'],
    [serverOf('app', '1b'), 'ready'],
    [serverOf('app', '2b'), 'ready'],
  ]);
  const proxy = new TestProxy();
  const start = async () => {
    await proxy.write(description, states);
    await proxy.start();
  };
  await start();
  /** How many of so many requests each of them got. */
  const deal = async (requests: number, options: Parameters<typeof request>[2] = {}) => {
    const counts: Record<string, number> = { new: 0, old: 0 };
    for (let each = 0; each < requests; each++) {
      const { headers } = await request(port, HOST, options);
      const side = headers['x-name'] === 'new' ? 'new' : 'old';
      counts[side] = (counts[side] ?? 0) + 1;
    }
    return counts;
  };
  return { proxy, port, deal, start, description, states, servers: { trial, serving, other } };
}

const share = (percent: number, deployment = 17): Share => ({
  app: 'app',
  deployment,
  percent,
  instances: [{ instance: '1', trial: '1', serving: '1b' }],
});

const cookieOf = (headers: Record<string, unknown>) =>
  [headers['set-cookie'] ?? []].flat().map((each) => String(each).split(';')[0]);

test('a slot on trial gets its share, and nothing before and after it', async () => {
  const { proxy, deal } = await before();
  expect(await deal(50)).toEqual({ new: 0, old: 50 });
  expect(await deal(20, ASKED)).toEqual({ new: 0, old: 20 });
  await proxy.control.setShares([share(30)]);
  // One of three servers, and three of ten requests: five standard deviations of 400.
  const dealt = await deal(400);
  expect(dealt.new).toBeGreaterThan(120 - 46);
  expect(dealt.new).toBeLessThan(120 + 46);
  expect(await deal(20, ASKED)).toEqual({ new: 20, old: 0 });
  expect(await deal(20, { headers: { cookie: 'a=b; slipway-canary=' } })).toEqual({ new: 20, old: 0 });
  await proxy.control.setShares([share(1, 18)]);
  expect((await deal(100)).new).toBeLessThan(20);
  await proxy.control.setShares([]);
  expect(await deal(50, ASKED)).toEqual({ new: 0, old: 50 });
});

test('several on trial share what is theirs', async () => {
  const { proxy, port } = await before();
  await proxy.control.setState('app', '1b', 'trial');
  const both = ['1', '1b'].map((trial, index) => ({ instance: `${index + 1}`, trial, serving: '2b' }));
  await proxy.control.setShares([{ app: 'app', deployment: 17, percent: 90, instances: both }]);
  const counts = new Map<string, number>();
  for (let each = 0; each < 100; each++) {
    const name = String((await request(port, HOST, ASKED)).headers['x-name']);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // Half of 100, five standard deviations.
  expect([...counts.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual(['new', 'old-1']);
  expect(Math.abs((counts.get('new') ?? 0) - 50)).toBeLessThan(25);
});

test.each([false, true])('a visitor stays on his side; sticky: %s', async (sticky) => {
  const { proxy, port, deal } = await before({ sticky });
  await proxy.control.setShares([share(50)]);
  const seen = new Set<string>();
  for (let visitor = 0; visitor < 24; visitor++) {
    const { headers } = await request(port, HOST);
    const side = headers['x-name'] === 'new' ? 'new' : 'old';
    seen.add(side);
    const cookies = cookieOf(headers);
    expect(cookies).toContain(`slipway-side=${side}17`);
    expect(headers['cache-control']).toContain('private');
    const visits = { headers: { cookie: cookies.join('; ') } };
    expect((await deal(8, visits))[side]).toBe(8);
    // He is told once.
    expect(cookieOf((await request(port, HOST, visits)).headers)).toEqual([]);
  }
  expect([...seen].sort()).toEqual(['new', 'old']);
  const former = { headers: { cookie: 'slipway-side=new17; slipway-instance=1' } };
  await proxy.control.setShares([share(1, 18)]);
  expect((await deal(40, former)).new).toBeLessThan(15);
  await proxy.control.setState('app', '1', 'maintenance');
  await proxy.control.setShares([]);
  expect(await deal(20, former)).toEqual({ new: 0, old: 20 });
});

test('where nobody of the old release is there the new one answers, and the other way round', async () => {
  const { proxy, deal, servers } = await before();
  await proxy.control.setShares([share(1)]);
  for (const slot of ['1b', '2b']) await proxy.control.setState('app', slot, 'maintenance');
  expect(await deal(30)).toEqual({ new: 30, old: 0 });
  for (const slot of ['1b', '2b']) await proxy.control.setState('app', slot, 'ready');
  await servers.trial?.close();
  expect(await deal(30, ASKED)).toEqual({ new: 0, old: 30 });
});

test('a canary goes on over a reload and a death of HAProxy, and a trial that is over is as any', async () => {
  const { proxy, deal, start, states } = await before();
  proxy.folder.write('shares.map', shareMap([share(50)]));
  await proxy.control.setShares([share(50)]);
  await proxy.control.reload();
  expect(await proxy.control.states()).toEqual(new Map([...states, [serverOf('app', '2'), 'maintenance']]));
  expect((await deal(60)).new).toBeGreaterThan(5);
  await proxy.kill();
  await start();
  expect(await proxy.control.states()).toEqual(new Map([...states, [serverOf('app', '2'), 'maintenance']]));
  expect((await deal(60)).new).toBeGreaterThan(5);
  expect(await deal(20, ASKED)).toEqual({ new: 20, old: 0 });
  await proxy.control.setState('app', '1', 'ready');
  await proxy.control.setShares([]);
  await waitFor('its turn', async () => ((await deal(9)).new ?? 0) === 3);
});
