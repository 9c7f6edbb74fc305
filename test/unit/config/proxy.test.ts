import { expect, test } from 'vitest';
import { maskedConfiguration } from '../../../src/config/index.ts';
import { errorsOf, fileOf, load } from './written.ts';

const behind = (proxy: unknown, ...apps: Record<string, unknown>[]) =>
  JSON.stringify({ ...JSON.parse(fileOf(...apps)), proxy });
const PROXY = { http: 80 };

test('what the proxy sends to an app is compiled, and shown in the words of the file', () => {
  const domains = ['*.API.test', { host: 'www.api.test', redirect: 'api.test' }];
  const keys = { domains, path: '/v2', sticky: true, roll_out: { strategy: 'replace', drain: '1m' } };
  const proxy = { http: '127.0.0.1:8080', https: '[::1]:8443', certificates: ['/etc/ssl/../ssl/a.pem'] };
  const configuration = load(behind(proxy, { port: 4000, ...keys }));
  expect(configuration.proxy).toEqual({
    http: { host: '127.0.0.1', port: 8080 },
    https: { host: '::1', port: 8443 },
    certificates: ['/etc/ssl/a.pem'],
  });
  expect(configuration.apps[0]).toMatchObject({
    domains: [
      { host: '*.api.test', redirect: null },
      { host: 'www.api.test', redirect: 'api.test' },
    ],
    path: '/v2',
    sticky: true,
    rollOut: { strategy: 'replace', drainMs: 60_000 },
  });
  const shown = maskedConfiguration(configuration);
  expect(shown).toMatchObject({
    proxy: { ...proxy, certificates: ['/etc/ssl/a.pem'] },
    apps: [{ ...keys, domains: ['*.api.test', domains[1]] }],
  });
  expect(load(JSON.stringify(shown)).apps).toEqual(configuration.apps);
  expect(load(behind({ https: 443 })).proxy).toMatchObject({ http: null, https: { host: '*', port: 443 } });
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
