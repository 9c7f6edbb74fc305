import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { linkShared } from '../../../src/release/index.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { changeTimes, MODES, OWNER, ownersAndModes, ReleaseTree } from './release-tree.ts';

const mine = `${OWNER.uid}:${OWNER.gid}`;

/** Links, and gives what was said with the root's path as `ROOT`. */
async function link(tree: ReleaseTree, ...shared: string[]): Promise<string[]> {
  const said: string[] = [];
  await linkShared({
    releaseDirectory: tree.directory,
    shared,
    owner: OWNER,
    modes: MODES,
    say: (line) => said.push(line.replaceAll(tree.root, 'ROOT').replaceAll(tree.outside, 'OUTSIDE')),
  });
  expect(fs.readdirSync(tree.releases)).toEqual([path.basename(tree.directory)]);
  return said;
}

const linkOf = (tree: ReleaseTree, name: string) => fs.readlinkSync(tree.at(name));
const inRoot = (tree: ReleaseTree, name: string) => path.join(tree.root, name);

describe('a shared path', () => {
  test('is made in the root where it is missing, and becomes a relative link in the release', async () => {
    const tree = new ReleaseTree();
    expect(await link(tree, 'node_modules', 'vendor')).toEqual([]);
    expect(linkOf(tree, 'node_modules')).toBe('../../node_modules');
    expect(fs.realpathSync(tree.at('vendor'))).toBe(inRoot(tree, 'vendor'));
    expect(ownersAndModes(inRoot(tree, 'vendor'))).toEqual({ '.': `${mine} 2775` });
    expect(ownersAndModes(tree.directory)).toMatchObject({ vendor: `${mine} link` });
  });

  test('may lie in folders, which are made', async () => {
    const tree = new ReleaseTree();
    await link(tree, 'var/cache/http');
    expect(linkOf(tree, 'var/cache/http')).toBe('../../../../var/cache/http');
    expect(fs.realpathSync(tree.at('var/cache/http'))).toBe(inRoot(tree, 'var/cache/http'));
    expect(ownersAndModes(inRoot(tree, 'var'))).toEqual({
      '.': `${mine} 2775`,
      cache: `${mine} 2775`,
      'cache/http': `${mine} 2775`,
    });
  });

  test('that is there stays as it is, a link of a person too', async () => {
    const tree = new ReleaseTree();
    fs.mkdirSync(inRoot(tree, 'vendor'), { mode: 0o700 });
    fs.writeFileSync(inRoot(tree, 'vendor/kept'), 'kept');
    fs.symlinkSync(tree.outside, inRoot(tree, 'media'));
    const before = [changeTimes(inRoot(tree, 'vendor')), changeTimes(tree.outside)];
    expect(await link(tree, 'vendor', 'media')).toEqual([]);
    expect([changeTimes(inRoot(tree, 'vendor')), changeTimes(tree.outside)]).toEqual(before);
    expect(fs.realpathSync(tree.at('media'))).toBe(tree.outside);
  });

  test('is linked again without a change', async () => {
    const tree = new ReleaseTree();
    tree.write('vendor/seed');
    await link(tree, 'vendor', 'var/cache');
    const before = changeTimes(tree.root);
    expect(await link(tree, 'vendor', 'var/cache')).toEqual([]);
    expect(changeTimes(tree.root)).toEqual(before);
  });

  test('is made anew where it was removed under its link', async () => {
    const tree = new ReleaseTree();
    await link(tree, 'vendor');
    fs.rmdirSync(inRoot(tree, 'vendor'));
    await link(tree, 'vendor');
    expect(fs.statSync(tree.at('vendor')).isDirectory()).toBe(true);
  });
});

