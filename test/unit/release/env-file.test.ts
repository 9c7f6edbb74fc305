import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { placeEnv } from '../../../src/release/index.ts';
import { changeTimes, OWNER, ownersAndModes, ReleaseTree } from './release-tree.ts';

async function place(tree: ReleaseTree, text = 'KEY=new\n'): Promise<string[]> {
  const said: string[] = [];
  await placeEnv({
    releaseDirectory: tree.directory,
    content: Buffer.from(text),
    owner: OWNER,
    mode: 0o640,
    say: (line) => said.push(line),
  });
  expect(fs.readdirSync(tree.directory)).toEqual(['.env']);
  expect(fs.lstatSync(tree.at('.env')).isFile()).toBe(true);
  expect(fs.readFileSync(tree.at('.env'), 'utf8')).toBe(text);
  expect(ownersAndModes(tree.at('.env'))).toEqual({ '.': `${OWNER.uid}:${OWNER.gid} 0640` });
  expect(fs.readdirSync(tree.releases)).toEqual([path.basename(tree.directory)]);
  return said;
}

test('an .env is placed into a release, and over the one that the project brought', async () => {
  const tree = new ReleaseTree();
  expect(await place(tree)).toEqual([]);
  tree.write('.env', { content: 'KEY=project\n', mode: 0o666 });
  expect(await place(tree)).toEqual([]);
  expect(await place(tree, '')).toEqual([]);
});

test('an .env that is the same is left, which needs no room; owner and mode are set', async () => {
  const tree = new ReleaseTree();
  const { ino } = fs.statSync(tree.write('.env', { content: 'KEY=new\n', mode: 0o666 }));
  expect(await place(tree)).toEqual([]);
  expect(fs.statSync(tree.at('.env')).ino).toBe(ino);
  fs.linkSync(tree.at('.env'), path.join(tree.outside, 'another name'));
  await place(tree);
  expect(fs.statSync(tree.at('.env')).ino).not.toBe(ino);
});

test('a reader that has the former .env open goes on reading it whole', async () => {
  const tree = new ReleaseTree();
  const fd = fs.openSync(tree.write('.env', { content: 'KEY=former\n' }), 'r');
  await place(tree);
  expect(fs.readFileSync(fd, 'utf8')).toBe('KEY=former\n');
  fs.closeSync(fd);
});

test('an .env that is a link is replaced, and nothing is written where it leads', async () => {
  const tree = new ReleaseTree();
  const target = path.join(tree.outside, 'secret');
  fs.symlinkSync(target, tree.at('.env'));
  const outside = changeTimes(tree.outside);
  expect(await place(tree)).toEqual([
    `.env of the project is a link to "${target}", which was not followed: it is replaced`,
  ]);
  expect(changeTimes(tree.outside)).toEqual(outside);
});

test('an .env that is a directory is replaced with all that is in it', async () => {
  const tree = new ReleaseTree();
  tree.write('.env/inner/file');
  fs.symlinkSync(tree.outside, tree.at('.env/link'));
  expect(await place(tree)).toEqual(['.env of the project is a directory: it is replaced']);
  expect(fs.existsSync(path.join(tree.outside, 'secret'))).toBe(true);
});

test('what is to be done first is done before the rename; where it fails, the old .env stays', async () => {
  const tree = new ReleaseTree();
  const said: string[] = [];
  const options = {
    releaseDirectory: tree.directory,
    content: Buffer.from('KEY=new\n'),
    owner: OWNER,
    mode: 0o640,
  };
  await place(tree, 'KEY=old\n');
  const first = async () => {
    said.push(fs.readFileSync(tree.at('.env'), 'utf8'));
    throw new Error('no room');
  };
  await expect(placeEnv({ ...options, first, say: () => undefined })).rejects.toThrow('no room');
  expect(said).toEqual(['KEY=old\n']);
  expect(fs.readFileSync(tree.at('.env'), 'utf8')).toBe('KEY=old\n');
  expect(fs.readdirSync(tree.releases)).toEqual([path.basename(tree.directory)]);
  fs.rmSync(tree.directory, { recursive: true });
  await expect(placeEnv({ ...options, first, say: () => undefined })).rejects.toMatchObject({
    code: 'release_unknown',
  });
  expect(said).toHaveLength(1);
});

test('no .env goes into a release that is gone or became a link', async () => {
  const tree = new ReleaseTree();
  fs.rmdirSync(tree.directory);
  await expect(place(tree)).rejects.toMatchObject({ code: 'release_unknown' });
  fs.symlinkSync(tree.outside, tree.directory);
  const outside = changeTimes(tree.outside);
  await expect(place(tree)).rejects.toThrow(/symbolic link, which is never followed/);
  expect(changeTimes(tree.outside)).toEqual(outside);
});
