import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { checkOut, fetchCommit, gitSource } from '../../support/git-source.ts';
import { APP_USER, STRANGER } from '../../support/swapper.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const own = (owner: { uid: number; gid: number }, ...files: string[]) =>
  execFileSync('chown', ['-hR', `${owner.uid}:${owner.gid}`, ...files]);

/** Where everybody may come in: a repository that root alone may read, and one that belongs to the app's user. */
function ground() {
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755);
  const secret = new GitRepository(path.join(folder, 'secret'));
  const commit = secret.commit({ key: 'of root alone' });
  fs.chmodSync(secret.folder, 0o700);
  const app = new GitRepository(path.join(folder, 'app'));
  const ofApp = app.commit({ 'index.php': 'of the app' });
  own(APP_USER, app.folder);
  return { folder, secret, commit, app, ofApp };
}

/** The commit of it that has another repository's as a submodule. It is root's afterwards. */
function withSubmodule(repository: GitRepository, of: { url: string; commit: string }): string {
  own({ uid: 0, gid: 0 }, repository.folder);
  repository.commit({ '.gitmodules': `[submodule "x"]\n\tpath = "x"\n\turl = "${of.url}"\n` });
  repository.git('update-index', '--add', '--cacheinfo', `160000,${of.commit},x`);
  repository.git('commit', '--quiet', '-m', 'a submodule');
  return repository.git('rev-parse', 'HEAD');
}

const source = (url: string, owners = [APP_USER.uid]) => gitSource({ url, owners: async () => owners });

describe.skipIf(process.getuid?.() !== 0)('a repository of this host', () => {
  test('that belongs to the app is read with its rights: what it borrows is not published', async () => {
    const { secret, commit, app, ofApp } = ground();
    expect((await source(app.folder).look()).offer?.version).toBe(ofApp);
    fs.writeFileSync(
      path.join(app.folder, '.git/objects/info/alternates'),
      `${secret.folder}/.git/objects\n`,
    );
    fs.writeFileSync(path.join(app.folder, '.git/refs/heads/stolen'), `${commit}\n`);
    fs.symlinkSync(
      path.join(secret.folder, '.git/refs/heads/main'),
      path.join(app.folder, '.git/refs/heads/linked'),
    );
    own(APP_USER, app.folder);
    await expect(fetchCommit(source(app.folder), commit)).rejects.toThrow(SlipwayError);
    for (const planted of ['objects/info/alternates', 'refs/heads/stolen', 'refs/heads/linked'])
      fs.rmSync(path.join(app.folder, '.git', planted));
    expect(fs.readFileSync(path.join(await checkOut(source(app.folder), ofApp), 'index.php'), 'utf8')).toBe(
      'of the app',
    );
  });

  test('is no way to another one by a .git file, a link or a submodule', async () => {
    const { folder, secret, commit, app } = ground();
    const worktree = path.join(folder, 'worktree');
    fs.mkdirSync(worktree);
    fs.writeFileSync(path.join(worktree, '.git'), `gitdir: ${secret.folder}/.git\n`);
    const nested = path.join(folder, 'nested');
    fs.mkdirSync(nested);
    fs.symlinkSync(secret.folder, path.join(nested, 'link'));
    own(APP_USER, worktree, nested);
    for (const url of [worktree, path.join(nested, 'link')])
      await expect(fetchCommit(source(url), commit), url).rejects.toThrow(SlipwayError);
    for (const url of [secret.folder, '../secret', `file://${secret.folder}`]) {
      const wanted = withSubmodule(app, { url, commit });
      own(APP_USER, app.folder);
      await expect(fetchCommit(source(app.folder), wanted), url).rejects.toThrow(SlipwayError);
      own({ uid: 0, gid: 0 }, app.folder);
      await expect(fetchCommit(source(app.folder), wanted), url).rejects.toThrow(
        'may be read by its owner alone',
      );
    }
  });

  test('is no way to the copy of another app, neither by its folder nor as a submodule', async () => {
    const { secret, commit, app } = ground();
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    await fetchCommit(gitSource({ url: secret.folder, cacheDirectory }), commit);
    const [copy = ''] = fs.readdirSync(cacheDirectory).filter((name) => name.endsWith('.git'));
    await expect(
      fetchCommit(gitSource({ url: path.join(cacheDirectory, copy), cacheDirectory }), commit),
    ).rejects.toThrow('belongs to the agent');
    const wanted = withSubmodule(app, { url: '../secret', commit });
    own(APP_USER, app.folder);
    const ofApp = gitSource({ url: app.folder, cacheDirectory, owners: async () => [APP_USER.uid] });
    await expect(fetchCommit(ofApp, wanted)).rejects.toThrow(SlipwayError);
  });

  test('that belongs to a stranger, or that others may write to, is refused with what mends it', async () => {
    const { app, folder } = ground();
    own(STRANGER, app.folder);
    expect(await source(app.folder).look()).toMatchObject({
      state: 'error',
      reason: expect.stringContaining(`${app.folder} belongs to uid ${STRANGER.uid}, who is a stranger here`),
    });
    expect(await source(app.folder, [STRANGER.uid]).look()).toMatchObject({ state: 'ok' });
    own({ uid: 0, gid: 0 }, app.folder);
    expect(await source(app.folder).look()).toMatchObject({ state: 'ok' });
    own({ uid: 0, gid: STRANGER.gid }, path.join(app.folder, '.git/objects'));
    fs.chmodSync(path.join(app.folder, '.git/objects/info'), 0o2775);
    const { state, reason } = await source(app.folder).look();
    expect(state).toBe('error');
    expect(reason).toContain('objects/info, and so have the repository lead to');
    expect(fs.readdirSync(folder)).toContain('app');
  });
});
