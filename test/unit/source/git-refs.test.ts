import { expect, test } from 'vitest';
import {
  followed,
  isOlderTag,
  named,
  parseAddress,
  RefsReader,
  refUnknown,
} from '../../../src/source/git/index.ts';
import { compareVersions } from '../../../src/source/git/version-order.ts';

const address = parseAddress('/srv/shop');
const commit = (digit: string) => digit.repeat(40);

/** The lines that `git ls-remote --symref` writes. */
function refs(...lines: [string, string][]) {
  const reader = new RefsReader(address);
  // Byte by byte, as it may come.
  for (const byte of Buffer.from(lines.map((line) => `${line.join('\t')}\n`).join('')))
    reader.push(Buffer.of(byte));
  return reader.end();
}

const shop = refs(
  ['ref: refs/heads/main', 'HEAD'],
  [commit('a'), 'HEAD'],
  [commit('a'), 'refs/heads/main'],
  [commit('b'), 'refs/heads/feature/cart'],
  [commit('c'), 'refs/tags/v1.9.0'],
  [commit('d'), 'refs/tags/v1.10.0'],
  [commit('e'), 'refs/tags/v1.10.0^{}'],
  [commit('f'), 'refs/tags/v1.11.0-rc1'],
  [commit('1'), 'refs/tags/nightly-7'],
  [commit('2'), 'refs/pull/1/head'],
);

test('the branch is followed where no tag pattern is given', () => {
  expect(followed(shop, { branch: 'feature/cart', tags: [], address })).toEqual({
    ref: 'feature/cart',
    commit: commit('b'),
  });
});

test('the newest tag of a pattern goes before the branch; an annotated one is its commit', () => {
  const tags = [String.raw`^v\d+\.\d+\.\d+$`];
  expect(followed(shop, { branch: 'main', tags, address })).toEqual({ ref: 'v1.10.0', commit: commit('e') });
});

test('the first pattern that matches any tag wins over those after it', () => {
  const tags = ['^release-', '^nightly-', '^v'];
  expect(followed(shop, { branch: 'main', tags, address })).toMatchObject({ ref: 'nightly-7' });
});

test('the branch is followed where no tag matches', () => {
  expect(followed(shop, { branch: 'main', tags: ['^x'], address })).toMatchObject({ ref: 'main' });
});

test('without a branch, that of HEAD is followed', () => {
  expect(followed(shop, { branch: null, tags: [], address })).toEqual({ ref: 'main', commit: commit('a') });
});

test('a branch that is not there is named, with the nearest first', () => {
  expect(followed(shop, { branch: 'mian', tags: [], address })).toEqual({
    missing: '/srv/shop has no branch mian; there is main, feature/cart',
  });
});

test('an empty repository is told from one without the branch', () => {
  expect(followed(refs(), { branch: 'main', tags: [], address })).toEqual({
    missing: '/srv/shop has no branches yet',
  });
  expect(followed(refs(), { branch: null, tags: [], address })).toMatchObject({
    missing: expect.stringContaining('/srv/shop has no commits yet'),
  });
});

test.each([
  ['main', 'main', 'a'],
  ['refs/heads/main', 'main', 'a'],
  ['feature/cart', 'feature/cart', 'b'],
  ['v1.10.0', 'v1.10.0', 'e'],
  ['refs/tags/v1.9.0', 'v1.9.0', 'c'],
  ['HEAD', 'HEAD', 'a'],
])('a person finds %s', (wanted, ref, digit) => {
  expect(named(shop, wanted)).toEqual({ ref, commit: commit(digit) });
});

test.each(['cart', 'refs/pull/1/head', '--all', 'main^{}', 'v1.10.0^{}', ''])(
  'a person finds no %j',
  (wanted) => {
    expect(named(shop, wanted)).toBeNull();
  },
);

test('what is not there is named beside what is near', () => {
  expect(refUnknown(shop, 'v1.9.1', address)).toMatchObject({
    code: 'ref_unknown',
    message: '/srv/shop has no branch, tag or commit "v1.9.1"',
    hint: expect.stringMatching(/^there is v1\.9\.0, main/),
  });
});

test('a tag is older than a newer one of its pattern, and than any of an earlier pattern', () => {
  const tags = ['^v', '^nightly-'];
  expect(isOlderTag('v1.9.0', 'v1.10.0', tags)).toBe(true);
  expect(isOlderTag('nightly-7', 'v1.0.0', tags)).toBe(true);
  expect(isOlderTag('v1.10.0', 'v1.9.0', tags)).toBe(false);
  expect(isOlderTag('v1.0.0', 'nightly-7', tags)).toBe(false);
  expect(isOlderTag('v1.0.0', 'main', tags)).toBe(false);
});

test('tags are ordered as versions: numbers as numbers, a pre-release before its release', () => {
  const ordered = [
    '0.9',
    '1.0.0-alpha',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc1',
    '1.0.0',
    '1.0.1',
    '1.2',
    '1.10',
    '2.0rc1',
    '2.0',
    '10',
  ];
  expect(ordered.toReversed().sort(compareVersions)).toEqual(ordered);
  const prefixed = ordered.map((version) => `v${version}`);
  expect(prefixed.toReversed().sort(compareVersions)).toEqual(prefixed);
});

test('a tag that keeps a backtracking engine busy for ever is looked at and passed over', () => {
  const hostile = refs([commit('a'), `refs/tags/v${'1'.repeat(3000)}-rc1`], [commit('b'), 'refs/tags/v1.2']);
  const tags = [String.raw`^v(\d+\.?)+$`];
  expect(followed(hostile, { branch: null, tags, address })).toEqual({ ref: 'v1.2', commit: commit('b') });
  const unknown = followed(hostile, { branch: null, tags: ['(?=x)'], address });
  expect(unknown).toMatchObject({ missing: expect.stringContaining('no look-around') });
});

test('a list of refs without end is refused, and pull requests are no branches', () => {
  const line = (name: string) => Buffer.from(`${commit('a')}\t${name}\n`);
  const many = new RefsReader(address);
  for (let pull = 0; pull < 250_000; pull += 1000)
    many.push(
      Buffer.concat(Array.from({ length: 1000 }, (_, index) => line(`refs/pull/${pull + index}/head`))),
    );
  expect(many.end().branches.size).toBe(0);
  const push = (reader: RefsReader, chunk: Buffer) => () => reader.push(chunk);
  const branches = Array.from({ length: 200_001 }, (_, index) => `${commit('a')}\trefs/heads/${index}\n`);
  expect(push(many, Buffer.from(branches.join('')))).toThrow('more than 200000 branches and tags');
  expect(push(new RefsReader(address), Buffer.alloc(9000, 'x'))).toThrow('a name without end');
});

test('numbers of any length are compared as numbers', () => {
  const zeros = '0'.repeat(5000);
  expect(compareVersions(`v1${zeros}`, `v2${zeros}`)).toBeLessThan(0);
  expect(compareVersions(`v${zeros}2`, 'v10')).toBeLessThan(0);
});
