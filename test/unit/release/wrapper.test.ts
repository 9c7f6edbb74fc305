import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { namedAfter, wrapperIn } from '../../../src/release/wrapper.ts';
import { tarArchive } from '../../fixtures/tar-writer.ts';
import { zipArchive } from '../../fixtures/zip-writer.ts';
import { Ground } from './ground.ts';

const named = namedAfter(['shop', 'web.git'], '1.0+b');

/** Which folder is left out of an archive of these files. */
function left(files: string[], wanted: string[] = []): string | null {
  const paths = new Map([['', 'directory']]);
  for (const file of files) {
    const parts = file.split('/');
    for (let length = 1; length < parts.length; length++)
      paths.set(parts.slice(0, length).join('/'), 'directory');
    paths.set(file, 'file');
  }
  return wrapperIn(paths, { named, wanted });
}

test.each([
  'shop',
  'Shop',
  'shop-1.0+b',
  'shop_1.0+b',
  'shop-v2.3.4-rc.1',
  'web.git-7',
  'somebody-website-4f2a91c',
])('a folder %s around everything else is left out', (top) => {
  expect(left([`${top}/a`, `${top}/b/c`])).toBe(top);
});

test.each(['public', 'shop-assets', 'shopping', 'webxgit', 'some-defaced'])(
  'a folder %s belongs to what it holds',
  (top) => expect(left([`${top}/a`, `${top}/b/c`])).toBeNull(),
);

test('a folder beside something else, or a file, is none around everything', () => {
  expect(left(['shop/a', 'b'])).toBeNull();
  expect(left(['shop'])).toBeNull();
});

test('what is needed decides over the name', () => {
  expect(left(['out/bin/shop'], ['bin/shop', 'bin'])).toBe('out');
  expect(left(['out/server.js'], ['node', 'server.js'])).toBe('out');
  // A start command that works with the folder there goes on to work.
  expect(left(['shop/server.js'], ['node', 'shop/server.js'])).toBeNull();
  expect(left(['shop/__main__.py'], ['python', '-m', 'shop'])).toBeNull();
  expect(left(['shop/server.py'], ['python', '-m', 'shop.server'])).toBeNull();
  // The program comes first.
  expect(left(['shop/run'], ['run', 'shop'])).toBe('shop');
});

describe('an archive', () => {
  const wrapping = { named, wanted: ['run'] };
  const entries = [
    { path: './', type: '5', mode: 0o700 },
    { path: './shop-2.0/', type: '5', mode: 0o700 },
    { path: './shop-2.0/run', mode: 0o755, body: '#!/bin/sh\n' },
    { path: './shop-2.0/also', type: '2', target: 'lib/../run' },
    { path: './shop-2.0/shop-2.0/x', body: 'x' },
  ];

  test.each([
    ['tar', gzipSync(tarArchive(...entries))],
    [
      'zip',
      zipArchive(
        { path: 'shop-2.0/run', unixMode: 0o100755, body: '#!/bin/sh\n' },
        { path: 'shop-2.0/shop-2.0/x', body: 'x' },
      ),
    ],
  ])('is unpacked without the folder: %s', async (_format, archive) => {
    const ground = new Ground(archive);
    expect(await ground.unpack({ wrapping })).toMatchObject({ wrapper: 'shop-2.0', sizeBytes: 11 });
    expect(fs.readdirSync(ground.into)).toEqual(expect.arrayContaining(['run', 'shop-2.0']));
    expect(fs.statSync(path.join(ground.into, 'run')).mode & 0o777).toBe(0o755);
    expect(fs.statSync(ground.into).mode & 0o777).toBe(0o755);
    expect(fs.readdirSync(ground.releases)).toEqual([path.basename(ground.into)]);
  });

  test('whose link would lead out of it without the folder is refused', async () => {
    const link = { path: './shop-2.0/out', type: '2', target: '../shop-2.0/run' };
    const ground = new Ground(tarArchive(...entries, link));
    expect((await ground.unpackInVain({ wrapping })).message).toContain('leads out of the directory');
  });
});

test('what stands twice as the same is there once', async () => {
  const entry = { path: 'lib/a.appup', body: 'same', mode: 0o400 };
  const link = { path: 'l', type: '2', target: 'lib' };
  const hard = { path: 'h', type: '1', target: 'lib/a.appup' };
  const ground = new Ground(tarArchive(entry, link, hard, entry, link, hard, { path: 'e' }, { path: 'e' }));
  await ground.unpack();
  expect(fs.readFileSync(path.join(ground.into, 'lib/a.appup'), 'utf8')).toBe('same');
  expect(fs.statSync(path.join(ground.into, 'lib/a.appup')).mode & 0o777).toBe(0o400);
  expect(fs.readdirSync(ground.into).toSorted()).toEqual(['e', 'h', 'l', 'lib']);

  const zip = new Ground(zipArchive({ path: 'a', body: 'a' }, { path: 'a', body: 'a' }));
  expect(await zip.unpack()).toEqual({ entries: 2, sizeBytes: 2 });
});
