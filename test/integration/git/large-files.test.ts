import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startGitHttp } from '../../support/git-http.ts';
import { GitRepository, runGit, treeOf } from '../../support/git-repository.ts';
import { checkOut, fetchCommit, gitSource } from '../../support/git-source.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const TOKEN = 'token-of-the-shop-4711';

/** A shop with a large photo, and the pointer that stands for it. */
function shop() {
  const folder = temporaryFolder();
  const repository = new GitRepository(path.join(folder, 'shop'));
  repository.git('lfs', 'install', '--local', '--skip-repo');
  const photo = randomBytes(300_000);
  const commit = repository.commit({
    '.gitattributes': '*.jpg filter=lfs -text\n',
    'img/photo.jpg': photo,
    a: '1',
  });
  const digest = createHash('sha256').update(photo).digest('hex');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize 300000\n`;
  expect(repository.git('cat-file', 'blob', `${commit}:img/photo.jpg`)).toBe(pointer.trimEnd());
  return { folder, repository, commit, photo, pointer };
}

test('large files of a local repository are in the release', async () => {
  const { repository, commit, photo } = shop();
  const source = gitSource({ url: repository.folder, lfs: true });
  const fetched = await fetchCommit(source, commit);
  expect(fetched.sizeBytes).toBeGreaterThan(300_000);
  // What was fetched is all that is needed.
  fs.renameSync(repository.folder, `${repository.folder}-gone`);
  const into = await checkOut(source, commit);
  expect(fs.readFileSync(path.join(into, 'img/photo.jpg')).equals(photo)).toBe(true);
});

test('room for large files is looked for before they are fetched', async () => {
  const { repository, commit } = shop();
  const disk = new SmallDisk(path.join(temporaryFolder(), 'cache'), 1024 * 1024);
  const source = gitSource({ url: repository.folder, lfs: true, cacheDirectory: disk.folder });
  await source.look();
  disk.fill(200_000);
  await expect(fetchCommit(source, commit)).rejects.toMatchObject({
    code: 'disk_full',
    message: expect.stringMatching(/large files of .* have 29[23][.\d]* KB|large files of .* have 300 KB/),
    next: expect.stringContaining('df -h'),
  });
  disk.empty();
  expect((await fetchCommit(source, commit)).sizeBytes).toBeGreaterThan(300_000);
});

test('large files of a served repository are fetched with the token', async () => {
  const { folder, commit, photo } = shop();
  const server = await startGitHttp(folder, `x-access-token:${TOKEN}`);
  const source = gitSource({ url: `${server.url}/shop/.git`, token: TOKEN, lfs: true });
  const into = await checkOut(source, commit);
  expect(fs.readFileSync(path.join(into, 'img/photo.jpg')).equals(photo)).toBe(true);
});

test('large files of a subdirectory and of a submodule are there, too', async () => {
  const { folder, repository, commit, photo } = shop();
  const part = await checkOut(gitSource({ url: repository.folder, lfs: true, subdirectory: 'img' }), commit);
  expect(fs.readFileSync(path.join(part, 'photo.jpg')).equals(photo)).toBe(true);
  const parent = new GitRepository(path.join(folder, 'parent'));
  parent.commit({ '.gitmodules': '[submodule "shop"]\n\tpath = shop\n\turl = ../shop\n' });
  parent.git('update-index', '--add', '--cacheinfo', `160000,${commit},shop`);
  parent.git('commit', '--quiet', '-m', 'a submodule');
  const whole = await checkOut(gitSource({ url: parent.folder, lfs: true }), parent.git('rev-parse', 'HEAD'));
  expect(fs.readFileSync(path.join(whole, 'shop/img/photo.jpg')).equals(photo)).toBe(true);
});

test('without lfs the pointers are left as they are, whatever this host is set to', async () => {
  const { repository, commit, pointer } = shop();
  const found = treeOf(await checkOut(gitSource({ url: repository.folder }), commit));
  expect(found['img/photo.jpg']).toBe(`file 644 ${pointer}`);
});

test.each([null, 'img'])(
  'that pointers go live without lfs is told, of subdirectory %s',
  async (subdirectory) => {
    const { repository, commit } = shop();
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    await checkOut(gitSource({ url: repository.folder, subdirectory }), commit, { say });
    expect(said).toEqual([
      expect.stringMatching(/^1 file is a pointer of Git LFS .*"img\/photo.jpg" first; .*lfs: true/),
    ]);
    await checkOut(gitSource({ url: repository.folder, subdirectory, lfs: true }), commit, { say });
    expect(said.length).toBe(1);
  },
);

test('a kept .git is clean with large files in their places', async () => {
  const { repository, commit, photo } = shop();
  const into = await checkOut(gitSource({ url: repository.folder, lfs: true }), commit, { keepGit: true });
  expect(fs.readFileSync(path.join(into, 'img/photo.jpg')).equals(photo)).toBe(true);
  fs.utimesSync(path.join(into, 'img/photo.jpg'), 1, 1);
  expect(runGit(into, 'status', '--porcelain')).toBe('');
});

test('a large file that nobody has fails the fetch', async () => {
  const { repository, commit } = shop();
  fs.rmSync(path.join(repository.folder, '.git/lfs/objects'), { recursive: true });
  await expect(fetchCommit(gitSource({ url: repository.folder, lfs: true }), commit)).rejects.toMatchObject({
    code: 'repository_unreachable',
  });
});

test('.lfsconfig of a served repository may not lead to a folder of this host', async () => {
  const { folder, repository } = shop();
  const commit = repository.commit({ '.lfsconfig': `[lfs]\n\turl = file://${repository.folder}\n` });
  const server = await startGitHttp(folder, null);
  const source = gitSource({ url: `${server.url}/shop/.git`, lfs: true });
  await expect(fetchCommit(source, commit)).rejects.toMatchObject({
    code: 'offer_invalid',
    message: expect.stringContaining('names a folder of this host'),
  });
});
