import { expect, test } from 'vitest';
import { changedApps } from '../../../src/config/index.ts';
import { errorsOf, fileOf, load, siteFile } from './written.ts';

const HINT = 'give it another name or environment';

test('one name may have several environments, and other names the same ports elsewhere', () => {
  const { apps } = load(
    fileOf(
      { port: 4000 },
      { environment: 'staging', port: 4003 },
      { name: 'api', port: 4006 },
      { name: 'worker', port: null },
    ),
  );
  expect(apps.map(({ id }) => id)).toEqual(['shop', 'shop@staging', 'api', 'worker']);
});

test('environments of one name have nodes of different names; an app that is alone has its own', () => {
  const namesOf = (...apps: Record<string, unknown>[]) =>
    load(fileOf(...apps.map((app) => ({ port: null, ...app })))).apps.map((app) =>
      app.kind === 'service' ? [app.otp.names.node, app.otp.names.suffix] : null,
    );
  expect(namesOf({ environment: 'staging' })).toEqual([['shop', '']]);
  expect(namesOf({ environment: 'staging' }, { environment: 'prod' }, { environment: 'qa' })).toEqual([
    ['shop-staging', '-staging'],
    ['shop', ''],
    ['shop-qa', '-qa'],
  ]);
  const till = { environment: 'staging', env: { RELEASE_NODE: 'till' } };
  expect(namesOf({}, till)).toEqual([
    ['shop', ''],
    ['till', '-staging'],
  ]);
  const command = { environment: 'staging', runtime: 'command', start: 'node a.js' };
  expect(namesOf({}, command)[1]).toEqual(['shop', '']);
});

test('nodes that would have one name are refused', () => {
  const hint = 'set RELEASE_NODE in its env';
  expect(
    errorsOf(
      fileOf(
        ...[{}, { environment: 'staging' }, { name: 'shop-staging' }].map((app) => ({ port: null, ...app })),
        { name: 'till', port: null, env: { RELEASE_NODE: 'shop' } },
      ),
    ),
  ).toEqual([
    `apps[2].name: its nodes would be called shop-staging-1 and so on, as those of apps[1] - ${hint}`,
    `apps[3].env.RELEASE_NODE: its nodes would be called shop-1 and so on, as those of apps[0]`,
  ]);
});

test('two apps of the same name and environment are refused', () => {
  expect(
    errorsOf(
      fileOf(
        { port: null },
        { port: null, environment: 'production' },
        { port: null, environment: 'qa' },
        { port: null, environment: 'qa' },
      ),
    ),
  ).toEqual([
    `apps[1].name: apps[0] is "shop" in environment production already - ${HINT}`,
    `apps[3].name: apps[2] is "shop" in environment qa already - ${HINT}`,
  ]);
});

test('prod and production of one name are refused', () => {
  expect(errorsOf(fileOf({ port: null }, { port: null, environment: 'prod' }))).toEqual([
    `apps[1].environment: apps[0] is "shop" in environment production, and prod and production are one - ${HINT}`,
  ]);
  expect(load(fileOf({ port: null, environment: 'prod' }, { name: 'api', port: null })).apps).toHaveLength(2);
});

test('ranges of ports that overlap are refused, at either end and one within another', () => {
  const errorsFor = (port: number, replicas: number) =>
    errorsOf(fileOf({ port: 4000, replicas: 5 }, { name: 'api', port, replicas }));
  expect(errorsFor(4004, 3)).toEqual(['apps[1].port: ports 4004-4006 overlap with 4000-4004 of apps[0]']);
  expect(errorsFor(3998, 3)).toEqual(['apps[1].port: ports 3998-4000 overlap with 4000-4004 of apps[0]']);
  expect(errorsFor(4002, 1)).toEqual(['apps[1].port: ports 4002 overlap with 4000-4004 of apps[0]']);
  expect(errorsFor(3990, 30)).toEqual(['apps[1].port: ports 3990-4019 overlap with 4000-4004 of apps[0]']);
  expect(
    load(fileOf({ port: 4000, replicas: 5 }, { name: 'api', port: 4005 }, { name: 'cms', port: 3997 })).apps,
  ).toHaveLength(3);
});

