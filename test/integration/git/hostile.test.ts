import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { GitRepository, runGit, treeOf } from '../../support/git-repository.ts';
import { checkOut, fetchCommit, gitSource, never } from '../../support/git-source.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function shop() {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  const commit = repository.commit({ a: '1' });
  return { repository, commit };
}

test.each([
  ['..', 'leads out of the release'],
  ['.', 'is the release itself'],
  ['.git', 'is the repository of the release'],
  ['.GIT', 'is that on some file systems'],
])('a tree with a folder named %s, which %s, is not written', async (name) => {
  const { repository } = shop();
  const inner = repository.writeTree(`100644 blob ${repository.writeBlob('evil')}\tconfig\n`);
  const commit = repository.commitTree(`040000 tree ${inner}\t${name}\n`);
  const fetched = await fetchCommit(gitSource({ url: repository.folder }), commit);
  const folder = temporaryFolder();
  const into = path.join(folder, 'release');
  await expect(
    fetched.checkOut({ into, keepGit: false, signal: never, say: () => {} }),
  ).rejects.toMatchObject({
    code: 'offer_invalid',
    message: expect.stringContaining(
      `commit ${commit} of ${repository.folder} cannot be written: invalid path`,
    ),
  });
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a link and a folder of the same name do not lead out of the release', async () => {
  const { repository } = shop();
  const outside = temporaryFolder();
  const inner = repository.writeTree(`100644 blob ${repository.writeBlob('evil')}\tfile\n`);
  const link = `120000 blob ${repository.writeBlob(outside)}\tx\n`;
  const commit = repository.commitTree(`${link}040000 tree ${inner}\tx\n`);
  await checkOut(gitSource({ url: repository.folder }), commit).catch(() => {});
  expect(fs.readdirSync(outside)).toEqual([]);
});

test('links are written as they are, and nothing through them', async () => {
  const { repository } = shop();
  const commit = repository.commit({
    storage: { link: '/etc' },
    '.env': { link: '/etc/passwd' },
    'b/c': '1',
  });
  const found = treeOf(await checkOut(gitSource({ url: repository.folder }), commit));
  expect(found).toMatchObject({ storage: 'link /etc', '.env': 'link /etc/passwd' });
});

test.each(['../out', '/tmp/out', 'a/../../out', '.git/hooks', 'a'])(
  'a submodule whose .gitmodules says the path %s is only where the tree has it',
  async (at) => {
    const { repository, commit: other } = shop();
    repository.commit({ '.gitmodules': `[submodule "x"]\n\tpath = ${at}\n\turl = ${repository.folder}\n` });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${other},sub`);
    repository.git('commit', '--quiet', '-m', 'a submodule');
    const folder = temporaryFolder();
    const fetched = await fetchCommit(
      gitSource({ url: repository.folder }),
      repository.git('rev-parse', 'HEAD'),
    );
    await fetched.checkOut({
      into: path.join(folder, 'release'),
      keepGit: false,
      signal: never,
      say: () => {},
    });
    expect(fs.readdirSync(folder)).toEqual(['release']);
    expect(treeOf(path.join(folder, 'release'))).toMatchObject({ a: 'file 644 1', sub: 'folder 755' });
  },
);

test('hooks, filters and settings of a repository are not run', async () => {
  const { repository } = shop();
  const mark = path.join(temporaryFolder(), 'mark');
  for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change'])
    fs.writeFileSync(path.join(repository.folder, '.git/hooks', hook), `#!/bin/sh\ntouch ${mark}\n`, {
      mode: 0o755,
    });
  const commit = repository.commit({
    '.gitattributes': '* filter=evil diff=evil\n',
    '.gitconfig': `[filter "evil"]\n\tsmudge = touch ${mark}\n`,
  });
  fs.rmSync(mark, { force: true });
  await checkOut(gitSource({ url: repository.folder }), commit, { keepGit: true });
  expect(fs.existsSync(mark)).toBe(false);
});

test("the agent's own GIT_ variables lead git nowhere", async () => {
  const { repository, commit } = shop();
  const elsewhere = shop().repository;
  const saved = { ...process.env };
  Object.assign(process.env, {
    GIT_DIR: path.join(elsewhere.folder, '.git'),
    GIT_INDEX_FILE: path.join(elsewhere.folder, '.git/index'),
    GIT_WORK_TREE: elsewhere.folder,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.bare',
    GIT_CONFIG_VALUE_0: 'nonsense',
  });
  try {
    expect(treeOf(await checkOut(gitSource({ url: repository.folder }), commit))).toMatchObject({
      a: 'file 644 1',
    });
  } finally {
    process.env = saved;
  }
  expect(runGit(elsewhere.folder, 'status', '--porcelain')).toBe('');
});

test("the user's own settings hold, but for those that must not", async () => {
  const home = temporaryFolder();
  const { repository } = shop();
  const mark = path.join(home, 'mark');
  fs.mkdirSync(path.join(home, 'hooks'));
  fs.writeFileSync(path.join(home, 'hooks/post-index-change'), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  const settings = `[core]\n\thooksPath = ${home}/hooks\n\tfsmonitor = touch ${mark}\n[filter "upper"]\n\tsmudge = tr a-z A-Z\n`;
  fs.writeFileSync(path.join(home, '.gitconfig'), settings);
  const commit = repository.commit({ '.gitattributes': 'shout filter=upper\n', shout: 'hello\n' });
  const before = process.env.HOME;
  process.env.HOME = home;
  try {
    const found = treeOf(await checkOut(gitSource({ url: repository.folder }), commit, { keepGit: true }));
    expect(found.shout).toBe('file 644 HELLO\n');
  } finally {
    process.env.HOME = before;
  }
  expect(fs.existsSync(mark)).toBe(false);
});

/** Folders in folders, each level ten times the one below: a few hundred bytes of repository. */
function nestedTree(repository: GitRepository, options: { levels: number; leaf: string }): string {
  let entry = options.leaf;
  for (let level = 0; level < options.levels; level++) {
    const tree = repository.writeTree(
      Array.from({ length: 10 }, (_, index) => `${entry}\t${index}\n`).join(''),
    );
    entry = `040000 tree ${tree}`;
  }
  return `${entry}\tx\n`;
}

test('a tree of millions of files is refused before any is written, and so one of folders', async () => {
  const { repository } = shop();
  const blob = `100644 blob ${repository.writeBlob('x')}`;
  const empty = `040000 tree ${repository.writeTree('')}`;
  for (const leaf of [blob, empty]) {
    const commit = repository.commitTree(nestedTree(repository, { levels: 7, leaf }));
    await expect(fetchCommit(gitSource({ url: repository.folder }), commit)).rejects.toMatchObject({
      code: 'offer_invalid',
      message: `commit ${commit} of ${repository.folder} has more than 500000 files and folders`,
      hint: expect.stringContaining('nothing of it was written'),
    });
  }
});

test('paths that are too deep or too long are refused', async () => {
  const { repository } = shop();
  const nest = (levels: number, name: string) => {
    let entry = `100644 blob ${repository.writeBlob('x')}`;
    for (let level = 0; level < levels; level++)
      entry = `040000 tree ${repository.writeTree(`${entry}\t${name}\n`)}`;
    return repository.commitTree(`${entry}\tx\n`);
  };
  const source = gitSource({ url: repository.folder });
  await expect(fetchCommit(source, nest(201, 'a'))).rejects.toThrow('folders nested more than 200 deep');
  await expect(fetchCommit(source, nest(20, 'n'.repeat(200)))).rejects.toThrow(
    'a path longer than 2048 bytes',
  );
});
