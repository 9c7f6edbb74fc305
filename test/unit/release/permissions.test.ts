import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { setPermissions } from '../../../src/release/index.ts';
import { becomeNobody } from '../source/nobody.ts';
import { changeTimes, MODES, OWNER, ownersAndModes, ReleaseTree } from './release-tree.ts';

const mine = `${OWNER.uid}:${OWNER.gid}`;
const set = ({ directory }: ReleaseTree, options: Partial<Parameters<typeof setPermissions>[0]> = {}) =>
  setPermissions({ directory, owner: OWNER, modes: MODES, ...options });

describe('owner and modes of a release', () => {
  test('are those of the configuration, over all of it', async () => {
    const tree = new ReleaseTree();
    tree.write('index.php');
    tree.write('bin/console', { mode: 0o755 });
    tree.write('var/private', { mode: 0o600 });
    fs.chmodSync(tree.at('var'), 0o700);
    expect(await set(tree)).toEqual({ entries: 6, changed: 6, left: 0 });
    expect(ownersAndModes(tree.directory)).toEqual({
      '.': `${mine} 2775`,
      'index.php': `${mine} 0664`,
      bin: `${mine} 2775`,
      'bin/console': `${mine} 0664`,
      var: `${mine} 2775`,
      'var/private': `${mine} 0664`,
    });
    expect(ownersAndModes(tree.releases)['.']).toMatch(/^0:0 /);
  });

  test('leave to what was executable its right where they are to keep it', async () => {
    const tree = new ReleaseTree();
    tree.write('bin/console', { mode: 0o744 });
    tree.write('bin/group', { mode: 0o610 });
    tree.write('index.php');
    tree.write('.env', { mode: 0o755 });
    await set(tree, { modes: { ...MODES, executables: 'keep' } });
    expect(ownersAndModes(tree.directory)).toMatchObject({
      'bin/console': `${mine} 0775`,
      'bin/group': `${mine} 0775`,
      'index.php': `${mine} 0664`,
      '.env': `${mine} 0640`,
    });
  });

  test('keep the .env at the top, and no other, from everybody', async () => {
    const tree = new ReleaseTree();
    tree.write('.env', { mode: 0o666 });
    tree.write('docs/.env', { mode: 0o600 });
    await set(tree);
    expect(ownersAndModes(tree.directory)).toMatchObject({
      '.env': `${mine} 0640`,
      'docs/.env': `${mine} 0664`,
    });
  });

  test('take setuid, setgid and sticky from files', async () => {
    const tree = new ReleaseTree();
    tree.write('tool', { mode: 0o6755 });
    tree.write('own', { mode: 0o7664 });
    fs.chownSync(tree.at('own'), OWNER.uid, OWNER.gid);
    fs.chmodSync(tree.at('own'), 0o7664);
    await set(tree, { modes: { ...MODES, file: 0o6664 } });
    expect(ownersAndModes(tree.directory)).toMatchObject({ tool: `${mine} 0664`, own: `${mine} 0664` });
  });

  test('stay what they are where only modes are to be set', async () => {
    const tree = new ReleaseTree();
    tree.write('index.php', { mode: 0o600 });
    fs.chownSync(tree.at('index.php'), 7, 8);
    await set(tree, { owner: null });
    expect(ownersAndModes(tree.directory)).toEqual({ '.': '0:0 2775', 'index.php': '7:8 0664' });
  });

  test('are touched only where they differ', async () => {
    const tree = new ReleaseTree();
    for (const name of ['index.php', 'a/b/c', '.env', 'bin/console']) tree.write(name);
    fs.symlinkSync('index.php', tree.at('link'));
    await set(tree);
    tree.write('a/wrong', { mode: 0o600 });
    const before = changeTimes(tree.directory);
    expect(await set(tree)).toEqual({ entries: 10, changed: 1, left: 0 });
    const { 'a/wrong': mended, ...after } = changeTimes(tree.directory);
    expect(before).toMatchObject(after);
    expect(mended).not.toBe(before['a/wrong']);
    expect(await set(tree)).toEqual({ entries: 10, changed: 0, left: 0 });
  });

  test('of a symbolic link are its own, and what it points to is left alone', async () => {
    const tree = new ReleaseTree();
    const outside = ownersAndModes(tree.outside);
    fs.symlinkSync(tree.outside, tree.at('storage'));
    fs.symlinkSync(path.join(tree.outside, 'secret'), tree.at('.env'));
    fs.symlinkSync('nowhere', tree.at('dangling'));
    fs.symlinkSync('.', tree.at('loop'));
    expect(await set(tree)).toMatchObject({ entries: 5, left: 0 });
    expect(ownersAndModes(tree.outside)).toEqual(outside);
    expect(ownersAndModes(tree.directory)).toEqual({
      '.': `${mine} 2775`,
      storage: `${mine} link`,
      '.env': `${mine} link`,
      dangling: `${mine} link`,
      loop: `${mine} link`,
    });
  });

  test('are given to fifos and sockets without waiting for anybody, and devices are left', async () => {
    const tree = new ReleaseTree();
    execFileSync('mkfifo', [tree.at('fifo')]);
    execFileSync('mknod', [tree.at('device'), 'c', '1', '3']);
    const server = net.createServer().listen(path.join(tree.folder, 'socket'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    fs.renameSync(path.join(tree.folder, 'socket'), tree.at('socket'));
    const device = ownersAndModes(tree.directory).device;
    expect(await set(tree)).toEqual({ entries: 4, changed: 3, left: 1 });
    expect(ownersAndModes(tree.directory)).toEqual({
      '.': `${mine} 2775`,
      device,
      fifo: `${mine} 0664`,
      socket: `${mine} 0664`,
    });
  });

  test('reach folders that lie ever so deep in one another', async () => {
    const tree = new ReleaseTree();
    const dig = 'for (1 .. 3000) { mkdir "d" or die; chdir "d" or die } open(F, ">", "bottom") or die';
    execFileSync('perl', ['-e', dig], { cwd: tree.directory });
    // Paths of that length have to be walked step by step by whoever removes them.
    onTestFinished(() => void execFileSync('rm', ['-rf', tree.directory]));
    expect(await set(tree)).toEqual({ entries: 3002, changed: 3002, left: 0 });
    expect(await set(tree)).toEqual({ entries: 3002, changed: 0, left: 0 });
  });

  test('are not set any more when it is called off', async () => {
    const tree = new ReleaseTree();
    tree.write('index.php');
    const before = ownersAndModes(tree.directory);
    const signal = AbortSignal.abort(new Error('called off'));
    await expect(set(tree, { signal })).rejects.toThrow('called off');
    expect(ownersAndModes(tree.directory)).toEqual(before);

    for (let folder = 0; folder < 50; folder++) tree.write(`${folder}/file`);
    const descriptors = () => fs.readdirSync('/proc/self/fd').length;
    const open = descriptors();
    const abort = new AbortController();
    const setting = set(tree, { signal: abort.signal });
    // Its threads are only just starting: however slow this process is, they are not done.
    abort.abort(new Error('called off'));
    await expect(setting).rejects.toThrow('called off');
    await set(tree);
    expect(descriptors()).toBe(open);
  });
});

describe('a file with other names', () => {
  test('that everybody may read becomes the release’s own, and other names stay as they were', async () => {
    const tree = new ReleaseTree();
    const foreign = path.join(tree.outside, 'sub/readable');
    fs.linkSync(foreign, tree.at('linked'));
    fs.utimesSync(foreign, 1_600_000_000, 1_600_000_000);
    const outside = ownersAndModes(tree.outside);
    expect(await set(tree)).toEqual({ entries: 2, changed: 2, left: 0 });
    expect(ownersAndModes(tree.outside)).toEqual(outside);
    expect(fs.readFileSync(tree.at('linked'))).toEqual(fs.readFileSync(foreign));
    expect(fs.statSync(tree.at('linked')).mtimeMs).toBe(1_600_000_000_000);
    expect(ownersAndModes(tree.directory)).toEqual({ '.': `${mine} 2775`, linked: `${mine} 0664` });
    expect(fs.readdirSync(tree.releases)).toEqual([path.basename(tree.directory)]);
    expect(await set(tree)).toEqual({ entries: 2, changed: 0, left: 0 });
  });

  test('that is secret is left as it is, and never copied', async () => {
    const tree = new ReleaseTree();
    const foreign = path.join(tree.outside, 'secret');
    fs.linkSync(foreign, tree.at('linked'));
    const before = changeTimes(tree.outside);
    expect(await set(tree)).toEqual({ entries: 2, changed: 1, left: 1 });
    expect(changeTimes(tree.outside)).toEqual(before);
    expect(fs.statSync(tree.at('linked')).ino).toBe(fs.statSync(foreign).ino);
  });

  test('that is as it should be keeps them', async () => {
    const tree = new ReleaseTree();
    const file = tree.write('index.php');
    await set(tree);
    fs.linkSync(file, tree.at('again'));
    expect(await set(tree)).toEqual({ entries: 3, changed: 0, left: 0 });
    expect(fs.statSync(file).nlink).toBe(2);
  });
});

describe('a release is refused', () => {
  test('that is gone', async () => {
    const tree = new ReleaseTree();
    const directory = `${tree.directory}x`;
    await expect(set(tree, { directory })).rejects.toMatchObject({
      code: 'release_unknown',
      message: `${directory} is gone from the disk`,
    });
  });

  test.each(['directory', 'releases'] as const)('whose %s is a symbolic link', async (which) => {
    const tree = new ReleaseTree();
    const moved = path.join(tree.outside, 'moved');
    fs.renameSync(tree[which], moved);
    fs.symlinkSync(moved, tree[which]);
    const outside = ownersAndModes(tree.outside);
    await expect(set(tree)).rejects.toMatchObject({
      code: 'path_refused',
      message: `${tree[which]} is no directory but a symbolic link, which is never followed`,
    });
    expect(ownersAndModes(tree.outside)).toEqual(outside);
  });

  test('in which something may not be changed, with its path', async () => {
    const tree = new ReleaseTree();
    tree.write('a\n/index.php');
    fs.chmodSync(tree.folder, 0o755);
    becomeNobody();
    await expect(set(tree, { owner: null })).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringMatching(/^Owner and modes of \/.*deployment_1.ab12cd3 could not be set: EPERM/),
    });
  });
});

