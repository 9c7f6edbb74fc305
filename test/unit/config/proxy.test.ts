import { expect, test } from 'vitest';
import { changedApps, maskedConfiguration } from '../../../src/config/index.ts';
import { errorsOf, fileOf, load } from './written.ts';

const behind = (proxy: unknown, ...apps: Record<string, unknown>[]) =>
  JSON.stringify({ ...JSON.parse(fileOf(...apps)), proxy });
const PROXY = { http: 80 };

test('what the proxy sends to an app is compiled, and shown in the words of the file', () => {
  const domains = ['*.API.test', { host: 'www.api.test', redirect: 'api.test' }];
  const keys = { domains, path: '/v2', sticky: true, roll_out: { strategy: 'replace', drain: '1m' } };
  const proxy = {
    http: '127.0.0.1:8080',
    https: '[::1]:8443',
    certificates: ['/etc/ssl/../ssl/a.pem'],
    proxy_protocol: ['10.0.0.0/24', '2001:db8::1'],
  };
  const configuration = load(behind(proxy, { port: 4000, ...keys }));
  expect(configuration.proxy).toEqual({
    http: { host: '127.0.0.1', port: 8080 },
    https: { host: '::1', port: 8443 },
    certificates: ['/etc/ssl/a.pem'],
    acme: null,
    proxyProtocol: ['10.0.0.0/24', '2001:db8::1'],
  });
  expect(configuration.apps[0]).toMatchObject({
    domains: [
      { host: '*.api.test', redirect: null },
      { host: 'www.api.test', redirect: 'api.test' },
    ],
    path: '/v2',
    sticky: true,
    rollOut: { strategy: 'replace', batch: 1, drainMs: 60_000, sparePort: 4100 },
    canary: null,
  });
  const shown = maskedConfiguration(configuration);
  expect(shown).toMatchObject({
    proxy: { ...proxy, certificates: ['/etc/ssl/a.pem'] },
    apps: [{ ...keys, domains: ['*.api.test', domains[1]] }],
  });
  expect(load(JSON.stringify(shown)).apps).toEqual(configuration.apps);
  expect(load(behind({ https: 443 })).proxy).toMatchObject({ http: null, https: { host: '*', port: 443 } });
});

test('a roll-out that overlaps and its canary are compiled and shown; a change restarts nothing', () => {
  const of = (keys: Record<string, unknown>) =>
    load(behind(PROXY, { port: 4000, replicas: 5, domains: ['a.test'], ...keys }));
  const canary = { share: '2.5%', for: '90s', max_errors: '0.5%', max_latency: '150%', promote: 'by_hand' };
  const keys = { roll_out: { strategy: 'overlap', batch: '50%', drain: '1m', spare_port: 4200 }, canary };
  const configuration = of(keys);
  const compiled = {
    rollOut: { strategy: 'overlap', batch: 2, drainMs: 60_000, sparePort: 4200 },
    canary: { share: 2.5, forMs: 90_000, maxErrors: 0.5, maxLatency: 150, promote: 'by_hand' },
  };
  expect(configuration.apps[0]).toMatchObject(compiled);
  const shown = maskedConfiguration(configuration);
  expect(shown).toMatchObject({ apps: [{ canary: { ...canary, for: '90s' }, roll_out: { batch: 2 } }] });
  expect(load(JSON.stringify(shown)).apps).toEqual(configuration.apps);
  expect(changedApps(of({}), configuration)).toEqual({
    shop: { restart: false, changed: ['roll_out', 'canary'] },
  });
  expect(of({ roll_out: { strategy: 'overlap' }, canary: {} }).apps[0]).toMatchObject({
    rollOut: { batch: 1, sparePort: 4100 },
    canary: { share: 10, forMs: 300_000, maxErrors: null, maxLatency: null, promote: 'by_itself' },
  });
  const batchOf = (batch: unknown, replicas: number) =>
    of({ replicas, max_unavailable: 4, roll_out: { batch } }).apps[0];
  expect(batchOf('100%', 5)).toMatchObject({ rollOut: { batch: 5 } });
  expect(batchOf('1%', 5)).toMatchObject({ rollOut: { batch: 1 } });
  expect(batchOf(undefined, 5)).toMatchObject({ rollOut: { batch: 4 } });
  expect(batchOf('50%', 0)).toMatchObject({ rollOut: { batch: 1 } });
});

