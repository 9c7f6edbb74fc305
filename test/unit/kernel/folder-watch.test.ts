import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FolderWatch } from '../../../src/kernel/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/unwatched.ts');

test('where the kernel has no watches left a folder is looked at, until it has some again', () => {
  const folder = temporaryFolder();
  const argv = ['--user', '--map-root-user', process.execPath, PROGRAM, folder];
  const { troubles, names } = JSON.parse(execFileSync('unshare', argv, { encoding: 'utf8' })) as {
    troubles: (string | null)[];
    names: string[];
  };
  expect(troubles).toEqual([expect.stringContaining('folders cannot be watched (EMFILE)'), null]);
  expect(names).toEqual(['first', 'second']);
});

test('names are told as they appear; a folder that is not there is an error', async () => {
  const folder = temporaryFolder();
  const names = new Set<string>();
  const watch = new FolderWatch(folder, (name) => names.add(name));
  fs.writeFileSync(path.join(folder, 'name'), '');
  await waitFor('the name', () => names.has('name'));
  watch.close();
  expect(() => new FolderWatch(path.join(folder, 'missing'), () => undefined)).toThrow('ENOENT');
});
