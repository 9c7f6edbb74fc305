import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeSiteDirectories, siteLayout, switchCurrent } from '../../../src/release/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { changeTimes, ownersAndModes } from './release-tree.ts';

const web = { uid: 54_321, gid: 54_322 };
const deployer = { uid: 54_323, gid: 54_324 };

async function make(root: string, shared: string[] = ['vendor', 'var/cache']): Promise<string[]> {
  const said: string[] = [];
  await makeSiteDirectories(siteLayout(root), {
    owner: web,
    storageOwner: deployer,
    modes: { directory: 0o2775 },
    shared,
    say: (line) => said.push(line.replaceAll(root, 'ROOT')),
  });
  return said;
}

function newRoot(): string {
  return path.join(fs.realpathSync(temporaryFolder()), 'srv/webroot');
}

describe('the directories of a site', () => {
  test('are made with their owners; the root and release belong to the agent alone', async () => {
    const root = newRoot();
    const said = await make(root);
    expect(ownersAndModes(root)).toEqual({
      '.': '0:0 0755',
      release: '0:0 0755',
      logs: '54321:54322 2775',
      storage: '54323:54324 2775',
      'storage/public': '54323:54324 2775',
      vendor: '54321:54322 2775',
      var: '54321:54322 2775',
      'var/cache': '54321:54322 2775',
    });
    expect(said).toEqual(
      ['', '/release', '/logs', '/storage', '/storage/public', '/vendor', '/var/cache'].map(
        (name) => `made ROOT${name}`,
      ),
    );
  });

  test('stay as they are where they are there', async () => {
    const root = newRoot();
    fs.mkdirSync(path.join(root, 'storage'), { recursive: true, mode: 0o700 });
    fs.mkdirSync(path.join(root, 'vendor'), { mode: 0o700 });
    fs.writeFileSync(path.join(root, 'vendor/file'), '');
    expect(await make(root)).not.toContain('made ROOT/storage');
    expect(ownersAndModes(root)).toMatchObject({
      '.': '0:0 0700',
      storage: '0:0 0700',
      vendor: '0:0 0700',
    });
    const before = changeTimes(root);
    expect(await make(root)).toEqual([]);
    expect(changeTimes(root)).toEqual(before);
  });

  test('are told of, and left, where others may change what is made ready in them', async () => {
    const root = newRoot();
    fs.mkdirSync(path.join(root, 'release'), { recursive: true });
    fs.chmodSync(root, 0o2775);
    fs.chownSync(path.join(root, 'release'), web.uid, web.gid);
    const told = (await make(root)).filter((line) => !line.startsWith('made'));
    expect(told).toEqual([
      expect.stringContaining('others may write to ROOT (0:0, mode 2775)'),
      expect.stringContaining('others may write to ROOT/release (54321:54322, mode 0755)'),
    ]);
    expect(told[1]).toContain('chown 0 ROOT/release && chmod go-w ROOT/release');
    expect(ownersAndModes(root)).toMatchObject({ '.': '0:0 2775', release: '54321:54322 0755' });
  });

  test('may be links of a person to another disk, in which nothing is made', async () => {
    const root = newRoot();
    const disk = temporaryFolder();
    fs.mkdirSync(root, { recursive: true });
    for (const name of ['storage', 'vendor', 'logs']) fs.symlinkSync(disk, path.join(root, name));
    await make(root);
    expect(fs.readdirSync(disk)).toEqual([]);
    expect(fs.readlinkSync(path.join(root, 'storage'))).toBe(disk);
  });

  test('may be a current that points to a release', async () => {
    const root = newRoot();
    await make(root);
    fs.symlinkSync('release/deployment_1.ab12cd3', path.join(root, 'current'));
    expect(await make(root)).toEqual([]);
  });
});

describe('a root is refused, and nothing is touched,', () => {
  test.each([
    ['that is a link', (root: string) => fs.symlinkSync(temporaryFolder(), root), /is a symbolic link to/],
    ['that is a file', (root: string) => fs.writeFileSync(root, ''), /webroot is no directory/],
    [
      'in which another tool deploys to current',
      (root: string) => fs.mkdirSync(path.join(root, 'current'), { recursive: true }),
      /current is no symbolic link to a release: something else has deployed there/,
    ],
    [
      'whose release is a link',
      (root: string) => {
        fs.mkdirSync(root);
        fs.symlinkSync(temporaryFolder(), path.join(root, 'release'));
      },
      /release is no directory/,
    ],
  ])('%s', async (_what, prepare, message) => {
    const root = newRoot();
    fs.mkdirSync(path.dirname(root));
    prepare(root);
    const before = changeTimes(root);
    await expect(make(root)).rejects.toMatchObject({
      code: 'path_refused',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('nothing was touched'),
    });
    expect(changeTimes(root)).toEqual(before);
  });

  test('that is the root of the file system', async () => {
    await expect(make('/')).rejects.toThrow('/ is no root for a site');
  });
});

describe('a switch', () => {
  test('points current to the release by a relative link', async () => {
    const root = newRoot();
    await make(root);
    const layout = siteLayout(root);
    for (const number of [1, 2]) {
      const directory = layout.releaseDirectory(number, 'ab12cd3');
      fs.mkdirSync(directory);
      switchCurrent(layout, directory);
      expect(fs.readlinkSync(layout.current)).toBe(`release/deployment_${number}.ab12cd3`);
    }
  });

  test('to a release that is gone leaves current as it was', async () => {
    const root = newRoot();
    await make(root);
    const layout = siteLayout(root);
    const directory = layout.releaseDirectory(1, 'ab12cd3');
    fs.mkdirSync(directory);
    switchCurrent(layout, directory);
    const gone = layout.releaseDirectory(2, 'ab12cd3');
    expect(() => switchCurrent(layout, gone)).toThrow(`${gone} is gone from the disk`);
    expect(fs.realpathSync(layout.current)).toBe(directory);
  });

  test('never replaces a current that is a directory', async () => {
    const root = newRoot();
    await make(root);
    const layout = siteLayout(root);
    const directory = layout.releaseDirectory(1, 'ab12cd3');
    fs.mkdirSync(directory);
    fs.mkdirSync(layout.current);
    expect(() => switchCurrent(layout, directory)).toThrow(/something else has deployed there/);
    expect(fs.lstatSync(layout.current).isDirectory()).toBe(true);
  });
});