const OVERLAP = { domains: ['a.test'], roll_out: { strategy: 'overlap' } };

test.each<[string, Record<string, unknown>[], string]>([
  [
    'an app',
    [OVERLAP, { name: 'b', port: 4101 }],
    'apps[1].port: ports 4101-4103 overlap with 4100-4102 of slots b of apps[0]',
  ],
  [
    'the slots of another app',
    [
      OVERLAP,
      { name: 'b', port: 5100, domains: ['b.test'], roll_out: { strategy: 'overlap', spare_port: 4102 } },
    ],
    'apps[1].roll_out.spare_port: ports 4102-4104 of its slots b (spare_port) overlap with 4100-4102 of slots b of apps[0]',
  ],
  [
    'its own instances',
    [{ ...OVERLAP, replicas: 101 }],
    'apps[0].port: ports 4100-4200 of its slots b (spare_port) overlap with 4000-4100 of apps[0]',
  ],
  [
    'the proxy',
    [{ ...OVERLAP, port: 7900 }],
    'apps[0].port: ports 8000-8002 of its slots b (spare_port) overlap with 8001 of proxy.http',
  ],
  [
    'the agent',
    [{ ...OVERLAP, roll_out: { strategy: 'overlap', spare_port: 5000 } }],
    'apps[0].roll_out.spare_port: ports 5000-5002 of its slots b (spare_port) overlap with 5001 of listen',
  ],
  [
    'nobody: there is none so high',
    [{ ...OVERLAP, port: 65_500 }],
    'apps[0].port: ports of its slots b (spare_port) would go up to 65602',
  ],
])('ports of other slots are refused that are those of %s', (_, [first, ...others], error) => {
  expect(errorsOf(behind({ http: 8001 }, { port: 4000, ...first }, ...others))).toEqual([
    error.includes('its slots b') ? `${error} - name others by roll_out.spare_port` : error,
  ]);
});

test('where nothing overlaps there are no other slots, nor their ports', () => {
  const replace = { domains: ['a.test'], roll_out: { strategy: 'replace', spare_port: 4010 } };
  const apps = [
    { port: 4000, ...replace },
    { name: 'b', port: 4010 },
    { name: 'c', port: 4100 },
  ];
  expect(load(behind(PROXY, ...apps)).apps).toHaveLength(3);
});

const HASH = `$6$salt$${'a'.repeat(86)}`;
const ROUTING = {
  max_body: '10MB',
  allow: ['10.0.0.0/8', '::1'],
  basic_auth: { user: 'staging', password: HASH },
  hsts: '365d',
  compress: true,
  time_out: '5m',
  error_page: '/etc/slipway/error.html',
  maintenance_page: '/etc/slipway/maintenance.html',
};

test('what the proxy does with requests is compiled and shown; a change restarts nothing', () => {
  const of = (keys: Record<string, unknown>) =>
    load(behind({ http: 80, https: 443 }, { port: 4000, domains: ['a.test'], ...keys }));
  const configuration = of(ROUTING);
  expect(configuration.apps[0]).toMatchObject({
    routing: {
      maxBodyBytes: 10 * 1024 ** 2,
      allow: ['10.0.0.0/8', '::1'],
      basicAuth: { user: 'staging', password: HASH },
      hstsMs: 365 * 86_400_000,
      compress: true,
      answerMs: 300_000,
      errorPage: '/etc/slipway/error.html',
      maintenancePage: '/etc/slipway/maintenance.html',
    },
  });
  const shown = { ...ROUTING, basic_auth: { user: 'staging', password: '[redacted]' } };
  expect(maskedConfiguration(configuration)).toMatchObject({ apps: [shown] });
  expect(changedApps(of({}), configuration)).toEqual({
    shop: { restart: false, changed: Object.keys(ROUTING) },
  });
});

