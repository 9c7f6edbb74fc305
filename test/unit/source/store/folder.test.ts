import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { uniqueName } from '../../../../src/kernel/index.ts';
import { openWritableStore } from '../../../../src/source/index.ts';
import { temporaryFolder } from '../../../support/temporary.ts';
import { someFile, storeContract } from './contract.ts';

storeContract('folder', async () => openWritableStore({ url: path.join(temporaryFolder(), 'bucket') }));

test('what keeps a folder from being written is told with what was left, and the next command', async () => {
  const root = temporaryFolder();
  const { signal } = new AbortController();
  fs.writeFileSync(path.join(root, 'dist'), 'no folder');
  const store = openWritableStore({ url: root });
  await expect(store.put('dist/a/x', Buffer.from('x'), { signal })).rejects.toMatchObject({
    code: 'bucket_refused',
    message: `${root}/dist/a/x: what should be a folder on the way to it is none`,
    hint: 'nothing was changed',
    next: `namei -l ${root}/dist/a/x`,
  });
  const unwritable = openWritableStore({ url: '/proc/releases' });
  await expect(unwritable.put('x', Buffer.from('x'), { signal })).rejects.toMatchObject({
    code: expect.stringMatching(/^bucket_/),
    hint: 'nothing was changed',
    next: 'namei -l /proc/releases/x',
  });
});

test('what a killed publisher left in a folder is swept by the next one, and listed by nobody', async () => {
  const root = temporaryFolder();
  const store = openWritableStore({ url: root });
  const { signal } = new AbortController();
  await store.put('dist/a/x', Buffer.from('x'), { signal });
  const left = path.join(root, 'dist/a/a-1.tar.gz.slipway-part');
  fs.writeFileSync(left, 'half');
  expect((await store.list('dist/a/', signal))?.map(({ key }) => key)).toEqual(['dist/a/x']);
  await store.putFile('dist/a/a-1.tar.gz', { ...someFile(10), signal });
  expect(fs.readdirSync(path.join(root, 'dist/a')).sort()).toEqual(['a-1.tar.gz', 'x']);
  fs.writeFileSync(uniqueName(path.join(root, 'dist/a/y')), 'half');
  fs.writeFileSync(path.join(root, 'dist/a/.tmp-of-somebody'), 'kept');
  expect((await store.list('dist/a/', signal))?.map(({ key }) => key)).not.toContain('y');
  await store.put('dist/a/y', Buffer.from('y'), { signal });
  expect(fs.readdirSync(path.join(root, 'dist/a')).sort()).toEqual([
    '.tmp-of-somebody',
    ...['a-1.tar.gz', 'x', 'y'],
  ]);
});
