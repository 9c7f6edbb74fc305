import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startGitDaemon } from '../../support/git-daemon.ts';
import { killAll, processesWith, untilNoneWith } from '../../support/git-left-behind.ts';
import { GitRepository, runGit, treeOf } from '../../support/git-repository.ts';
import { checkOut, fetchCommit, gitSource, never } from '../../support/git-source.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/git-fetch.ts');

function shop(): GitRepository {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  repository.commit({ a: '1' });
  return repository;
}

function mirrorIn(cacheDirectory: string): string {
  const [name = '', ...more] = fs.readdirSync(cacheDirectory).filter((entry) => entry.endsWith('.git'));
  expect(more).toEqual([]);
  return path.join(cacheDirectory, name);
}

function filesOf(mirror: string, ending: string): string[] {
  return (fs.readdirSync(mirror, { recursive: true }) as string[]).filter((file) => file.endsWith(ending));
}

/** Another agent, which fetches in a process of its own. */
function fetchElsewhere(url: string, cacheDirectory: string, commit: string) {
  const agent = spawn(process.execPath, [PROGRAM, url, cacheDirectory, commit], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  const exited = new Promise<number | null>((resolve) => agent.on('exit', resolve));
  return { agent, exited };
}

test.each([
  ['the agent alone', false],
  ['the agent and its git', true],
])('kill -9 of %s during a first fetch leaves nothing that the next one minds', async (_, gitToo) => {
  const repository = shop();
  // More than the daemon sends before it stalls.
  const commit = repository.commit({
    big: Buffer.from(Array.from({ length: 50_000 }, (__, i) => (i * i * 7919) >> 3)),
  });
  const daemon = await startGitDaemon(path.dirname(repository.folder));
  const cacheDirectory = path.join(temporaryFolder(), 'cache');
  daemon.stall();
  const { agent, exited } = fetchElsewhere(`${daemon.url}/shop`, cacheDirectory, commit);
  await daemon.stalled();
  // Before the kill: git may end soon after it, when it says how far it is and nobody listens.
  const left = processesWith(cacheDirectory).filter((pid) => pid !== agent.pid);
  expect(left).not.toEqual([]);
  agent.kill('SIGKILL');
  await exited;
  if (gitToo) killAll(left);
  daemon.resume();
  const next = fetchElsewhere(`${daemon.url}/shop`, cacheDirectory, commit);
  expect(await next.exited).toBe(0);
  expect(left.filter((pid) => processesWith(cacheDirectory).includes(pid))).toEqual([]);
  expect(fs.readdirSync(cacheDirectory).filter((name) => name.startsWith('.tmp'))).toEqual([]);
  runGit(mirrorIn(cacheDirectory), 'fsck', '--strict');
  expect(
    treeOf(await checkOut(gitSource({ url: `${daemon.url}/shop`, cacheDirectory }), commit)),
  ).toMatchObject({ a: 'file 644 1' });
});

test('kill -9 of agent and git during a later fetch leaves nothing that the next one minds', async () => {
  const repository = shop();
  const daemon = await startGitDaemon(path.dirname(repository.folder));
  const url = `${daemon.url}/shop`;
  const cacheDirectory = path.join(temporaryFolder(), 'cache');
  const first = repository.git('rev-parse', 'HEAD');
  expect(await fetchElsewhere(url, cacheDirectory, first).exited).toBe(0);
  const commit = repository.commit({
    big: Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i * 7919) >> 3)),
  });
  daemon.stall();
  const { agent, exited } = fetchElsewhere(url, cacheDirectory, commit);
  await daemon.stalled();
  agent.kill('SIGKILL');
  await exited;
  killAll(processesWith(cacheDirectory));
  daemon.resume();
  expect(await fetchElsewhere(url, cacheDirectory, commit).exited).toBe(0);
  const mirror = mirrorIn(cacheDirectory);
  expect(fs.readdirSync(path.join(mirror, 'objects/pack')).filter((name) => /tmp/.test(name))).toEqual([]);
  runGit(mirror, 'fsck', '--strict');
});

test.each(['packed-refs.lock', 'refs/heads/main.lock', 'HEAD.lock', 'config.lock'])(
  'a stale %s of a git that was killed is no obstacle, now or after a restart',
  async (lock) => {
    const repository = shop();
    repository.git('branch', 'other');
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const source = gitSource({ url: repository.folder, cacheDirectory });
    await fetchCommit(source, repository.git('rev-parse', 'HEAD'));
    const mirror = mirrorIn(cacheDirectory);
    fs.writeFileSync(path.join(mirror, lock), '');
    repository.git('branch', '-D', 'other');
    const second = repository.commit({ a: '2' });
    await fetchCommit(source, second);
    expect(runGit(mirror, 'branch', '--format=%(refname)')).toBe('refs/heads/main');
    fs.writeFileSync(path.join(mirror, lock), '');
    const third = repository.commit({ a: '3' });
    expect(await fetchElsewhere(repository.folder, cacheDirectory, third).exited).toBe(0);
    expect(filesOf(mirror, '.lock')).toEqual([]);
  },
);

