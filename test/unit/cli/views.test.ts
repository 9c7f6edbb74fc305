import { stripVTControlCharacters } from 'node:util';
import colors from 'picocolors';
import { expect, test } from 'vitest';
import type { App, Status } from '../../../src/api/index.ts';
import { symbolsOf } from '../../../src/cli/output/index.ts';
import {
  deploymentsView,
  deploymentView,
  planView,
  releasesView,
  statusView,
} from '../../../src/cli/view/index.ts';
import { AT, deployment, ended, instance, release, shop, step } from '../../fixtures/api-states.ts';

const NOW = Date.parse(AT) + 3_725_000;
const PLAIN = { colors: colors.createColors(false), columns: 80, now: NOW };
const WIDE = { ...PLAIN, columns: 200 };
const OF_SHOP = { ...PLAIN, app: 'shop' };

function status(...apps: App[]): Status {
  return { agent: { version: '0.1.0', pid: 12, uptime_s: 90061, warnings: [], last_event: 'e:0' }, apps };
}

test('the status tells apps and instances in columns', () => {
  const second = instance({ instance: 'shop/2', port: 4001, restarts: { crash: 3, forced: 1 } });
  expect(statusView(status(shop({ instances: [instance(), second] })), PLAIN)).toBe(
    `
APP       STATE    VERSION   PID  PORT      UP  CRASHES
shop      running  1.0.0                1h 02m
  shop/1  ready    1.0.0    1234  4000  1h 02m        0
  shop/2  ready    1.0.0    1234  4001  1h 02m        3

agent 0.1.0, pid 12, up 1d 1h
`.slice(1),
  );
});

test('the process that is to take the place of an instance is told below its app', () => {
  const successor = { version: '2.0.0', state: 'starting', pid: 77, port: 4100 } as const;
  expect(statusView(status(shop({ instances: [instance({ successor })] })), PLAIN)).toContain(
    '\n  shop/1: its successor (2.0.0, pid 77, port 4100) is starting\n',
  );
});

test('what comes through the proxy is a line below an app, and a table of one alone', () => {
  const figures = {
    ...{ window_s: 55, requests: 682, requests_per_s: 12.4, errors_percent: 0.29 },
    ...{ p50_ms: 8, p95_ms: 40, p99_ms: 1240 },
  };
  const none = { ...figures, requests: 0, requests_per_s: 0, errors_percent: null };
  const silent = { ...none, p50_ms: null, p95_ms: null, p99_ms: null };
  const traffic = { ...figures, sampled: false, releases: [{ version: '1.0.0', ...figures }] };
  const instances = [
    instance({ traffic: figures }),
    instance({ instance: 'shop/2', port: 4001, traffic: silent }),
  ];
  const app = shop({ instances, traffic });
  expect(statusView(status(app, shop({ app: 'other' })), PLAIN)).toContain(
    '  12.4 requests a second, 0.29% 5xx; p50 8ms, p95 40ms, p99 1.2s\n',
  );
  expect(statusView(status(app), PLAIN)).toContain(
    `
TRAFFIC   REQUESTS/S    5XX  P50   P95   P99
shop            12.4  0.29%  8ms  40ms  1.2s
  shop/1        12.4  0.29%  8ms  40ms  1.2s
  shop/2           0
`,
  );
  const releases = [{ version: '2.0.0', ...figures, window_s: 8 }, ...traffic.releases];
  const two = statusView(status(shop({ traffic: { ...traffic, sampled: true, releases } })), PLAIN);
  expect(two).toMatch(/ {2}2\.0\.0 +12\.4 .* of 8s\n {2}1\.0\.0 +12\.4 .* of 55s\n {2}reckoned from a part/);
});

test('below an app stands what a person should know, with the command to type', () => {
  const text = statusView(
    status(
      shop({
        state: 'degraded',
        deployment: 9,
        pinned: '1.0.0',
        source: {
          state: 'error',
          reason: 'current.json is half written',
          at: AT,
          offer: '1.0.1',
          tried: null,
        },
        ghosted: ['0.9', '0.8', '0.7', '0.6'].map((version) => ({ version, reason: 'it crashed', at: AT })),
        instances: [
          instance({
            state: 'backoff',
            reason: 'next start in 8s',
            pid: null,
            uptime_s: null,
            last_exit: { status: 1, signal: null, reason: 'exit status 1', at: AT },
          }),
        ],
      }),
    ),
    PLAIN,
  );
  expect(text).toContain('deployment 9 runs: slipway show 9 -f');
  expect(text).toContain('shop/1 is backoff: next start in 8s; last exit 1h 02m ago: exit status 1');
  expect(text).toContain('source error: current.json is half written (1h 02m ago)');
  expect(text).toContain('pinned to 1.0.0; to follow the source again: slipway unpin shop');
  expect(text).toContain('ghosted 0.9: it crashed (1h 02m ago)');
  expect(text).toContain('and 1 more ghosted: slipway status shop --json');
});