const SITE = {
  kind: 'site',
  runtime: undefined,
  port: undefined,
  source: { type: 'upload' },
  replicas: undefined,
};

test('a site may be behind it by the address of its web server, with all that concerns requests', () => {
  const keys = { upstream: '[::1]:8080', domains: ['a.test'], path: '/s' };
  const configuration = load(behind({ http: 80, https: 443 }, { ...SITE, ...keys, ...ROUTING }));
  const [app] = load(behind({ http: 80, https: 443 }, { port: 4000, domains: ['a.test'], ...ROUTING })).apps;
  expect(configuration.apps[0]).toMatchObject({
    upstream: { host: '::1', port: 8080 },
    path: '/s',
    routing: app?.routing,
  });
  const shown = { ...keys, ...ROUTING, basic_auth: { user: 'staging', password: '[redacted]' } };
  expect(maskedConfiguration(configuration)).toMatchObject({ apps: [shown] });
  expect(changedApps(load(behind(PROXY, SITE)), load(behind(PROXY, { ...SITE, ...keys })))).toEqual({
    shop: { restart: false, changed: ['domains', 'upstream', 'path', ...Object.keys(ROUTING)] },
  });
});

test('a password that is no hash is refused, and not repeated', () => {
  const keys = { domains: ['a.test'], basic_auth: { user: 'a', password: 'geheimnis' } };
  const errors = errorsOf(behind(PROXY, { port: 4000, ...keys })).join('\n');
  expect(errors).toContain('apps[0].basic_auth.password: must be a hash of the password');
  expect(errors).not.toContain('geheimnis');
});

