import { describe, expect, it } from 'vitest';
import {
  configurationText,
  type ProxyApp,
  type ProxyDescription,
  stateFile,
} from '../../../src/proxy/index.ts';
import { plain, proxyApp, proxyDescription, slotsOf } from '../../support/haproxy.ts';

const HOSTILE = [
  "a'\n    stats socket /tmp/x",
  'a\tb',
  'a b',
  'a"b',
  "a'b",
  'a\\b',
  'a#b',
  'a$b{HOME}',
  'a%[env(HOME)]',
  '{',
  '}',
  '-f',
  '--',
  '',
  '*',
  '../x',
  'a\u0000',
  'ä',
  'x'.repeat(2000),
];

const HASH = `$5$a$${'b'.repeat(43)}`;

const textOf = (app: Partial<ProxyApp>, more: Partial<ProxyDescription> = {}) =>
  configurationText(
    proxyDescription({ ...more, apps: [proxyApp({ id: 'app', slots: slotsOf([1, 2]), ...app })] }),
  );

describe("HAProxy's configuration", () => {
  it.each([
    ['name of an app', (text: string) => textOf({ id: text })],
    ['domain', (text: string) => textOf({ domains: plain(text) })],
    ['domain after a wildcard', (text: string) => textOf({ domains: plain(`*.${text}`) })],
    ['redirect', (text: string) => textOf({ domains: [{ host: 'a.test', redirect: text, secure: true }] })],
    ['path', (text: string) => textOf({ path: `/${text}`, domains: plain('a.test') }), ['', '--', '-f', '*']],
    [
      'path of a check',
      (text: string) => textOf({ check: { kind: 'http', path: `/${text}` } }),
      ['', '--', '-f', '*'],
    ],
    ['network', (text: string) => textOf({ allow: [text] })],
    ['network of an address', (text: string) => textOf({ allow: [`10.0.0.0/${text}`] })],
    ['user', (text: string) => textOf({ basicAuth: { user: text, hash: HASH } }), ['--', '-f']],
    ['hash', (text: string) => textOf({ basicAuth: { user: 'a', hash: text } })],
    ['page', (text: string) => textOf({ pages: { maintenance: text, error: null } })],
    ['error page', (text: string) => textOf({ pages: { maintenance: null, error: text } })],
    ['balancer', (text: string) => textOf({}, { proxyProtocol: [text] })],
    ['address', (text: string) => textOf({}, { http: { host: text, port: 80 } }), ['*']],
    ['account', (text: string) => textOf({}, { account: { user: text, group: 'haproxy' } })],
    ['slot', (text: string) => textOf({ slots: [{ name: text, instance: '1', host: '::1', port: 1 }] })],
  ] as [string, (text: string) => string, string[]?][])(
    'takes no %s that is more than one word',
    (_, make, harmless = []) => {
      for (const text of HOSTILE.filter((each) => !harmless.includes(each)))
        expect(() => make(text), JSON.stringify(text)).toThrow(/cannot be given to HAProxy/);
    },
  );

  it('asks the more telling condition first', () => {
    const apps = [
      proxyApp({ id: 'wild', domains: plain('*.a.test') }),
      proxyApp({ id: 'root', domains: plain('x.a.test') }),
      proxyApp({ id: 'below', domains: plain('x.a.test'), path: '/shop/' }),
    ];
    const routes = configurationText(proxyDescription({ apps })).match(/use_backend \S+/g);
    expect(routes).toEqual(['below', 'below', 'root', 'wild'].map((app) => `use_backend ${app}`));
  });

  it('has every slot in maintenance until HAProxy is told otherwise', () => {
    expect(textOf({ slots: slotsOf([4000, 4100]) }).match(/^ +server .*$/gm)).toEqual([
      "    server '1' 127.0.0.1:4000 disabled",
      "    server '1b' 127.0.0.1:4100 disabled",
    ]);
  });

  it('waits for an answer as long as the app that may take longest', () => {
    expect(textOf({ answerMs: 1000 })).toContain('timeout client 60000ms');
    expect(textOf({ answerMs: 300_000 })).toContain('timeout client 300000ms');
  });

  it('takes no hash that keeps all requests waiting', () => {
    for (const hash of [`$5$rounds=999999999$a$${'b'.repeat(43)}`, `$2b$12$${'b'.repeat(53)}`])
      expect(() => textOf({ basicAuth: { user: 'a', hash } })).toThrow(/cannot be given to HAProxy/);
  });
});

describe('the file of states', () => {
  it('has the ports of the description, and maintenance for whoever is not in it', () => {
    const apps = [proxyApp({ id: 'api@staging', slots: slotsOf([4000, 4100]) })];
    const [version, header, first = '', second = '', ...rest] = stateFile(
      apps,
      new Map([['api:staging/1b', 'ready']]),
    ).split('\n');
    expect([version, header?.startsWith('# be_id be_name srv_id'), rest]).toEqual(['1', true, ['']]);
    expect(first.split(' ').slice(1, 7)).toEqual(['api:staging', '1', '1', '127.0.0.1', '0', '5']);
    expect(second.split(' ').slice(1, 7)).toEqual(['api:staging', '2', '1b', '127.0.0.1', '2', '4']);
    expect([first, second].map((line) => line.split(' ')[18])).toEqual(['4000', '4100']);
  });
});
