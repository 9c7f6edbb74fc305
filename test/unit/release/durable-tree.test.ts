import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { syncTrees } from '../../../src/release/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const SUBJECT = path.join(import.meta.dirname, '../../../src/release/index.ts');
const MEGABYTE = 1024 * 1024;

/** What a process that syncs these trees has synced, by path; `file system` for all of it at once. */
async function syncedBy(trees: string[], dirtyBytes: number): Promise<string[]> {
  const folder = temporaryFolder();
  const trace = path.join(folder, 'trace');
  const program = path.join(folder, 'program.ts');
  fs.writeFileSync(
    program,
    `import { syncTrees } from ${JSON.stringify(SUBJECT)};
    await syncTrees(${JSON.stringify(trees)}, { dirtyBytes: async () => ${dirtyBytes} });`,
  );
  const options = ['-f', '-y', '-s', '500', '-e', 'trace=syncfs,fsync,fdatasync', '-o', trace];
  const child = spawn('strace', [...options, process.execPath, program], { stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  expect(status).toBe(0);
  const calls = fs.readFileSync(trace, 'latin1').split('\n');
  return calls.flatMap((call) => {
    if (call.includes('syncfs(')) return ['file system'];
    return /f(?:data)?sync\(\d+<([^>]*)>/.exec(call)?.[1] ?? [];
  });
}

function put(tree: string, files: number): string[] {
  const names = Array.from({ length: files }, (_, index) => path.join(tree, 'lib', `${index}.beam`));
  fs.mkdirSync(path.join(tree, 'lib'), { recursive: true });
  for (const name of names) fs.writeFileSync(name, name);
  return [tree, path.join(tree, 'lib'), ...names];
}

test('each file and directory of a release is synced, with its way, and nothing else', async () => {
  const folder = temporaryFolder();
  const tree = path.join(folder, 'release', 'deployment_1.1.0');
  const outside = path.join(folder, 'outside');
  fs.writeFileSync(outside, 'of somebody else');
  const own = put(tree, 3);
  fs.linkSync(own.at(-1) ?? '', path.join(tree, 'hard-link'));
  fs.symlinkSync(outside, path.join(tree, 'link'));
  fs.symlinkSync(folder, path.join(tree, 'lib', 'folder'));
  const odd = Buffer.concat([Buffer.from(path.join(tree, 'odd-')), Buffer.from([0xff])]);
  fs.writeFileSync(odd, 'no UTF-8');
  const synced = await syncedBy([tree], 0);
  expect(synced).toEqual(expect.arrayContaining([...own, path.dirname(tree), folder]));
  expect(synced.filter((name) => name.includes('odd-'))).toHaveLength(1);
  expect(synced).not.toContain(outside);
  expect(synced).not.toContain('file system');
  // What a directory names is on the disk before its names are.
  for (const name of own.slice(1))
    expect(synced.indexOf(name)).toBeLessThan(synced.indexOf(path.dirname(name)));
});

test('of many files the whole file system is synced, unless others have written too much', async () => {
  const trees = ['1', '2'].map((name) => path.join(temporaryFolder(), name));
  const own = trees.flatMap((tree) => put(tree, 50));
  expect(await syncedBy(trees, 10 * MEGABYTE)).toEqual(['file system']);
  const alone = await syncedBy(trees, 100 * MEGABYTE);
  expect(alone).toEqual(expect.arrayContaining(own));
  expect(alone).not.toContain('file system');
});

test('a tree that is gone is told, and a fifo or a socket in one keeps nobody waiting', async () => {
  const missing = path.join(temporaryFolder(), 'missing');
  await expect(syncTrees([missing])).rejects.toMatchObject({ code: 'release_unknown' });
  const tree = temporaryFolder();
  const fifo = spawn('mkfifo', [path.join(tree, 'fifo')]);
  await once(fifo, 'exit');
  await expect(syncTrees([tree])).resolves.toBeUndefined();
});