test('the default number of instances counts for the range', () => {
  expect(errorsOf(fileOf({ port: 4000 }, { name: 'api', port: 4002 }))).toEqual([
    'apps[1].port: ports 4002-4004 overlap with 4000-4002 of apps[0]',
  ]);
});

test('an app of 0 replicas has no ports', () => {
  const apps = fileOf({ port: 4000, replicas: 0 }, { name: 'api', port: 4000, replicas: 1 });
  expect(load(apps).apps.map(({ id }) => id)).toEqual(['shop', 'api']);
});

test('an app is started after others by their ids, and a change of that restarts nothing', () => {
  const cache = { name: 'cache', environment: 'staging', port: 4100 };
  const db = { name: 'db-proxy', port: 4200 };
  const { apps } = load(fileOf({ after: ['cache@staging', 'db-proxy'] }, cache, db));
  expect(apps[0]?.after).toEqual(['cache@staging', 'db-proxy']);
  const before = load(fileOf({}, cache, db));
  const after = load(fileOf({ after: ['db-proxy'] }, cache, db));
  expect(changedApps(before, after).shop).toEqual({ restart: false, changed: ['after'] });
});

test.each<[string[], string]>([
  [['db-prox'], 'after[0]: is no app of this file - did you mean "db-proxy"?'],
  [['cache'], 'after[0]: is no app of this file - did you mean "cache@staging"?'],
  [['db-proxy@prod'], 'after[0]: is no app of this file - did you mean "db-proxy"?'],
  [['zzz'], 'after[0]: is no app of this file - there is: db-proxy, cache@staging'],
  [['db-proxy', 'db-proxy'], 'after[1]: stands in after[0] already'],
  [['shop'], 'after[0]: is the app itself - take it away'],
])('what an app is started after has to be another app of the file: %j', (after, error) => {
  const others = [
    { name: 'db-proxy', port: 4100 },
    { name: 'cache', environment: 'staging', port: 4200 },
  ];
  expect(errorsOf(fileOf({ after }, ...others))).toEqual([`apps[0].${error}`]);
});

test('apps that would wait for each other are refused, each circle once, with its way', () => {
  const apps = (...orders: [string, string[]][]) =>
    fileOf(...orders.map(([name, after], index) => ({ name, after, port: 4000 + 10 * index })));
  expect(errorsOf(apps(['a', ['b']], ['b', ['a']]))).toEqual([
    'apps[1].after[0]: they would wait for each other: a -> b -> a',
  ]);
  expect(errorsOf(apps(['x', ['a']], ['a', ['d', 'b']], ['b', ['c']], ['c', ['d', 'a']], ['d', []]))).toEqual(
    ['apps[3].after[1]: they would wait for each other: a -> b -> c -> a'],
  );
  expect(load(apps(['a', ['b', 'c']], ['b', ['c']], ['c', []])).apps).toHaveLength(3);
});

test('an app may be started after one that waits for a secret', () => {
  const db = { name: 'db', port: 4100, env: { PASSWORD: { secret: 'db' } } };
  const { apps, waiting } = load(fileOf({ after: ['db'] }, db));
  expect(apps.map(({ id, after }) => [id, after])).toEqual([['shop', ['db']]]);
  expect(waiting.map(({ id }) => id)).toEqual(['db']);
});

test('an app on the port of the agent is refused, unless the agent has none', () => {
  const app = {
    name: 'shop',
    kind: 'service',
    runtime: 'elixir',
    source: { type: 'bucket', url: '/srv' },
    port: 5000,
  };
  const file = (listen: unknown) => JSON.stringify({ listen, apps: [app] });
  const message = 'apps[0].port: ports 5000-5002 overlap with 5001 of listen';
  expect(errorsOf(file(undefined))).toEqual([message]);
  expect(errorsOf(file('127.8.0.1:5001'))).toEqual([message]);
  for (const listen of [null, false, '127.0.0.1:5003', '127.0.0.1:0'])
    expect(load(file(listen)).apps).toHaveLength(1);
});