test.each<[string, unknown, Record<string, unknown>[], string]>([
  ['no address', {}, [], 'proxy: needs http, https, or both'],
  ['one address for both', { http: 80, https: 80 }, [], 'proxy.https: is the address of http'],
  ['a name for an address', { http: 'localhost:80' }, [], 'proxy.http: must be a port, or address:port'],
  ['an address that is none', { http: '1.2.3:80' }, [], 'proxy.http: must be an IP address and a port'],
  [
    'a port of an instance',
    { http: 4001 },
    [{ port: 4000 }],
    'apps[0].port: ports 4000-4002 overlap with 4001 of proxy.http',
  ],
  ['the port of the agent', { http: 5001 }, [{ port: 4000 }], 'proxy.http: port 5001 is that of listen'],
  ['domains without it', null, [{ port: 4000, domains: ['a.test'] }], 'apps[0].domains: needs proxy'],
  ['domains without a port', PROXY, [{ port: null, domains: ['a.test'] }], 'apps[0].domains: needs a port'],
  [
    'a path without domains',
    PROXY,
    [{ port: 4000, path: '/a' }],
    'apps[0].path: does nothing without domains',
  ],
  [
    'one name of two apps',
    PROXY,
    [
      { port: 4000, domains: ['A.test'], path: '/x/' },
      { name: 'b', port: 4010, domains: ['b.test', 'a.test'], path: '/x' },
    ],
    'apps[1].domains[1]: a.test/x is sent to shop@production already',
  ],
  [
    'a name with a quote',
    PROXY,
    [{ port: 4000, domains: ["a'b.test"] }],
    'apps[0].domains[0]: must be a name, or { host, redirect }',
  ],
  [
    'a redirect to a wildcard',
    PROXY,
    [{ port: 4000, domains: [{ host: 'a.test', redirect: '*.test' }] }],
    'apps[0].domains[0]',
  ],
  [
    'a path that leads out',
    PROXY,
    [{ port: 4000, domains: ['a.test'], path: '/a/../b' }],
    'apps[0].path: must be what paths begin with',
  ],
  ...(
    [
      ['max_body', '10 apples', 'must be a size'],
      ['allow', [], 'must be a list of one IP address or network at least'],
      ['allow', ['10.0.0.0/33'], 'must be an IP address or a network'],
      ['allow', ['example.com'], 'must be an IP address or a network'],
      ['allow', ["::1' }"], 'must be an IP address or a network'],
      ['basic_auth', { user: 'a b', password: HASH }, 'must be a name of'],
      ['basic_auth', { user: 'a', password: `$2b$12$${'a'.repeat(53)}` }, 'must be a hash'],
      ['basic_auth', { user: 'a', password: `$6$rounds=99999$a$${'a'.repeat(86)}` }, 'must be a hash'],
      ['hsts', '365d', 'needs https of proxy'],
      ['hsts', '20y', 'must be a duration'],
      ['time_out', '0s', 'must be from 1ms'],
      ['roll_out', { batch: 0 }, 'batch: must be a number of instances from 1 to 1000, or a share of them'],
      ['roll_out', { batch: '101%' }, 'batch: must be'],
      ['roll_out', { spare_port: 70_000 }, 'spare_port: must be a whole number'],
      ['canary', { share: '100%' }, 'share: must be from 1% to 99%'],
      ['canary', { max_errors: 1 }, 'max_errors: must be a percentage'],
      ['canary', { max_latency: '50%' }, 'max_latency: must be from 100%'],
      ['error_page', 'error.html', 'must be an absolute path'],
      ['maintenance_page', 'a\nb', 'must be an absolute path'],
    ] as const
  ).map(([key, value, message]): [string, unknown, Record<string, unknown>[], string] => [
    `${key} ${JSON.stringify(value)}`,
    PROXY,
    [{ port: 4000, domains: ['a.test'], [key]: value }],
    message,
  ]),
  [
    'a balancer by name',
    { http: 80, proxy_protocol: ['lb.test'] },
    [],
    'proxy.proxy_protocol[0]: must be an IP',
  ],
  [
    'overlap without domains',
    PROXY,
    [{ port: 4000, ...OVERLAP, domains: [] }],
    'apps[0].roll_out.strategy: overlap needs domains',
  ],
  ['overlap without a port', PROXY, [{ ...OVERLAP, port: null }], 'apps[0].domains: needs a port'],
  ['overlap without proxy', null, [{ port: 4000, ...OVERLAP }], 'apps[0].domains: needs proxy'],
  ...(
    [
      ['no upstream', { domains: ['a.test'] }, 'apps[0].domains: needs upstream'],
      ['no domains', { upstream: '127.0.0.1:8080' }, 'apps[0].upstream: does nothing without domains'],
      ['a name', { domains: ['a.test'], upstream: 'localhost:80' }, 'must be address:port with an IP'],
      ['every address', { domains: ['a.test'], upstream: '*:80' }, 'must be address:port with an IP'],
      ['itself', { domains: ['a.test'], upstream: '127.0.0.1:80' }, 'port 80 is that of proxy.http'],
      [
        'sticky',
        { domains: ['a.test'], upstream: '127.0.0.1:81', sticky: true },
        '`sticky` is a key of services',
      ],
    ] as const
  ).map(([what, keys, message]): [string, unknown, Record<string, unknown>[], string] => [
    `a site with ${what}`,
    PROXY,
    [{ ...SITE, ...keys }],
    message,
  ]),
  [
    'a canary where nothing overlaps',
    PROXY,
    [{ port: 4000, domains: ['a.test'], roll_out: { strategy: 'replace' }, canary: {} }],
    'apps[0].canary: needs the strategy overlap',
  ],
  [
    'a canary without domains',
    PROXY,
    [{ port: 4000, canary: {} }],
    'apps[0].canary: does nothing without domains',
  ],
  [
    'max_body without domains',
    PROXY,
    [{ port: 4000, max_body: '1MB' }],
    'apps[0].max_body: does nothing without domains',
  ],
])('%s is refused', (_, proxy, apps, message) => {
  expect(errorsOf(behind(proxy, ...apps)).join('\n')).toContain(message);
});

test('two apps may have a name in common, each another path of it', () => {
  const apps = [
    { port: 4000, domains: ['a.test'] },
    { name: 'b', port: 4010, domains: ['a.test'], path: '/b' },
  ];
  expect(load(behind(PROXY, ...apps)).apps).toHaveLength(2);
});
