import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runTool, uniqueName } from '../../../src/kernel/index.ts';
import { copyTree, removeTree, sweep } from '../../../src/release/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { treeLines } from '../../support/tree.ts';

function madeTree(): { folder: string; from: string } {
  const folder = temporaryFolder();
  const from = path.join(folder, 'deployment_1.1.0.0');
  fs.mkdirSync(path.join(from, 'bin'), { recursive: true });
  fs.writeFileSync(path.join(from, 'bin/app'), '#!/bin/sh\n', { mode: 0o755 });
  fs.utimesSync(path.join(from, 'bin/app'), 1_600_000_000, 1_600_000_000);
  fs.symlinkSync('bin/app', path.join(from, 'link'));
  fs.chmodSync(path.join(from, 'bin'), 0o500);
  return { folder, from };
}

describe('a copy of a release', () => {
  test('has the same files, modes, times and links, and files of its own', async () => {
    const { folder, from } = madeTree();
    const to = path.join(folder, '1/release/deployment_1.1.0.0');
    await copyTree({ from, to });
    expect(treeLines(to)).toEqual(treeLines(from));
    expect(fs.statSync(path.join(to, 'bin/app')).ino).not.toBe(fs.statSync(path.join(from, 'bin/app')).ino);
    expect(fs.readdirSync(path.dirname(to))).toEqual(['deployment_1.1.0.0']);
  });

  test('that is there already is left alone', async () => {
    const { folder, from } = madeTree();
    const to = path.join(folder, 'copy');
    fs.mkdirSync(to);
    fs.writeFileSync(path.join(to, 'changed-by-the-app'), '');
    await copyTree({ from, to });
    expect(fs.readdirSync(to)).toEqual(['changed-by-the-app']);
  });

  test('is not made of a release that is gone', async () => {
    const folder = temporaryFolder();
    const [from, to] = [path.join(folder, 'gone'), path.join(folder, 'copy')];
    await expect(copyTree({ from, to })).rejects.toMatchObject({
      code: 'release_unknown',
      message: expect.stringContaining(from),
    });
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('is not begun after an abort, and leaves nothing', async () => {
    const { folder, from } = madeTree();
    const reason = new Error('cancelled');
    const to = path.join(folder, 'copies/copy');
    await expect(copyTree({ from, to, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(fs.readdirSync(path.dirname(to))).toEqual([]);
  });
});

describe('a release that is removed', () => {
  test('is gone with everything in it, and a missing one is fine', async () => {
    const { folder, from } = madeTree();
    await removeTree(from);
    await removeTree(from);
    await removeTree(path.join(folder, 'no/such/folder'));
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('takes nothing along that its links point to', async () => {
    const { folder, from } = madeTree();
    fs.mkdirSync(path.join(folder, 'shared'));
    fs.writeFileSync(path.join(folder, 'shared/kept'), '');
    fs.symlinkSync('../shared', path.join(from, 'shared'));
    await removeTree(from);
    expect(fs.readdirSync(path.join(folder, 'shared'))).toEqual(['kept']);
  });
});

test('the sweep removes left-overs and nothing else', async () => {
  const { folder, from } = madeTree();
  fs.cpSync(from, path.join(folder, '.tmp-deployment_2.1.0.1.4711.abc'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  fs.symlinkSync(from, path.join(folder, '.tmp-current.4711.abc'));
  fs.writeFileSync(path.join(folder, 'not.tmp-'), '');
  expect((await sweep(folder)).sort()).toEqual(['.tmp-current.4711.abc', '.tmp-deployment_2.1.0.1.4711.abc']);
  expect(fs.readdirSync(folder).sort()).toEqual(['deployment_1.1.0.0', 'not.tmp-']);
  expect(fs.existsSync(path.join(from, 'bin/app'))).toBe(true);
  expect(await sweep(path.join(folder, 'missing'))).toEqual([]);
});

test('what is made after the sweep has begun is none of its', async () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, '.tmp-old'));
  const swept = sweep(folder);
  fs.mkdirSync(path.join(folder, '.tmp-new'));
  expect(await swept).toEqual(['.tmp-old']);
  expect(fs.readdirSync(folder)).toEqual(['.tmp-new']);
});

test('of left-overs those of some names can be meant', async () => {
  const folder = temporaryFolder();
  const [mine, other] = ['deployment_1.1.0.0', 'deployment_2.1.0.0'].map((name) =>
    path.basename(uniqueName(path.join(folder, name))),
  ) as [string, string];
  for (const name of [mine, other]) fs.mkdirSync(path.join(folder, name));
  expect(await sweep(folder, (name) => name === 'deployment_1.1.0.0')).toEqual([mine]);
  expect(fs.readdirSync(folder)).toEqual([other]);
});

describe('a program of the system', () => {
  test('that is missing is an error that names it', async () => {
    await expect(runTool(['no-such-program', 'x'])).rejects.toMatchObject({
      code: 'tool_failed',
      message: expect.stringContaining('no-such-program cannot be run: spawn no-such-program ENOENT'),
    });
  });

  test('that fails is an error with its own words, or with how it ended', async () => {
    await expect(runTool(['cat', '/no/such/file'])).rejects.toThrow(/^cat: .*No such file or directory$/);
    await expect(runTool(['false'])).rejects.toThrow(/^false ended with status 1$/);
  });

  test('is given what it needs, and gives what it wrote', async () => {
    expect(await runTool(['sh', '-c', 'pwd; cat; env | sed s/=.*//'])).toMatch(
      /^\/\n(PWD\n|PATH\n|LC_ALL\n|_\n)+$/,
    );
  });

  test('is ended by an abort, with what it has started', async () => {
    const reason = new Error('cancelled');
    const abort = new AbortController();
    // The pipe is closed when the last of them has ended.
    const ended = runTool(['sh', '-c', 'sleep infinity & sleep infinity'], { signal: abort.signal });
    abort.abort(reason);
    await expect(ended).rejects.toBe(reason);
  });
});
