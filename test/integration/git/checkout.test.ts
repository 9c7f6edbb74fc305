import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { untilNoneWith } from '../../support/git-left-behind.ts';
import { GitRepository, runGit, treeOf } from '../../support/git-repository.ts';
import { checkOut, fetchCommit, gitSource, never } from '../../support/git-source.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ATTRIBUTES = [
  '*.sh text eol=lf',
  '*.bat text eol=crlf',
  'secret export-ignore',
  '*.id ident',
  'docs/** text eol=crlf',
];

/** A repository with all that a checkout has to see to. */
function shop(): GitRepository {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  repository.commit({
    '.gitattributes': `${ATTRIBUTES.join('\n')}\n`,
    'run.bat': 'one\ntwo\n',
    'run.sh': { executable: 'one\ntwo\n' },
    'stamp.id': '$Id$\n',
    secret: 'export-ignored, and there all the same',
    'docs/a/guide': 'one\ntwo\n',
    'docs/.gitattributes': 'own text eol=lf\n',
    'docs/own': 'one\ntwo\n',
    'link to docs': { link: 'docs/a' },
    dangling: { link: '../../nowhere' },
    'with\nnewline': 'x',
    'ünïcode ☃': 'x',
    '-dash': 'x',
    ' space ': 'x',
    empty: '',
    binary: new Uint8Array([0, 13, 10, 255]),
    'deep/er/and/deeper/file': 'x',
  });
  const latin1 = Buffer.concat([Buffer.from(`${repository.folder}/`), Buffer.from([0x66, 0xfc, 0xff])]);
  fs.writeFileSync(latin1, 'no UTF-8');
  fs.mkdirSync(Buffer.concat([latin1, Buffer.from('.d')]));
  fs.writeFileSync(Buffer.concat([latin1, Buffer.from('.d/x')]), 'no UTF-8');
  repository.commit({}, 'names');
  return repository;
}

/** What a person would have after `git clone`. */
function cloned(repository: GitRepository, ...options: string[]): string {
  const folder = path.join(temporaryFolder(), 'clone');
  runGit(path.dirname(folder), 'clone', '--quiet', ...options, repository.folder, folder);
  return folder;
}

test('a release is what a clone of the commit is, file for file and mode for mode', async () => {
  const repository = shop();
  const commit = repository.git('rev-parse', 'HEAD');
  const expected = treeOf(cloned(repository));
  const found = treeOf(await checkOut(gitSource({ url: repository.folder }), commit));
  expect(found).toEqual({ ...expected, REVISION: `file 644 ${commit}\n` });
  expect(found['run.bat']).toBe('file 644 one\r\ntwo\r\n');
  expect(found.secret).toContain('all the same');
  expect(found['f\u00fc\u00ff.d/x']).toBe('file 644 no UTF-8');
});

test('a thousand files, written by several workers, are those of a clone', async () => {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  const files = Array.from(
    { length: 1000 },
    (_, i) => [`d${i % 40}/e${i % 3}/f${i}`, `file ${i}\n`] as const,
  );
  const commit = repository.commit(Object.fromEntries(files));
  const { REVISION, ...found } = treeOf(await checkOut(gitSource({ url: repository.folder }), commit));
  expect(found).toEqual(treeOf(cloned(repository)));
  expect(REVISION).toBe(`file 644 ${commit}\n`);
});

test('of a subdirectory, the attributes of the root hold', async () => {
  const repository = shop();
  const commit = repository.git('rev-parse', 'HEAD');
  const expected = treeOf(path.join(cloned(repository), 'docs'));
  const source = gitSource({ url: repository.folder, subdirectory: './docs/' });
  const into = await checkOut(source, commit);
  const { REVISION, ...found } = treeOf(into);
  expect(found).toEqual(expected);
  expect(found['a/guide']).toBe('file 644 one\r\ntwo\r\n');
  expect(REVISION).toBe(`file 644 ${commit}\n`);
  expect(fs.readdirSync(path.dirname(into))).toEqual(['release']);
  const fetched = await fetchCommit(source, commit);
  expect(fetched.files).toBe(3);
  expect(await fetched.has(['a', 'own', 'run.sh'])).toEqual(['a', 'own']);
});

test.each(['nowhere', 'run.sh', 'link to docs', '../shop', '..'])(
  'a subdirectory %j that is none is named',
  async (subdirectory) => {
    const repository = shop();
    const source = gitSource({ url: repository.folder, subdirectory });
    await expect(checkOut(source, repository.git('rev-parse', 'HEAD'))).rejects.toMatchObject({
      code: 'offer_invalid',
      message: expect.stringContaining(`has no folder ${subdirectory}`),
    });
  },
);

test.each([
  ['file', { REVISION: 'theirs' }],
  ['folder', { 'REVISION/file': 'theirs' }],
  ['link', { REVISION: { link: '../elsewhere' } }],
])('REVISION of the repository, a %s, gives way', async (_, files) => {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  const commit = repository.commit(files);
  const into = await checkOut(gitSource({ url: repository.folder }), commit);
  expect(treeOf(into)).toEqual({ REVISION: `file 644 ${commit}\n` });
  expect(fs.existsSync(path.join(path.dirname(into), 'elsewhere'))).toBe(false);
});

