import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeKey, makeKeyFrom, readKey, seal, unseal } from '../../../src/seal/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const BASE = 'a base of sixty-four characters, as mix phx.gen.secret makes one';

test('a key is made once, for its owner alone', () => {
  const folder = temporaryFolder();
  expect(readKey(folder)).toBeNull();
  const key = makeKey(folder);
  expect(fs.statSync(path.join(folder, 'key')).mode & 0o777).toBe(0o600);
  expect(makeKey(folder)).toEqual(key);
  expect(readKey(folder)).toEqual(key);
  expect(fs.readdirSync(folder)).toEqual(['key']);
});

test('the key of an earlier Slipway gets its name of now, and is the same', () => {
  const folder = temporaryFolder();
  const earlier = Buffer.alloc(32, 7);
  fs.writeFileSync(path.join(folder, 'secret.key'), earlier, { mode: 0o600 });
  expect(readKey(folder)).toEqual(earlier);
  expect(fs.readdirSync(folder)).toEqual(['key']);
  expect(makeKey(folder)).toEqual(earlier);
});

test('a key of an earlier name does not take the place of the one that there is', () => {
  const folder = temporaryFolder();
  const key = makeKey(folder);
  fs.writeFileSync(path.join(folder, 'secret.key'), Buffer.alloc(32, 7), { mode: 0o600 });
  expect(readKey(folder)).toEqual(key);
});

test('a key is made of DEPLOYEX_SECRET_KEY_BASE again, where that is given and the key is gone', () => {
  const folder = temporaryFolder();
  expect(makeKeyFrom(folder, BASE)).toBeNull();
  const sealed = seal(readKey(folder) as Buffer, 'a seed', 'here');
  fs.rmSync(path.join(folder, 'key'));
  expect(makeKeyFrom(folder, BASE)).toBeNull();
  expect(unseal(readKey(folder) as Buffer, sealed, 'here')).toBe('a seed');
  expect(readKey(folder)?.toString('latin1')).not.toContain(BASE.slice(0, 8));
  const key = readKey(folder);
  makeKeyFrom(folder, `${BASE}, another`);
  expect(readKey(folder)).toEqual(key);
});

test('no key is made of a base that could be guessed', () => {
  const folder = temporaryFolder();
  expect(makeKeyFrom(folder, 'short')).toContain('5 characters and not 32');
  expect(fs.readdirSync(folder)).toEqual([]);
});