test('conflicts are told beside other errors', () => {
  expect(errorsOf(fileOf({ replicas: 1, keep: 0 }, { replicas: 1, replica: 1 }))).toEqual([
    'apps[0].keep: must be a whole number from 1 to 1000',
    `apps[1].name: apps[0] is "shop" in environment production already - ${HINT}`,
    'apps[1].port: ports 4000 overlap with 4000 of apps[0]',
    'apps[1].replica: unknown key - did you mean "replicas"?',
  ]);
});

const ROOT_HINT = 'give it a root of its own';

test('sites of several environments lie side by side, or below each other as by default', () => {
  const { apps } = load(
    siteFile(
      { environment: 'production' },
      { environment: 'staging' },
      { name: 'blog', root: '/webroot/blog' },
      { name: 'cms', root: '/webroot2' },
      { name: 'wiki', root: '/webroot/staging/wiki' },
    ),
  );
  expect(apps).toMatchObject([
    { root: '/webroot' },
    { root: '/webroot/staging' },
    { root: '/webroot/blog' },
    { root: '/webroot2' },
    { root: '/webroot/staging/wiki' },
  ]);
});

test('two sites with one root are refused, however it is written', () => {
  expect(errorsOf(siteFile({}, { name: 'blog' }, { name: 'cms', root: '/srv/../webroot/' }))).toEqual([
    `apps[1].root: apps[0] has the root /webroot already - ${ROOT_HINT}`,
    `apps[2].root: apps[0] has the root /webroot already - ${ROOT_HINT}`,
  ]);
});

test('a site in what belongs to another one is refused, whichever is named first', () => {
  const outer = { name: 'outer', root: '/srv/outer', shared: ['public/uploads'] };
  for (const name of ['release', 'current', 'storage', 'logs', 'public']) {
    const inner = { name: 'inner', root: `/srv/outer/${name}/x` };
    expect(errorsOf(siteFile(outer, inner))).toEqual([
      `apps[1].root: lies in ${name} of apps[0], /srv/outer - ${ROOT_HINT}`,
    ]);
    expect(errorsOf(siteFile(inner, outer))).toEqual([
      `apps[1].root: the root of apps[0], /srv/outer/${name}/x, lies in its ${name} - ${ROOT_HINT}`,
    ]);
  }
  expect(errorsOf(siteFile({}, { environment: 'vendor' }))).toEqual([
    `apps[1].root: lies in vendor of apps[0], /webroot - ${ROOT_HINT}`,
  ]);
  expect(load(siteFile(outer, { name: 'inner', root: '/srv/outer/vendor' })).apps).toHaveLength(2);
});

test('a site in the data directory, or around it, is refused', () => {
  const errorsFor = (root: string, data?: string) =>
    errorsOf(JSON.stringify({ ...JSON.parse(siteFile({ root })), data }));
  expect(errorsFor('/var/lib/slipway')).toEqual([
    `apps[0].root: lies in the data directory, /var/lib/slipway - ${ROOT_HINT}`,
  ]);
  expect(errorsFor('/data/shop', '/data/')).toEqual([
    `apps[0].root: lies in the data directory, /data - ${ROOT_HINT}`,
  ]);
  expect(errorsFor('/srv/shop', '/srv/shop/storage/slipway')).toEqual([
    `apps[0].root: the data directory, /srv/shop/storage/slipway, lies in its storage - ${ROOT_HINT}`,
  ]);
  expect(load(siteFile({ root: '/var/lib/slipway2' })).apps).toHaveLength(1);
  expect(load(siteFile({ root: '/var/lib' })).apps).toHaveLength(1);
});

test('a site and a service may not be called the same', () => {
  const { apps } = JSON.parse(fileOf({}));
  const file = JSON.stringify({ apps: [...apps, ...JSON.parse(siteFile({})).apps] });
  expect(errorsOf(file)).toEqual([
    `apps[1].name: apps[0] is "shop" in environment production already - ${HINT}`,
  ]);
});
