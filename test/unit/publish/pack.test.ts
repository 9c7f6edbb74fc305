import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openArchive, packFolder } from '../../../src/publish/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const { signal } = new AbortController();

function folderOf(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

async function digestOf(folder: string): Promise<string> {
  const { file } = await packFolder(folder, { into: temporaryFolder(), signal });
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

const FILES = { 'a/b': 'one', 'a.txt': 'two', 'z/y/x': 'three', '@odd': 'four', ä: 'five', 'bin/run': '#!' };

test('the same files have the same bytes, whenever and by whom and in which order they were made', async () => {
  const first = folderOf(FILES);
  const second = folderOf(Object.fromEntries(Object.entries(FILES).toReversed()));
  for (const [name] of Object.entries(FILES)) fs.utimesSync(path.join(second, name), 1, 1);
  fs.chownSync(path.join(second, 'a.txt'), 12345, 12345);
  // What a umask of 002 gives more than one of 022 is no difference.
  fs.chmodSync(path.join(second, 'a.txt'), 0o664);
  fs.linkSync(path.join(second, 'a/b'), path.join(second, 'a/c'));
  fs.writeFileSync(path.join(first, 'a/c'), 'one');
  expect(await digestOf(second)).toBe(await digestOf(first));
  fs.chmodSync(path.join(second, 'bin/run'), 0o755);
  expect(await digestOf(second)).not.toBe(await digestOf(first));
});

test('modes and links within are kept, owners and times are not', async () => {
  const folder = folderOf(FILES);
  fs.chmodSync(path.join(folder, 'bin/run'), 0o755);
  fs.symlinkSync('../a.txt', path.join(folder, 'bin/link'));
  const { file, files } = await packFolder(folder, { into: temporaryFolder(), timeS: 1_700_000_000, signal });
  expect(files).toBe(6);
  const listed = execFileSync('tar', ['--full-time', '--utc', '-tvf', file], { encoding: 'utf8' });
  expect(listed).toMatch(/^-rwxr-xr-x 0\/0 +2 2023-11-14 22:13:20 \.\/bin\/run$/m);
  expect(listed).toMatch(/^lrwxr-xr-x 0\/0 .* \.\/bin\/link -> \.\.\/a\.txt$/m);
  expect(listed).toContain('./@odd');
});

test('.git is left out, and .env is told', async () => {
  const folder = folderOf({ ...FILES, '.git/config': 'x', '.env': 'SECRET=1' });
  const { entries, notes } = await packFolder(folder, { into: temporaryFolder(), signal });
  expect(entries.filter((entry) => entry.startsWith('.'))).toEqual(['.env']);
  expect(notes).toEqual(['.git is left out', expect.stringContaining('.env is in it')]);
});

test.each(['/etc/passwd', '../outside', 'a/../../../outside'])('a link to %s is refused', async (target) => {
  const folder = folderOf(FILES);
  fs.symlinkSync(target, path.join(folder, 'z/out'));
  if (target === '../outside') fs.renameSync(path.join(folder, 'z/out'), path.join(folder, 'out'));
  await expect(packFolder(folder, { into: temporaryFolder(), signal })).rejects.toMatchObject({
    code: 'publish_refused',
    message: expect.stringContaining(`is a link to ${target}, which leads out of the folder`),
  });
});

test('what no archive can hold is refused: a fifo, an empty folder, what cannot be read', async () => {
  const folder = folderOf(FILES);
  execFileSync('mkfifo', [path.join(folder, 'fifo')]);
  const pack = (from: string) => packFolder(from, { into: temporaryFolder(), signal });
  await expect(pack(folder)).rejects.toThrow('fifo is no file');
  await expect(pack(temporaryFolder())).rejects.toThrow('holds no file');
  await expect(pack('/nowhere')).rejects.toMatchObject({ code: 'publish_refused' });
});

const opened = (file: string, app = 'demo') =>
  openArchive(file, { app, version: '1.0.0', scratch: temporaryFolder(), signal });

test('an archive of any kind that agents take is taken, and its kind is told by its bytes', async () => {
  const folder = folderOf(FILES);
  const made = temporaryFolder();
  for (const [command, ...args] of [
    ['tar', '-czf', `${made}/a`, '.'],
    ['tar', '--zstd', '-cf', `${made}/b`, '.'],
    ['zip', '-qr', `${made}/c.zip`, '.'],
  ] as [string, ...string[]][])
    execFileSync(command, args, { cwd: folder });
  expect((await opened(`${made}/a`)).suffix).toBe('.tar.gz');
  expect((await opened(`${made}/b`)).suffix).toBe('.tar.zst');
  expect((await opened(`${made}/c.zip`)).suffix).toBe('.zip');
});

test('an archive that agents would refuse is refused, in their words', async () => {
  const folder = folderOf(FILES);
  const file = path.join(temporaryFolder(), 'a.tar.gz');
  execFileSync('tar', ['-czf', file, '.'], { cwd: folder });
  const whole = fs.readFileSync(file);
  const code = 'publish_refused';
  fs.writeFileSync(file, whole.subarray(0, whole.length - 20));
  await expect(opened(file)).rejects.toMatchObject({
    code,
    hint: expect.stringContaining('agents would refuse'),
  });
  execFileSync('tar', ['-czPf', file, '--transform', 's,^,../,', 'a.txt'], { cwd: folder });
  await expect(opened(file)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('".." in its path'),
  });
  fs.writeFileSync(file, 'hello');
  await expect(opened(file)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('is no archive'),
  });
  await expect(opened(`${file}.not`)).rejects.toMatchObject({ code });
});

test('an archive with all of it in one folder is refused, and what to do is told', async () => {
  const folder = folderOf({ 'package/package.json': '{}', 'package/server.js': '' });
  const file = path.join(temporaryFolder(), 'a.tgz');
  execFileSync('tar', ['-czf', file, 'package'], { cwd: folder });
  await expect(opened(file)).rejects.toMatchObject({
    message: expect.stringContaining('is within the folder package'),
    next: 'tar -czf release.tar.gz -C package .',
  });
  // Of a folder the archive is a thing of the moment: the folder is what a person knows.
  const { file: packed } = await packFolder(folder, { into: temporaryFolder(), signal });
  const asked = { app: 'demo', version: '1.0.0', scratch: temporaryFolder(), signal, folder: './build' };
  await expect(openArchive(packed, asked)).rejects.toMatchObject({
    message: expect.stringContaining('all that ./build holds is within the folder package'),
    next: 'slipway publish build/package --app demo ...',
  });
});

test('a release of Elixir or Erlang is that of the app, and another version of its own is told', async () => {
  const folder = folderOf({
    'bin/demo': '',
    'bin/start_clean': '',
    'releases/start_erl.data': '15.0 2.0.0\n',
  });
  const { file } = await packFolder(folder, { into: temporaryFolder(), signal });
  expect((await opened(file)).notes).toEqual([expect.stringContaining('says of itself that it is 2.0.0')]);
  await expect(opened(file, 'other')).rejects.toMatchObject({
    message: expect.stringContaining('is the release of demo, for it has no bin/other'),
  });
});