test('an instance that lives and does not answer is shown in red, with what it was asked', () => {
  const unready = instance({ state: 'unready', reason: 'GET /health on port 4000: 503, 3 times in a row' });
  const text = statusView(status(shop({ state: 'degraded', instances: [unready] })), {
    ...PLAIN,
    colors: colors.createColors(true),
  });
  expect(text).toContain('\u001B[31munready\u001B[39m');
  expect(text).toContain('shop/1 is unready: GET /health on port 4000: 503, 3 times in a row');
});

test('an offer that is not live is shown with the way to deploy it', () => {
  const offered = shop({ source: { state: 'ok', reason: null, at: AT, offer: '2.0', tried: null } });
  expect(statusView(status(offered), PLAIN)).toContain('the source offers 2.0: slipway deploy shop');
});

test('an app of 0 replicas is told so, with what to do; one that waits for a secret not', () => {
  const none = shop({ state: 'stopped', instances: [] });
  expect(statusView(status(none), PLAIN).replace(/\s+/g, ' ')).toContain(
    '0 replicas are configured: nothing is started; write `replicas: 1` or more, then: slipway config apply',
  );
  expect(statusView(status({ ...none, waits_for: ['db'] }), PLAIN)).not.toContain('0 replicas');
});

test('an offer that was tried in vain is told with how it ended, and that it is left alone', () => {
  const tried = { deployment: 16, state: 'failed' as const, reason: 'exit status 1' };
  const source = { state: 'ok' as const, reason: null, at: AT, offer: '2.0', tried };
  const view = (given: Partial<App>) => statusView(status(shop({ source, ...given })), WIDE);
  expect(view({})).toContain(
    'the source offers 2.0: slipway deploy shop\n  it was tried, and is not tried again by itself before it changes; deployment 16 failed: exit status 1\n',
  );
  expect(view({ source: { ...source, tried: { ...tried, state: 'cancelled', reason: null } } })).toContain(
    'deployment 16 was cancelled\n',
  );
  // The ghost says as much.
  expect(view({ ghosted: [{ version: '2.0', reason: 'it crashed', at: AT }] })).not.toContain('tried');
});

test('a status that has nothing to tell says how to begin', () => {
  expect(statusView(status(), PLAIN)).toMatch(/slipway config check\n  slipway config apply/);
  const idle = shop({
    state: 'idle',
    live: null,
    source: { state: 'ok', reason: null, at: AT, offer: null, tried: null },
    instances: [],
  });
  expect(statusView(status(idle), PLAIN)).toContain('the source offers nothing yet');
});