test('a repository with SHA-256 is deployed as any other', async () => {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'), { format: 'sha256' });
  const commit = repository.commit({ a: '1' });
  expect(commit).toHaveLength(64);
  const source = gitSource({ url: repository.folder });
  expect((await source.look()).offer?.version).toBe(commit);
  expect(treeOf(await checkOut(source, commit))).toMatchObject({ a: 'file 644 1' });
  expect(runGit(await checkOut(source, commit, { keepGit: true }), 'rev-parse', 'HEAD')).toBe(commit);
});

test('a .git that is kept is a repository of its own, with its history, and clean', async () => {
  const repository = shop();
  const first = repository.git('rev-parse', 'HEAD');
  const second = repository.commit({ a: '2' });
  repository.git('tag', 'v1');
  repository.git('branch', 'other');
  const into = await checkOut(gitSource({ url: repository.folder }), first, { keepGit: true });
  const git = (...args: string[]) => runGit(into, ...args);
  expect(git('rev-parse', 'HEAD')).toBe(first);
  expect(git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  expect(git('status', '--porcelain=v2', '--branch')).toBe(
    `# branch.oid ${first}\n# branch.head main\n# branch.upstream origin/main\n# branch.ab +0 -1`,
  );
  expect(git('log', '--format=%s', 'origin/main')).toBe('a change\nnames\na change');
  expect(git('remote', 'get-url', 'origin')).toBe(repository.folder);
  expect(git('branch', '--format=%(refname:short)')).toBe('main');
  expect(git('tag')).toBe('v1');
  expect(fs.readFileSync(path.join(into, '.git/config'), 'utf8')).not.toContain('master');
  expect(fs.existsSync(path.join(into, '.git/objects/info/alternates'))).toBe(false);
  const names = fs.readdirSync(path.join(into, '.git'), { recursive: true }) as string[];
  for (const name of names) {
    const stat = fs.statSync(path.join(into, '.git', name));
    if (stat.isFile()) expect(stat.nlink, name).toBe(1);
  }
  git('fetch', '--quiet');
  git('merge', '--quiet', '--ff-only', 'origin/main');
  expect(git('rev-parse', 'HEAD')).toBe(second);
  git('fsck', '--strict');
});

test('a .git that is kept stands on no branch where none has the commit', async () => {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  const first = repository.commit({ a: '1' });
  const lost = repository.commit({ a: '2' });
  repository.git('reset', '--quiet', '--hard', first);
  const into = await checkOut(gitSource({ url: repository.folder }), lost, { keepGit: true });
  expect(runGit(into, 'status', '--porcelain=v2', '--branch')).toBe(
    `# branch.oid ${lost}\n# branch.head (detached)`,
  );
});

test('a .git that is kept does not go with a subdirectory', async () => {
  const repository = shop();
  const source = gitSource({ url: repository.folder, subdirectory: 'docs' });
  await expect(
    checkOut(source, repository.git('rev-parse', 'HEAD'), { keepGit: true }),
  ).rejects.toMatchObject({
    code: 'config_invalid',
  });
});

test('a checkout that is given up leaves nothing, wherever it was', async () => {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  const files = Array.from({ length: 300 }, (_, i) => [`sub/f${i}`, `file ${i}\n`] as const);
  const commit = repository.commit({ '.gitattributes': '*9 filter=slow\n', ...Object.fromEntries(files) });
  const home = temporaryFolder();
  const reached = path.join(home, 'reached');
  fs.writeFileSync(
    path.join(home, '.gitconfig'),
    `[filter "slow"]\n\tsmudge = echo >> ${reached} && sleep 600\n`,
  );
  const before = process.env.HOME;
  process.env.HOME = home;
  try {
    for (const subdirectory of [null, 'sub']) {
      fs.rmSync(reached, { force: true });
      const cacheDirectory = path.join(temporaryFolder(), 'cache');
      const fetched = await fetchCommit(
        gitSource({ url: repository.folder, subdirectory, cacheDirectory }),
        commit,
      );
      const folder = temporaryFolder();
      const ending = new AbortController();
      const into = path.join(folder, 'release');
      const written = fetched.checkOut({ into, keepGit: false, signal: ending.signal, say: () => {} });
      const watcher = fs.watch(home, () => fs.existsSync(reached) && ending.abort(new Error('given up')));
      if (fs.existsSync(reached)) ending.abort(new Error('given up'));
      await expect(written).rejects.toThrow('given up');
      watcher.close();
      await untilNoneWith(cacheDirectory);
      expect(fs.readdirSync(folder)).toEqual([]);
      expect(fs.readdirSync(cacheDirectory).filter((name) => name.startsWith('.tmp'))).toEqual([]);
    }
  } finally {
    process.env.HOME = before;
  }
});

test('a folder that is there already is not touched', async () => {
  const repository = shop();
  const fetched = await fetchCommit(
    gitSource({ url: repository.folder }),
    repository.git('rev-parse', 'HEAD'),
  );
  const into = temporaryFolder();
  fs.writeFileSync(path.join(into, 'mine'), 'x');
  await expect(
    fetched.checkOut({ into, keepGit: false, signal: never, say: () => {} }),
  ).rejects.toMatchObject({
    code: 'EEXIST',
  });
  expect(fs.readdirSync(into)).toEqual(['mine']);
});