const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .filter((name) => !name.includes(0) && !name.includes(47) && !['.', '..'].includes(latin1(name)));
const entry = fc.record({
  name: bytes,
  folder: fc.nat(4),
  kind: fc.constantFrom('file', 'directory', 'link out', 'link up', 'hard link', 'fifo'),
  mode: fc.integer({ min: 0, max: 0o7777 }),
});

test('whatever a tree holds, all of it is right afterwards and nothing outside has changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 60 }), async (entries) => {
      const tree = new ReleaseTree();
      const outside = changeTimesLess(tree.outside, 'sub/readable');
      const before = ownersAndModes(tree.outside);
      plant(tree, entries);
      const counts = await set(tree);
      expect(changeTimesLess(tree.outside, 'sub/readable')).toEqual(outside);
      expect(ownersAndModes(tree.outside)).toEqual(before);
      const found = Object.entries(ownersAndModes(tree.directory));
      expect(counts.entries).toBe(found.length);
      const wrong = found.filter(([, text]) => !/^54321:54322 (2775|0664|0640|link)$/.test(text));
      expect(wrong).toEqual([]);
      expect(await set(tree)).toEqual({ entries: found.length, changed: 0, left: 0 });
      fs.rmSync(tree.folder, { recursive: true });
    }),
    { numRuns: 12 },
  );
});

