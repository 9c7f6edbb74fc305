import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { unpack } from '../../../src/release/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { treeLines } from '../../support/tree.ts';

/** What only GNU's and the pax format can hold. */
const MODERN_ONLY = ['--exclude=*long-name*', '--exclude=*deep*'];

test.each([
  ['v7', ['--format=v7', ...MODERN_ONLY]],
  ['ustar', ['--format=ustar', ...MODERN_ONLY]],
  ['oldgnu', ['--format=oldgnu']],
  ['gnu', ['--format=gnu']],
  ['pax', ['--format=pax']],
  ['gnu, gzip', ['--format=gnu', '--gzip']],
  ['pax, zstd', ['--format=pax', '--zstd']],
])('what GNU tar packs (%s) comes out as GNU tar unpacks it', async (_format, options) => {
  const folder = temporaryFolder();
  const [archive, peer, into] = ['archive', 'peer', 'into'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  makeTree(path.join(folder, 'tree'));
  execFileSync('tar', ['-C', path.join(folder, 'tree'), ...options, '-cf', archive, '.']);
  fs.mkdirSync(peer);
  execFileSync('tar', ['-C', peer, '--no-same-owner', '-xpf', archive]);
  await unpack({ archive, into });
  expect(treeLines(into)).toEqual(treeLines(peer));
  expect(treeLines(into).length).toBeGreaterThan(6);
});

test('what zip packs comes out as unzip unpacks it', async () => {
  const folder = temporaryFolder();
  const [archive, peer, into] = ['app.zip', 'peer', 'into'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  makeTree(path.join(folder, 'tree'));
  execFileSync('zip', ['--quiet', '--recurse-paths', '--symlinks', archive, '.'], {
    cwd: path.join(folder, 'tree'),
  });
  execFileSync('unzip', ['-q', archive, '-d', peer]);
  await unpack({ archive, into });
  expect(treeLines(into)).toEqual(treeLines(peer));
});

test("what Erlang's own tar packs, as mix release does, comes out whole", async () => {
  const folder = temporaryFolder();
  const tree = path.join(folder, 'tree');
  makeTree(tree);
  const archive = path.join(folder, 'app-1.0.0.tar.gz');
  const create = `ok = erl_tar:create("${archive}", [{".", "${tree}"}], [compressed]), halt().`;
  execFileSync('erl', ['-noshell', '-boot', 'start_clean', '+fnu', '-eval', create]);
  const into = path.join(folder, 'into');
  await unpack({ archive, into });
  // erl_tar packs a directory only where it is empty: the others come back with a mode and a time of their own.
  const packed = (line: string) => !line.includes(' directory ') || line.startsWith('shut ');
  expect(treeLines(into).filter(packed)).toEqual(treeLines(tree).filter(packed));
});

function makeTree(tree: string): void {
  const inside = (name: string) => path.join(tree, name);
  fs.mkdirSync(inside('bin'), { recursive: true });
  fs.writeFileSync(inside('bin/app'), '#!/bin/sh\n', { mode: 0o755 });
  fs.writeFileSync(inside('exactly-one-block'), 'x'.repeat(512));
  fs.writeFileSync(inside('big'), 'line\n'.repeat(100_000), { mode: 0o640 });
  fs.writeFileSync(inside('empty'), '');
  fs.writeFileSync(inside('spaces and ümläut'), 'ü');
  fs.linkSync(inside('big'), inside('hard-link'));
  fs.symlinkSync('bin/app', inside('link'));
  fs.symlinkSync('../empty', inside('bin/up'));
  const deep = inside(`deep/${'folder/'.repeat(30)}`);
  fs.mkdirSync(deep, { recursive: true });
  fs.writeFileSync(path.join(deep, `long-name-${'n'.repeat(180)}`), 'deep');
  fs.symlinkSync(`folder/${'folder/'.repeat(29)}long-name-${'n'.repeat(180)}`, inside('deep/long-name-link'));
  fs.mkdirSync(inside('shut'));
  fs.chmodSync(inside('shut'), 0o750);
  for (const name of ['bin/app', 'big', 'bin', 'shut'])
    fs.utimesSync(inside(name), 1_600_000_000, 1_600_000_000);
}
