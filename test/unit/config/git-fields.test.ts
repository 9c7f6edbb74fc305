import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branchName, gitUrl, tagPattern } from '../../../src/config/git-fields.ts';

const urlOf = (text: string) => gitUrl().safeParse(text).data ?? null;

test.each([
  'https://example.com/shop.git',
  'http://127.0.0.1:8080/shop',
  'https://me@example.com/group/shop.git',
  'https://me:x@example.com/shop.git',
  'https://[::1]:8080/shop.git',
  'ssh://git@example.com/shop.git',
  'ssh://example.com:2222/~me/shop.git',
  'git://example.com/shop.git',
  'git@example.com:group/shop.git',
  'git@[::1]:shop.git',
  'git@example.com:/srv/shop.git',
])('%s is a URL of a repository', (url) => {
  expect(urlOf(url)).toBe(url);
});

test('a path can be said as a file URL', () => {
  expect(urlOf('file:///srv/my%20shop.git/')).toBe('/srv/my shop.git');
  expect(urlOf('/srv/../srv/shop.git/')).toBe('/srv/shop.git');
});

test.each([
  '',
  'shop.git',
  './shop.git',
  '../shop.git',
  '-uevil',
  '--upload-pack=touch /tmp/x',
  'ext::sh -c touch% /tmp/x',
  'fd::17',
  'https::https://example.com/x',
  'me@ext::sh -c id',
  'git@example.com::x',
  'git@-oProxyCommand=id:x',
  '-oProxyCommand=id@example.com:x',
  'git@example.com:-x',
  'ssh://-oProxyCommand=id/x',
  'ssh://-oProxyCommand=id@example.com/x',
  'ssh://me:password@example.com/x',
  'https://-x/y',
  'https://example.com',
  'https://example.com/',
  'https://example.com/a b',
  'https://me:%zz@example.com/x',
  'https://example.com/x\n',
  'git@example.com:x\0y',
  'ftp://example.com/x',
  'ftps://example.com/x',
  'rsync://example.com/x',
  'file://host/srv/x',
  'file:///a%2Fb',
  'example.com:shop.git',
  '/srv/a\nb',
])('%j is none', (url) => {
  expect(urlOf(url)).toBeNull();
});

const isBranch = (text: string) => branchName().safeParse(text).success;
const gitTakes = (name: string) => spawnSync('git', ['check-ref-format', '--branch', name]).status === 0;

test.each(['main', 'release/2.x', 'feature/ü-1', 'a.b', 'x@y', 'v1.0', 'a-', 'HEADS', '{x}'])(
  '%s is a branch, for git too',
  (name) => {
    expect([isBranch(name), gitTakes(name)]).toEqual([true, true]);
  },
);

test.each([
  '',
  '-x',
  '--upload-pack=x',
  '/x',
  'x/',
  'a//b',
  'a..b',
  '.a',
  'a/.b',
  'a.lock',
  'a.lock/b',
  'a.',
  'a b',
  'a~1',
  'a^',
  'a:b',
  'a?',
  'a*',
  'a[b',
  'a\\b',
  '@',
  '@{-1}',
  'a@{1}',
  'HEAD',
  'a\tb',
  'a\x7f',
  'x'.repeat(201),
])('%j is none', (name) => {
  expect(isBranch(name)).toBe(false);
});

test('what is taken for a branch, git takes for one', () => {
  const name = fc.string({
    unit: fc.constantFrom(...'aZ0./-@{}~^:?*[\\ \t\u00e9\u200d'),
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(name.filter(isBranch), (name) => {
      expect(gitTakes(name)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('a pattern of tags is a regular expression that says something', () => {
  const isPattern = (text: string) => tagPattern().safeParse(text).success;
  expect(['^v\\d+', '^v(?<major>\\d+)\\.0$', 'x'].map(isPattern)).toEqual([true, true, true]);
  expect(['(', 'a{2,1}', '[z-a]', ''].map(isPattern)).toEqual([false, false, false, false]);
});

test.each([
  ['v(?!1)', /this one has \(\?!, and the syntax of RE2 knows no look-around/],
  ['(a)\\1', /this one has \\1, and the syntax of RE2 knows no back references/],
  ['(?>a)', /this one has an error in the syntax of RE2, .*\(\?>/],
  ['a'.repeat(1001), /this one has 1001 characters, and 1000 are allowed/],
  ['((\\d{100}){5}\\d{900})', /this one repeats too much/],
])('the pattern %j of tags is refused with the reason', (pattern, words) => {
  expect(tagPattern().safeParse(pattern).error?.issues[0]?.message).toMatch(words);
});