test('the status fits into 80 columns, however long the reasons are', () => {
  const text = statusView(
    status(
      shop({
        app: 'myphoenixapp@staging',
        source: { state: 'error', reason: 'very long words '.repeat(20), at: AT, offer: null, tried: null },
      }),
    ),
    PLAIN,
  );
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('what a source or an app says cannot move the cursor', () => {
  const text = statusView(
    status(
      shop({ source: { state: 'error', reason: 'bad \x1b[2J\r\nthing', at: AT, offer: null, tried: null } }),
    ),
    PLAIN,
  );
  expect(text).toContain(String.raw`bad \x1b[2J thing`);
  expect(text).not.toContain('\x1b');
});

test('colours change nothing but colours', () => {
  const given = status(shop({ state: 'degraded', pinned: '1' }));
  const coloured = statusView(given, { ...PLAIN, colors: colors.createColors(true) });
  expect(coloured).not.toBe(stripVTControlCharacters(coloured));
  expect(stripVTControlCharacters(coloured)).toBe(statusView(given, PLAIN));
});

test('releases and deployments are lists, and empty ones say what to do', () => {
  const retired = release({ number: 12, version: '0.9', state: 'retired', proven: false, size_bytes: null });
  expect(releasesView([release(), retired], OF_SHOP)).toBe(
    `
RELEASE  VERSION  STATE    PROVEN  CREATED       SIZE
      1  1.0.0    live     yes     1h 02m ago  5.1 MB
     12  0.9      retired  no      1h 02m ago       -
`.trim(),
  );
  expect(
    deploymentsView(
      [
        deployment({ id: 8, number: null, state: 'queued', started_at: null }),
        ended('rolled_back', { trigger: 'auto', reason: 'it crashed' }),
      ],
      OF_SHOP,
    ),
  ).toBe(
    `
ID  RELEASE  VERSION  KIND  STATE        BY    STARTED      TOOK
 8        -  1.0.1    full  queued       root  -               -
 7        2  1.0.1    full  rolled back  auto  1h 02m ago  12.0s
      it crashed
`.trim(),
  );
  expect(releasesView([], OF_SHOP)).toContain('slipway deploy shop');
  expect(deploymentsView([], OF_SHOP)).toContain('slipway deploy shop');
});

test('a deployment is shown with the output and the reason of each step', () => {
  const text = deploymentView(
    ended('failed', {
      reason: 'a pre-command failed',
      steps: [
        step('unpack'),
        step('migrate', { state: 'failed', reason: 'exit status 1', output: ['\x1b[31mboom\x1b[0m'] }),
        step('hook: before.pull', { state: 'skipped', duration_ms: null, reason: 'not there' }),
        step('start', {
          ...{ instance: 'shop/1', state: 'skipped', duration_ms: null },
          reason: 'a pre-command failed',
        }),
      ],
    }),
    { ...PLAIN, symbols: symbolsOf({ LANG: 'C.UTF-8' }) },
  );
  expect(text).toContain('shop 1.0.1  failed after 12.0s');
  expect(text).toMatch(/✔ unpack +1\.2s/);
  expect(text).toMatch(/✖ migrate +1\.2s  exit status 1\n  │ boom/);
  expect(text).toMatch(/○ hook: before\.pull +skipped  not there\n/);
  expect(text).toMatch(/○ start shop\/1 +skipped$/);
});

test('a deployment that goes on says how to follow it', () => {
  expect(deploymentView(deployment(), { ...PLAIN, symbols: symbolsOf({}) })).toContain('slipway show 7 -f');
});

test('a plan lists its steps and says that nothing was done', () => {
  const plan = {
    app: 'shop',
    version: '2.0',
    kind: 'full' as const,
    pins: true,
    steps: [{ name: 'start', instance: 'shop/1' }],
    notes: ['a note'],
    site: null,
    upgrade: null,
  };
  expect(planView(plan, { ...PLAIN, next: 'slipway deploy shop --version 2.0' })).toBe(
    'shop 2.0 would be deployed (full):\n   1. start shop/1\nIt would be pinned: automatic deployment would wait for "slipway unpin shop".\na note\nNothing was changed. To do it: slipway deploy shop --version 2.0',
  );
});

test('a plan says what would change while the instances run, or why they would be started anew', () => {
  const plan = {
    ...{ app: 'shop', version: '2.0', kind: 'hot' as const, pins: false, steps: [], notes: [], site: null },
    upgrade: {
      reason: null,
      applications: [
        {
          ...{ name: 'shop', from: '1.0', to: '2.0', modules: ['Shop.Cart', 'Shop.Till'] },
          instructions: ["{update,'Elixir.Shop.Cart',{advanced,[]}}"],
        },
        { name: 'paint', from: null, to: '0.3', modules: [], instructions: [] },
      ],
      lingering: [],
    },
  };
  expect(planView(plan, { ...PLAIN, next: '' })).toContain(
    "Instances would be upgraded while they run:\n  shop 1.0 -> 2.0\n    modules Shop.Cart, Shop.Till\n    {update,'Elixir.Shop.Cart',{advanced,[]}}\n  paint none -> 0.3\n",
  );
  const upgrade = { reason: 'shop 1.0 -> 2.0 has no appup', applications: [], lingering: [] };
  expect(planView({ ...plan, kind: 'full', upgrade }, { ...PLAIN, next: '' })).toContain(
    'Instances would be started anew: shop 1.0 -> 2.0 has no appup',
  );
});