/** A hard link alone changes the times of its file. */
function changeTimesLess(folder: string, name: string): Record<string, bigint> {
  const { [name]: _, ...times } = changeTimes(folder);
  return times;
}

function plant(
  tree: ReleaseTree,
  entries: readonly { name: Uint8Array; folder: number; kind: string; mode: number }[],
): void {
  const folders = [Buffer.from(tree.directory)];
  for (const { name, folder, kind, mode } of entries) {
    const file = Buffer.concat([
      folders[folder % folders.length] ?? Buffer.from(tree.directory),
      Buffer.from('/'),
      name,
    ]);
    if (fs.lstatSync(file, { throwIfNoEntry: false })) continue;
    if (kind === 'directory') {
      fs.mkdirSync(file);
      folders.push(file);
    } else if (kind === 'file') fs.writeFileSync(file, 'text');
    else if (kind === 'link out') fs.symlinkSync(tree.outside, file);
    else if (kind === 'link up') fs.symlinkSync('..', file);
    else if (kind === 'hard link') fs.linkSync(path.join(tree.outside, 'sub/readable'), file);
    else execFileSync('sh', ['-c', 'mkfifo "$(cat; echo x)" 2>/dev/null || true'], { input: file });
    if (kind === 'file' || kind === 'directory') fs.chmodSync(file, mode);
  }
}

function latin1(name: Uint8Array): string {
  return Buffer.from(name).toString('latin1');
}
