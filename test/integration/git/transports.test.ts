import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../support/clock.ts';
import { startGitDaemon } from '../../support/git-daemon.ts';
import { startGitHttp } from '../../support/git-http.ts';
import { processesWith, untilNoneWith } from '../../support/git-left-behind.ts';
import { GitRepository, treeOf } from '../../support/git-repository.ts';
import { checkOut, fetchCommit, gitSource, never } from '../../support/git-source.ts';
import { makeKey, startSshd } from '../../support/git-sshd.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const TOKEN = 'token-of-the-shop-4711';

/** Repositories in one folder, `shop` among them. */
function repositories(): { folder: string; shop: GitRepository; commit: string } {
  const folder = temporaryFolder();
  const shop = new GitRepository(path.join(folder, 'shop'));
  return { folder, shop, commit: shop.commit({ 'index.php': 'one' }) };
}

async function deploys(source: ReturnType<typeof gitSource>, commit: string): Promise<void> {
  const { offer, reason } = await source.look();
  expect(offer?.version, String(reason)).toBe(commit);
  expect(treeOf(await checkOut(source, commit))).toEqual({
    'index.php': 'file 644 one',
    REVISION: `file 644 ${commit}\n`,
  });
}

/** Every argument that git was called with, here and by itself. */
function recordedArguments(): () => string {
  const folder = temporaryFolder();
  const log = path.join(folder, 'log');
  const before = process.env.PATH;
  fs.writeFileSync(
    path.join(folder, 'git'),
    `#!/bin/sh\necho "$@" >> ${log}\nPATH=${before} exec git "$@"\n`,
    { mode: 0o755 },
  );
  process.env.PATH = `${folder}:${before}`;
  onTestFinished(() => void (process.env.PATH = before));
  return () => fs.readFileSync(log, 'utf8');
}

function everythingIn(folder: string): string {
  const names = fs.readdirSync(folder, { recursive: true }) as string[];
  const files = names.map((name) => path.join(folder, name)).filter((file) => fs.statSync(file).isFile());
  return files.map((file) => fs.readFileSync(file, 'latin1')).join('\n');
}

describe('git daemon', () => {
  test('deploys, and fetches only what is new', async () => {
    const { folder, shop, commit } = repositories();
    const daemon = await startGitDaemon(folder);
    const source = gitSource({ url: `${daemon.url}/shop` });
    await deploys(source, commit);
    const said: string[] = [];
    await fetchCommit(source, commit, said);
    expect(said).toEqual([]);
    const next = shop.commit({ 'index.php': 'two' });
    const fetched = await fetchCommit(source, next, said);
    expect(said).toEqual([expect.stringMatching(/^fetched from git:.* in .* s$/)]);
    expect(await fetched.log(commit, 10)).toHaveLength(1);
  });

  test('a repository that it does not have is named', async () => {
    const { folder } = repositories();
    const daemon = await startGitDaemon(folder);
    const source = gitSource({ url: `${daemon.url}/nowhere` });
    const { state, reason } = await source.look();
    expect(state).toBe('error');
    expect(reason).toContain('/nowhere');
    await expect(source.find('main', never)).rejects.toMatchObject({ code: 'repository_unreachable' });
    await expect(fetchCommit(source, 'a'.repeat(40))).rejects.toMatchObject({
      code: 'repository_unreachable',
    });
  });

  test('a fetch that is given up leaves no process and no half mirror', async () => {
    const { folder, commit } = repositories();
    const daemon = await startGitDaemon(folder);
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const source = gitSource({ url: `${daemon.url}/shop`, cacheDirectory });
    daemon.stall();
    const ending = new AbortController();
    const fetch = source.fetch({ version: commit, cacheDirectory: '', signal: ending.signal });
    await daemon.stalled();
    expect(processesWith(cacheDirectory)).not.toEqual([]);
    ending.abort(new Error('given up'));
    await expect(fetch).rejects.toThrow('given up');
    await untilNoneWith(cacheDirectory);
    expect(fs.readdirSync(cacheDirectory).toSorted()).toEqual(['askpass', 'gitconfig']);
    daemon.resume();
    await deploys(source, commit);
  });

  test('a server that falls silent is not waited for for ever', async () => {
    const { folder, commit } = repositories();
    const daemon = await startGitDaemon(folder);
    const clock = new ManualClock();
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const source = gitSource({ url: `${daemon.url}/shop`, cacheDirectory, clock });
    daemon.stall();
    const fetch = fetchCommit(source, commit);
    void fetch.catch(() => {});
    await daemon.stalled();
    clock.advance(300_000);
    await expect(fetch).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('git fetch gave no sign of life for 300 s'),
    });
    await untilNoneWith(cacheDirectory);
  });
});