test('a mirror with objects missing is fetched anew, and that is told', async () => {
  const repository = shop();
  const commit = repository.commit({ b: '2' });
  const cacheDirectory = path.join(temporaryFolder(), 'cache');
  const source = gitSource({ url: repository.folder, cacheDirectory });
  await fetchCommit(source, commit);
  const mirror = mirrorIn(cacheDirectory);
  // As after a power loss: the commit is there, one of its files is not.
  const pack = fs
    .readdirSync(path.join(mirror, 'objects/pack'))
    .find((name) => name.endsWith('.pack')) as string;
  const aside = path.join(temporaryFolder(), pack);
  fs.renameSync(path.join(mirror, 'objects/pack', pack), aside);
  fs.rmSync(path.join(mirror, 'objects/pack', pack.replace('.pack', '.idx')));
  execFileSync('git', [`--git-dir=${mirror}`, 'unpack-objects', '-q'], { input: fs.readFileSync(aside) });
  const blob = repository.git('rev-parse', `${commit}:b`);
  fs.rmSync(path.join(mirror, 'objects', blob.slice(0, 2), blob.slice(2)));
  const said: string[] = [];
  const fetched = await fetchCommit(source, commit, said);
  expect(said[0]).toBe(`the copy of ${repository.folder} on this host is damaged and is fetched anew`);
  expect(fetched.files).toBe(2);
  expect(treeOf(await checkOut(source, commit))).toMatchObject({ a: 'file 644 1', b: 'file 644 2' });
});

test('apps that share a repository share a mirror, and fetch one after the other', async () => {
  const repository = shop();
  const cacheDirectory = path.join(temporaryFolder(), 'cache');
  const sources = Array.from({ length: 5 }, () => gitSource({ url: repository.folder, cacheDirectory }));
  for (const text of ['1', '2', '3']) {
    const commit = repository.commit({ a: text });
    const said = sources.map(() => [] as string[]);
    await Promise.all(sources.map((source, i) => fetchCommit(source, commit, said[i])));
    expect(said.flat()).toHaveLength(1);
  }
  mirrorIn(cacheDirectory);
});

test('one who gives up while another fetches does not wait for its end, and does it no harm', async () => {
  const repository = shop();
  const commit = repository.git('rev-parse', 'HEAD');
  const daemon = await startGitDaemon(path.dirname(repository.folder));
  const cacheDirectory = path.join(temporaryFolder(), 'cache');
  const source = gitSource({ url: `${daemon.url}/shop`, cacheDirectory });
  daemon.stall();
  const ending = new AbortController();
  const first = source.fetch({ version: commit, cacheDirectory: '', signal: ending.signal });
  await daemon.stalled();
  const second = new AbortController();
  const waiting = source.fetch({ version: commit, cacheDirectory: '', signal: second.signal });
  second.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
  const third = source.fetch({ version: commit, cacheDirectory: '', signal: never });
  daemon.resume();
  ending.abort(new Error('the first gives up, too'));
  await expect(first).rejects.toThrow('the first gives up, too');
  expect((await third).kind).toBe('commit');
});

test('what many fetches left is packed again, beside the work and without harm to it', async () => {
  const repository = shop();
  const cacheDirectory = path.join(temporaryFolder(), 'cache');
  const source = gitSource({ url: repository.folder, cacheDirectory });
  const first = repository.git('rev-parse', 'HEAD');
  const packs = () =>
    fs
      .readdirSync(path.join(mirrorIn(cacheDirectory), 'objects/pack'))
      .filter((name) => name.endsWith('.pack'));
  const deploy = async (text: string) => await fetchCommit(source, repository.commit({ a: text }));
  // Each fetch ends the collection that the one before it began.
  for (let i = 0; i < 24; i++) await deploy(`change ${i}`);
  for (let i = 0; i < 24; i++) {
    await untilNoneWith(cacheDirectory);
    if (packs().length < 10) break;
    await deploy(`another ${i}`);
  }
  expect(packs().length).toBeLessThan(10);
  expect(treeOf(await checkOut(source, first))).toMatchObject({ a: 'file 644 1' });
  expect(treeOf(await checkOut(source, repository.git('rev-parse', 'HEAD')))).toHaveProperty('a');
  runGit(mirrorIn(cacheDirectory), 'fsck', '--strict');
});

test('what a branch no longer has can be deployed as long as the repository gives it', async () => {
  const repository = shop();
  const first = repository.git('rev-parse', 'HEAD');
  const lost = repository.commit({ a: 'lost' });
  repository.git('reset', '--quiet', '--hard', first);
  const source = gitSource({ url: repository.folder });
  expect((await source.find(lost, never)).version).toBe(lost);
  expect(treeOf(await checkOut(source, lost))).toMatchObject({ a: 'file 644 lost' });
});