describe('a directory of the project at a shared path', () => {
  test('goes into a storage that has nothing but the empty public that every site has', async () => {
    const tree = new ReleaseTree();
    fs.mkdirSync(inRoot(tree, 'storage/public'), { recursive: true });
    tree.write('storage/app/public/.gitignore');
    tree.write('storage/framework/views/.gitignore');
    expect(await link(tree, 'storage')).toEqual([
      'storage of the project is now ROOT/storage, because there was nothing in it yet',
    ]);
    expect(fs.readdirSync(inRoot(tree, 'storage'))).toEqual(['app', 'framework']);
    expect(fs.existsSync(tree.at('storage/framework/views/.gitignore'))).toBe(true);
  });

  test.each([
    ['storage', 'storage/public/upload'],
    ['storage', 'storage/other'],
    ['media', 'media/public'],
  ])('does not go into %s where there is %s', async (shared, kept) => {
    const tree = new ReleaseTree();
    fs.mkdirSync(inRoot(tree, kept), { recursive: true });
    tree.write(`${shared}/seed`);
    expect(await link(tree, shared)).toEqual([
      `${shared} of the project is not used: ROOT/${shared} is there already and stays as it is`,
    ]);
    expect(fs.existsSync(inRoot(tree, kept))).toBe(true);
    expect(fs.existsSync(inRoot(tree, `${shared}/seed`))).toBe(false);
  });

  test.each(['missing', 'empty'])('goes into the root where the shared one is %s', async (which) => {
    const tree = new ReleaseTree();
    tree.write('storage/app/seed', { content: 'seed', mode: 0o600 });
    if (which === 'empty') fs.mkdirSync(inRoot(tree, 'storage'));
    expect(await link(tree, 'storage')).toEqual([
      'storage of the project is now ROOT/storage, because there was nothing in it yet',
    ]);
    expect(linkOf(tree, 'storage')).toBe('../../storage');
    expect(fs.readFileSync(inRoot(tree, 'storage/app/seed'), 'utf8')).toBe('seed');
    expect(ownersAndModes(inRoot(tree, 'storage'))).toEqual({
      '.': `${mine} 2775`,
      app: `${mine} 2775`,
      'app/seed': `${mine} 0664`,
    });
  });

  test.each([
    [
      'holds something',
      (tree: ReleaseTree) => fs.mkdirSync(inRoot(tree, 'storage/app'), { recursive: true }),
    ],
    ['is a file', (tree: ReleaseTree) => fs.writeFileSync(inRoot(tree, 'storage'), 'kept')],
    [
      'is a link',
      (tree: ReleaseTree) => fs.symlinkSync(path.join(tree.outside, 'sub'), inRoot(tree, 'storage')),
    ],
  ])('is taken out of the release where the shared one %s', async (_what, make) => {
    const tree = new ReleaseTree();
    fs.rmSync(path.join(tree.outside, 'sub/readable'));
    make(tree);
    tree.write('storage/app/seed');
    const before = changeTimes(inRoot(tree, 'storage'));
    const outside = changeTimes(tree.outside);
    expect(await link(tree, 'storage')).toEqual([
      'storage of the project is not used: ROOT/storage is there already and stays as it is',
    ]);
    expect(changeTimes(inRoot(tree, 'storage'))).toEqual(before);
    expect(changeTimes(tree.outside)).toEqual(outside);
    expect(linkOf(tree, 'storage')).toBe('../../storage');
  });

  test('stays, and the deployment fails, where the shared one is a file system of its own', async () => {
    const tree = new ReleaseTree();
    new SmallDisk(inRoot(tree, 'storage'), 65_536);
    tree.write('storage/seed');
    await expect(link(tree, 'storage')).rejects.toMatchObject({
      code: 'path_refused',
      message: `storage of the project cannot become ${inRoot(tree, 'storage')}: that is a file system of its own`,
      next: `cp -a ${tree.at('storage')}/. ${inRoot(tree, 'storage')}/`,
    });
    expect(fs.readFileSync(tree.at('storage/seed'), 'utf8')).toBe('storage/seed');
    fs.writeFileSync(inRoot(tree, 'storage/seed'), 'by hand');
    await link(tree, 'storage');
    expect(fs.readFileSync(tree.at('storage/seed'), 'utf8')).toBe('by hand');
  });
});

describe('a file of the project at a shared path', () => {
  test.each(['missing', 'an empty directory'])('goes into the root where there is %s', async (which) => {
    const tree = new ReleaseTree();
    tree.write('database.sqlite', { content: 'seed', mode: 0o600 });
    if (which !== 'missing') fs.mkdirSync(inRoot(tree, 'database.sqlite'));
    expect(await link(tree, 'database.sqlite')).toEqual([
      'database.sqlite of the project is now ROOT/database.sqlite, because there was nothing in it yet',
    ]);
    expect(fs.readFileSync(tree.at('database.sqlite'), 'utf8')).toBe('seed');
    expect(linkOf(tree, 'database.sqlite')).toBe('../../database.sqlite');
    expect(ownersAndModes(inRoot(tree, 'database.sqlite'))).toEqual({ '.': `${mine} 0664` });
    expect(fs.statSync(tree.at('database.sqlite')).nlink).toBe(1);
  });

  test('is not used where there is one', async () => {
    const tree = new ReleaseTree();
    tree.write('database.sqlite');
    fs.writeFileSync(inRoot(tree, 'database.sqlite'), 'grown');
    expect(await link(tree, 'database.sqlite')).toEqual([
      'database.sqlite of the project is not used: ROOT/database.sqlite is there already and stays as it is',
    ]);
    expect(fs.readFileSync(tree.at('database.sqlite'), 'utf8')).toBe('grown');
  });
});

describe('a link of the project', () => {
  test('at a shared path is replaced, and nothing goes where it leads', async () => {
    const tree = new ReleaseTree();
    fs.symlinkSync(tree.outside, tree.at('storage'));
    const outside = changeTimes(tree.outside);
    expect(await link(tree, 'storage')).toEqual([
      'storage of the project is a link to "OUTSIDE", which was not followed: it is not used',
    ]);
    expect(changeTimes(tree.outside)).toEqual(outside);
    expect(linkOf(tree, 'storage')).toBe('../../storage');
  });

  test.each([
    ['release', (tree: ReleaseTree) => tree.at('var')],
    ['root', (tree: ReleaseTree) => inRoot(tree, 'var')],
  ])('on the way to a shared path is refused, in the %s', async (_where, at) => {
    const tree = new ReleaseTree();
    fs.symlinkSync(tree.outside, at(tree));
    const outside = changeTimes(tree.outside);
    await expect(link(tree, 'var/cache')).rejects.toMatchObject({
      code: 'path_refused',
      message: `var/cache cannot be shared: ${at(tree)} is a symbolic link, and only directories may lead to what is shared`,
    });
    expect(changeTimes(tree.outside)).toEqual(outside);
    expect(fs.readlinkSync(at(tree))).toBe(tree.outside);
  });
});

test('a file of the project on the way to a shared path is refused, and a fifo is replaced', async () => {
  const tree = new ReleaseTree();
  tree.write('var');
  await expect(link(tree, 'var/cache')).rejects.toThrow(/var is no directory, and only directories may lead/);
  execFileSync('mkfifo', [tree.at('fifo')]);
  expect(await link(tree, 'fifo')).toEqual([
    'fifo of the project is neither file nor directory: it is not used',
  ]);
  expect(linkOf(tree, 'fifo')).toBe('../../fifo');
});
