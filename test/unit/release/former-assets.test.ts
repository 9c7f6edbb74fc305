import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { addFormerAssets } from '../../../src/release/index.ts';
import { OWNER, ownersAndModes, ReleaseTree } from './release-tree.ts';

/** Release 1 of the tree is the new one; what it had before lies beside it. */
function formerOf(tree: ReleaseTree, name: string, files: Record<string, string>) {
  const directory = path.join(tree.releases, name);
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    fs.writeFileSync(path.join(directory, file), text);
  }
  return directory;
}

async function add(
  tree: ReleaseTree,
  formers: string[],
  options: { added?: string[]; signal?: AbortSignal } = {},
) {
  const recorded: string[][] = [];
  const said: string[] = [];
  const count = () =>
    addFormerAssets({
      directory: tree.directory,
      added: new Set(options.added),
      formers: formers.map((directory) => ({ directory, added: new Set() })),
      folders: ['build', 'js'],
      record: (files) => recorded.push(files.toSorted()),
      say: (line) => said.push(line),
      signal: options.signal,
    });
  const added = await count().catch((error: Error) => error.name);
  expect(fs.readdirSync(tree.releases).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
  return { added, recorded, said };
}

test('what is missing is added as it was, of two of one path the newer one; all else stays', async () => {
  const tree = new ReleaseTree();
  tree.write('build/app.js', { content: 'new' });
  tree.write('js', { content: 'a file now' });
  const older = formerOf(tree, 'deployment_2.a', {
    'build/a.js': 'older',
    'build/deep/b.js': 'b',
    'x/c.js': 'c',
  });
  const newer = formerOf(tree, 'deployment_3.b', {
    'build/a.js': 'newer',
    'build/app.js': 'former',
    'js/d.js': 'd',
  });
  fs.chownSync(path.join(newer, 'build/a.js'), OWNER.uid, OWNER.gid);
  fs.chmodSync(path.join(newer, 'build/a.js'), 0o640);
  fs.chmodSync(tree.at('build'), 0o2775);
  fs.chownSync(tree.at('build'), OWNER.uid, OWNER.gid);
  fs.chmodSync(tree.at('build'), 0o2775);
  const { added, recorded } = await add(tree, [newer, older]);
  expect(added).toBe(2);
  expect(recorded).toEqual([['build/a.js', 'build/deep/b.js']]);
  expect(fs.readFileSync(tree.at('build/a.js'), 'utf8')).toBe('newer');
  expect(fs.readFileSync(tree.at('build/app.js'), 'utf8')).toBe('new');
  expect(ownersAndModes(tree.at('build'))).toMatchObject({
    'a.js': `${OWNER.uid}:${OWNER.gid} 0640`,
    deep: `${OWNER.uid}:${OWNER.gid} 2775`,
  });
  expect(fs.readFileSync(tree.at('js'), 'utf8')).toBe('a file now');
  expect(fs.existsSync(tree.at('x'))).toBe(false);
});

test('links, pipes and what lies behind links are not taken, and nothing is put behind one', async () => {
  const tree = new ReleaseTree();
  const former = formerOf(tree, 'deployment_2.a', {
    'build/plain.js': 'p',
    'js/a.js': 'a',
    'build/sub/b.js': 'b',
  });
  fs.symlinkSync(path.join(tree.outside, 'secret'), path.join(former, 'build/secret.js'));
  fs.symlinkSync(tree.outside, path.join(former, 'build/outside'));
  fs.mkdirSync(tree.at('build'));
  fs.symlinkSync(tree.outside, tree.at('build/sub'));
  fs.symlinkSync(tree.outside, tree.at('js'));
  const hostile = path.join(tree.releases, 'deployment_3.b');
  fs.mkdirSync(hostile);
  fs.symlinkSync(tree.outside, path.join(hostile, 'build'));
  const linked = path.join(tree.releases, 'deployment_4.c');
  fs.symlinkSync(tree.outside, linked);
  const before = fs.readdirSync(tree.outside);
  const { added } = await add(tree, [linked, hostile, former, path.join(tree.releases, 'deployment_5.gone')]);
  expect(added).toBe(1);
  expect(fs.readdirSync(tree.at('build')).toSorted()).toEqual(['plain.js', 'sub']);
  expect(fs.readdirSync(tree.outside)).toEqual(before);
});

test('one that is broken off has told of all that it was to add, and the next adds the rest', async () => {
  const tree = new ReleaseTree();
  const names = Array.from({ length: 250 }, (_, index) => `build/${index}.js`);
  const former = formerOf(tree, 'deployment_2.a', Object.fromEntries(names.map((name) => [name, name])));
  const cancel = new AbortController();
  const stop = setInterval(() => fs.existsSync(tree.at('build')) && cancel.abort(), 0);
  const first = await add(tree, [former], { signal: cancel.signal });
  clearInterval(stop);
  expect(first.added).toBe('AbortError');
  const there = fs.readdirSync(tree.at('build')).length;
  expect(there).toBeGreaterThan(0);
  expect(there).toBeLessThan(250);
  expect(first.recorded).toEqual([names.toSorted()]);
  const second = await add(tree, [former], { added: first.recorded.flat() });
  expect(second.added).toBe(250 - there);
  expect(second.recorded).toEqual([names.toSorted()]);
  expect(fs.readdirSync(tree.at('build'))).toHaveLength(250);
});
