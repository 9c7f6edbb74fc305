import { expect, test } from 'vitest';
import { maskedConfiguration } from '../../../src/config/index.ts';
import { errorsOf, fileOf, load } from './written.ts';

const written = (proxy: object, ...domains: string[]) =>
  JSON.stringify({ ...JSON.parse(fileOf(domains.length > 0 ? { port: 4000, domains } : {})), proxy });
const BOTH = { http: 80, https: 443 };

test('where certificates come from is compiled, and shown in the words of the file', () => {
  const acme = {
    ...{ email: 'ops@example.com', directory: 'https://ca.internal/acme/acme/directory' },
    ...{ ca: '/etc/ssl/ca.pem', dns: '/usr/local/bin/set-txt --zone test', dns_user: 'dns' },
  };
  const { proxy, ...rest } = load(written({ https: 443, acme }, '*.a.test'));
  const dns = ['/usr/local/bin/set-txt', '--zone', 'test'];
  const { dns_user: dnsUser, ...others } = acme;
  expect(proxy?.acme).toEqual({ ...others, dns, dnsUser });
  const shown = maskedConfiguration({ proxy, ...rest });
  expect(shown).toMatchObject({ proxy: { acme: { ...acme, dns } } });
  expect(load(JSON.stringify(shown)).proxy).toEqual(proxy);
  expect(load(written({ ...BOTH, acme: {} })).proxy?.acme).toEqual({
    ...{ email: null, directory: 'letsencrypt', ca: null, dns: null, dnsUser: null },
  });
  // A shell is told after what it is called, so that $1 is the first thing.
  expect(load(written({ ...BOTH, acme: { dns: { sh: ['nsupdate $1'] } } })).proxy?.acme?.dns).toEqual([
    '/bin/sh',
    '-e',
    '-c',
    'nsupdate $1',
    'dns',
  ]);
});

test.each([
  ['without https', { http: 80, acme: {} }, ['a.test'], 'proxy.acme: needs https'],
  [
    'where nobody could look',
    { https: 443, acme: {} },
    ['a.test'],
    'proxy.acme: needs http, where the authority',
  ],
  ['for a wildcard without dns', { ...BOTH, acme: {} }, ['*.a.test'], 'proxy.acme: needs dns for *.a.test'],
  ['with a user of nothing', { ...BOTH, acme: { dns_user: 'dns' } }, [], 'proxy.acme.dns_user: does nothing'],
  [
    'of an authority without TLS',
    { ...BOTH, acme: { directory: 'http://ca.test/' } },
    [],
    'must be letsencrypt',
  ],
  [
    'with a password in sight',
    { ...BOTH, acme: { directory: 'https://a:b@ca.test/' } },
    [],
    'must be letsencrypt',
  ],
  ['for nobody', { ...BOTH, acme: { email: 'ops' } }, [], 'must be an address such as ops@example.com'],
  [
    'by a program somewhere',
    { ...BOTH, acme: { dns: 'set-txt' } },
    [],
    'must name its program by an absolute',
  ],
  ['with an unknown key', { ...BOTH, acme: { mail: 'a@b.test' } }, [], 'proxy.acme.mail'],
])('%s is refused', (_, proxy, domains, message) => {
  expect(errorsOf(written(proxy, ...domains)).join('\n')).toContain(message);
});

test('a wildcard may be that of a file', () => {
  const proxy = { ...BOTH, certificates: ['/etc/ssl/a.pem'], acme: {} };
  expect(load(written(proxy, '*.a.test')).proxy?.acme).not.toBeNull();
});
