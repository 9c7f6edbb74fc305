import { expect, test } from 'vitest';
import { redact } from '../../../src/kernel/index.ts';
import { submoduleAddress } from '../../../src/source/git/address.ts';
import { parseAddress } from '../../../src/source/git/index.ts';

test.each([
  ['/srv/shop.git', '/srv/shop.git', 'local'],
  ['file:///srv/my%20shop', '/srv/my shop', 'local'],
  ['https://example.com/shop.git', 'https://example.com/shop.git', 'http'],
  ['ssh://git@example.com:2222/shop.git', 'ssh://git@example.com:2222/shop.git', 'ssh'],
  ['git@example.com:shop.git', 'git@example.com:shop.git', 'ssh'],
  ['git://example.com/shop', 'git://example.com/shop', 'git'],
])('%s is a repository', (text, url, transport) => {
  expect(parseAddress(text)).toEqual({ url, transport, credentials: null });
});

test('credentials are taken out of a URL, kept for its host, and never shown again', () => {
  const address = parseAddress('https://deployer:p%40ssw0rd-17@example.com:8443/shop.git');
  expect(address).toEqual({
    url: 'https://example.com:8443/shop.git',
    transport: 'http',
    credentials: { origin: 'https://example.com:8443', username: 'deployer', password: 'p@ssw0rd-17' },
  });
  expect(redact('it is p@ssw0rd-17 or p%40ssw0rd-17')).toBe('it is [redacted] or [redacted]');
});

test('a token in place of the user is a secret, too', () => {
  const token = 'ghp_0123456789abcdefghij';
  expect(parseAddress(`https://${token}@example.com/shop.git`).credentials).toMatchObject({
    username: token,
  });
  expect(redact(`user ${token}`)).toBe('user [redacted]');
});

test.each([
  '--upload-pack=touch /tmp/x',
  '-oProxyCommand=x:shop',
  'ssh://-oProxyCommand=x/shop',
  'ssh://-x@example.com/shop',
  '-x@example.com:shop',
  'ext::sh -c true',
  'fd::17',
  'ftp://example.com/shop',
  'https://example.com/shop\ngit',
  'file://example.com/shop',
  'shop.git',
  '',
  `https://example.com/${'x'.repeat(3000)}`,
])('%j is refused', (url) => {
  expect(() => parseAddress(url)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
});

test.each([
  ['/srv/shop', '../theme', '/srv/theme'],
  ['/srv/shop/', './theme', '/srv/shop/theme'],
  ['https://example.com/a/shop.git', '../../b/theme.git', 'https://example.com/b/theme.git'],
  ['git@example.com:a/shop.git', '../theme.git', 'git@example.com:a/theme.git'],
  ['git@example.com:shop.git', '../theme.git', 'git@example.com:theme.git'],
  ['https://example.com/shop.git', 'https://example.org/theme.git', 'https://example.org/theme.git'],
])('in %s, the submodule %s is %s', (parent, url, expected) => {
  expect(submoduleAddress(parseAddress(parent), url).url).toBe(expected);
});

test.each(['/srv/theme', 'file:///srv/theme', 'ext::sh -c true', '-x', '../../../../x'])(
  'a repository elsewhere may have no submodule %s',
  (url) => {
    expect(() => submoduleAddress(parseAddress('git@example.com:shop.git'), url)).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  },
);