describe('http', () => {
  test('a token opens the repository, and is in no argument, no file and no message', async () => {
    const { folder, commit } = repositories();
    const server = await startGitHttp(folder, `x-access-token:${TOKEN}`);
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const calls = recordedArguments();
    await deploys(gitSource({ url: `${server.url}/shop/.git`, token: TOKEN, cacheDirectory }), commit);
    expect(calls()).toContain(`fetch`);
    expect(calls()).not.toContain(TOKEN);
    expect(everythingIn(cacheDirectory)).not.toContain(TOKEN);
  });

  test('user and password of the URL open it, too', async () => {
    const { folder, commit } = repositories();
    const server = await startGitHttp(folder, 'ada:p@ss/word 17');
    const url = `${server.url.replace('//', '//ada:p%40ss%2Fword%2017@')}/shop/.git`;
    const calls = recordedArguments();
    const source = gitSource({ url });
    expect(source.condition.reason).not.toContain('p%40ss');
    await deploys(source, commit);
    expect(calls()).not.toContain('p%40ss');
  });

  test.each([
    ['of the URL', 'ada@', null],
    ['of the configuration', '', 'ada'],
  ])('the user %s goes with the token', async (_, user, username) => {
    const { folder, commit } = repositories();
    const server = await startGitHttp(folder, `ada:${TOKEN}`);
    const url = `${server.url.replace('//', `//${user}`)}/shop/.git`;
    await deploys(gitSource({ url, token: TOKEN, username }), commit);
  });

  test.each([[null], ['wrong-token-0815']])(
    'with the token %s, authentication fails and says so',
    async (token) => {
      const { folder } = repositories();
      const server = await startGitHttp(folder, `x-access-token:${TOKEN}`);
      const { state, reason } = await gitSource({ url: `${server.url}/shop/.git`, token }).look();
      expect(state).toBe('error');
      expect(reason).toContain('authentication failed');
      expect(reason).not.toContain(token);
    },
  );

  test('a submodule on another host does not get the token', async () => {
    const { folder, shop } = repositories();
    const elsewhere = repositories();
    const stranger = await startGitHttp(elsewhere.folder, 'x:asks for a password');
    const server = await startGitHttp(folder, `x-access-token:${TOKEN}`);
    shop.commit({ '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ${stranger.url}/shop/.git\n` });
    shop.git('update-index', '--add', '--cacheinfo', `160000,${elsewhere.commit},x`);
    shop.git('commit', '--quiet', '-m', 'a submodule');
    const source = gitSource({ url: `${server.url}/shop/.git`, token: TOKEN });
    await expect(fetchCommit(source, shop.git('rev-parse', 'HEAD'))).rejects.toMatchObject({
      code: 'repository_unreachable',
      message: `authentication failed for ${stranger.url}/shop/.git`,
    });
    expect(stranger.seen.length).toBeGreaterThan(0);
    expect(new Set(stranger.seen)).toEqual(new Set([null]));
    expect(server.seen).toContain(`x-access-token:${TOKEN}`);
  });

  test('a repository that is not there is named', async () => {
    const { folder } = repositories();
    const server = await startGitHttp(folder, null);
    const { state, reason } = await gitSource({ url: `${server.url}/nowhere.git` }).look();
    expect({ state, reason }).toEqual({
      state: 'error',
      reason: expect.stringContaining(`there is no repository ${server.url}/nowhere.git`),
    });
  });
});

describe('ssh', () => {
  async function served() {
    const { folder, commit } = repositories();
    const sshd = await startSshd(temporaryFolder());
    const { key: sshKey, knownHosts } = sshd;
    return { commit, sshd, url: `${sshd.url}${folder}/shop`, sshKey, knownHosts };
  }

  test('a deploy key opens the repository', async () => {
    const { commit, url, sshKey, knownHosts } = await served();
    await deploys(gitSource({ url, sshKey, knownHosts }), commit);
  });

  test('another key does not', async () => {
    const { sshd, url, knownHosts } = await served();
    const { state, reason } = await gitSource({ url, sshKey: sshd.strangeKey, knownHosts }).look();
    expect({ state, reason }).toEqual({
      state: 'error',
      reason: expect.stringContaining(`authentication failed for ${url}: the host takes none of the keys`),
    });
  });

  test('a host that is not known is not asked', async () => {
    const { sshd, url, sshKey } = await served();
    const knownHosts = path.join(temporaryFolder(), 'empty');
    fs.writeFileSync(knownHosts, '');
    const source = gitSource({ url, sshKey, knownHosts });
    expect((await source.look()).reason).toContain(`the host of ${url} is not known`);
    await expect(source.find('main', never)).rejects.toMatchObject({
      code: 'repository_unreachable',
      next: `ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${knownHosts}`,
    });
    expect(fs.readFileSync(knownHosts, 'utf8')).toBe('');
  });

  test('a host with another key than the known one is not asked', async () => {
    const { sshd, url, sshKey, knownHosts } = await served();
    const other = path.join(temporaryFolder(), 'other');
    makeKey(other);
    const [type, key] = fs.readFileSync(`${other}.pub`, 'utf8').split(' ');
    fs.writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${type} ${key}\n`);
    await expect(gitSource({ url, sshKey, knownHosts }).find('main', never)).rejects.toMatchObject({
      code: 'repository_unreachable',
      message: `the host of ${url} showed another key than the one that is known`,
      next: `ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f '${knownHosts}'`,
    });
  });

  test('a key that others may read, or that is not there, is refused before the host is asked', async () => {
    const { url, sshKey, knownHosts } = await served();
    fs.chmodSync(sshKey, 0o644);
    const source = gitSource({ url, sshKey, knownHosts });
    expect(await source.look()).toMatchObject({
      state: 'error',
      reason: expect.stringContaining(`the ssh key ${sshKey} may be read by others (mode 0644)`),
    });
    await expect(source.find('main', never)).rejects.toMatchObject({ code: 'permission' });
    fs.rmSync(sshKey);
    expect((await source.look()).reason).toContain(`the ssh key ${sshKey} is not there`);
  });

  test('a repository that is not there, and a host where nobody listens, are told apart', async () => {
    const { sshd, url, sshKey, knownHosts } = await served();
    const absent = `${url}-of-nobody`;
    expect((await gitSource({ url: absent, sshKey, knownHosts }).look()).reason).toContain(
      `there is no repository ${absent}`,
    );
    const silent = url.replace(String(sshd.port), '1');
    expect((await gitSource({ url: silent, sshKey, knownHosts }).look()).reason).toContain(
      `the host of ${silent} cannot be reached`,
    );
  });
});
