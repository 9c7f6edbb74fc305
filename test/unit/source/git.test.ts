import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { processStat } from '../../../src/supervisor/proc.ts';
import { ManualClock } from '../../support/clock.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { fetchCommit, gitSource, never } from '../../support/git-source.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { becomes, isError, record } from './bed.ts';

function repository(): GitRepository {
  return new GitRepository(path.join(temporaryFolder(), 'shop'));
}

test('a repository that is not there yet is waited for, and its first commit offered', async () => {
  const folder = path.join(temporaryFolder(), 'shop');
  const source = gitSource({ url: folder });
  expect(await source.look()).toMatchObject({
    state: 'waiting',
    reason: `there is no repository yet: ${folder} does not exist`,
    offer: null,
  });
  const shop = new GitRepository(folder);
  expect(await source.look()).toMatchObject({ state: 'waiting', reason: `${folder} has no branches yet` });
  const commit = shop.commit({ 'index.php': 'one' });
  expect((await source.look()).offer).toEqual({
    version: commit,
    hash: commit,
    commit,
    ref: 'main',
    sha256: null,
    preCommands: [],
    archive: null,
    upload: null,
  });
});

test('a folder that is no repository is an error that names it', async () => {
  const url = temporaryFolder();
  const { state, reason } = await gitSource({ url }).look();
  expect(state).toBe('error');
  expect(reason).toContain(`there is no repository ${url}`);
});

test('an address that cannot be used is an error of this app alone', async () => {
  const source = gitSource({ url: 'ext::sh -c true' });
  expect(await source.look()).toMatchObject({
    state: 'error',
    reason: expect.stringContaining('remote helpers'),
  });
  await expect(source.find('main', never)).rejects.toMatchObject({ code: 'config_invalid' });
});

test('a new commit, a forced push and a tag are offered; only what changed is told', async () => {
  const shop = repository();
  const first = shop.commit({ a: '1' });
  const source = gitSource({ url: shop.folder, tags: ['^v'] });
  const told = record(source);
  await source.look();
  await source.look();
  const second = shop.commit({ a: '2' });
  await source.look();
  await source.look();
  shop.git('reset', '--quiet', '--hard', first);
  const forced = shop.commit({ a: '3' });
  await source.look();
  shop.git('tag', '-a', 'v1', '-m', 'one', second);
  await source.look();
  expect(told.map(({ offer }) => [offer?.ref, offer?.version])).toEqual([
    ['main', first],
    ['main', second],
    ['main', forced],
    ['v1', second],
  ]);
});

test('there is no offer when the branch is deleted, and the reason names it', async () => {
  const shop = repository();
  shop.commit({ a: '1' });
  shop.git('branch', 'next');
  const source = gitSource({ url: shop.folder, branch: 'next' });
  expect((await source.look()).state).toBe('ok');
  shop.git('branch', '-D', 'next');
  expect(await source.look()).toMatchObject({
    state: 'waiting',
    reason: `${shop.folder} has no branch next; there is main`,
    offer: null,
  });
});

test('the repository is asked again after the poll, by the clock that was given', async () => {
  const shop = repository();
  const first = shop.commit({ a: '1' });
  const clock = new ManualClock();
  const source = gitSource({ url: shop.folder, clock, pollMs: 60_000 });
  source.start();
  await becomes(source, ({ offer }) => offer?.version === first);
  const second = shop.commit({ a: '2' });
  await waitForTimer(clock);
  clock.advance(59_999);
  // The timer still waits, so nothing was asked.
  expect(clock.pending).toBe(1);
  expect(source.condition.offer?.version).toBe(first);
  clock.advance(1);
  await becomes(source, ({ offer }) => offer?.version === second);
});

/** The next look is armed a moment after the change was told. */
async function waitForTimer(clock: ManualClock): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}

test('a burst of looks asks twice: now, and once more for all that came meanwhile', async () => {
  const shop = repository();
  shop.commit({ a: '1' });
  const counter = path.join(temporaryFolder(), 'asked');
  const wrapper = path.join(temporaryFolder(), 'git');
  const before = process.env.PATH;
  fs.writeFileSync(wrapper, `#!/bin/sh\necho "$1" >> ${counter}\nPATH=${before} exec git "$@"\n`, {
    mode: 0o755,
  });
  process.env.PATH = path.dirname(wrapper);
  try {
    const source = gitSource({ url: shop.folder });
    const first = source.look();
    const last = shop.commit({ a: '2' });
    const others = Array.from({ length: 20 }, () => source.look());
    await first;
    for (const { offer } of await Promise.all(others)) expect(offer?.version).toBe(last);
    expect(fs.readFileSync(counter, 'utf8')).toBe('ls-remote\nls-remote\n');
  } finally {
    process.env.PATH = before;
  }
});

test('a stopped source tells nothing, and its git is ended', async () => {
  const shop = repository();
  const pidFile = path.join(temporaryFolder(), 'pid');
  const wrapper = path.join(temporaryFolder(), 'git');
  const before = process.env.PATH;
  fs.writeFileSync(wrapper, `#!/bin/sh\nPATH=${before}\necho $$ > ${pidFile}\nexec sleep 1000\n`, {
    mode: 0o755,
  });
  process.env.PATH = path.dirname(wrapper);
  try {
    const source = gitSource({ url: shop.folder });
    const told = record(source);
    const look = source.look();
    const pid = Number(await waitFor('git to run', () => fs.readFileSync(pidFile, 'utf8').trim()));
    source.stop();
    await look;
    expect(told).toEqual([]);
    await waitFor('git to be gone', () => processStat(pid) === null);
  } finally {
    process.env.PATH = before;
  }
});

test('a git that is given up is told so only when its whole process group is gone', async () => {
  const shop = repository();
  const folder = temporaryFolder();
  const wrapper = path.join(folder, 'git');
  const before = process.env.PATH;
  // Its child does not end when it is asked to, and holds no pipe.
  const child = `sh -c 'trap "" TERM; echo $$ >${folder}/child; while :; do sleep 1000; done' >/dev/null 2>&1 &`;
  fs.writeFileSync(
    wrapper,
    `#!/bin/sh\nPATH=${before}\n${child}\necho $$ > ${folder}/pid\nexec sleep 1000\n`,
    {
      mode: 0o755,
    },
  );
  process.env.PATH = folder;
  try {
    const source = gitSource({ url: shop.folder });
    const look = source.look();
    const read = (name: string) => Number(fs.readFileSync(path.join(folder, name), 'utf8').trim());
    const pid = await waitFor('git and its child to run', () => read('child') && read('pid'));
    source.stop();
    await look;
    expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
  } finally {
    process.env.PATH = before;
  }
});

test('a person finds a branch, a tag, and a commit by all or some of its digits', async () => {
  const shop = repository();
  const first = shop.commit({ a: '1' });
  shop.git('tag', 'v1');
  const second = shop.commit({ a: '2' });
  const source = gitSource({ url: shop.folder });
  const find = async (wanted: string) => {
    const { version, ref, commit } = await source.find(wanted, never);
    expect(commit).toBe(version);
    return [version, ref];
  };
  expect(await find('main')).toEqual([second, 'main']);
  expect(await find('v1')).toEqual([first, 'v1']);
  expect(await find(first)).toEqual([first, first]);
  expect(await find(first.slice(0, 8).toUpperCase())).toEqual([first, first.slice(0, 8).toUpperCase()]);
  const third = shop.commit({ a: '3' });
  expect(await find(third.slice(0, 10))).toEqual([third, third.slice(0, 10)]);
});

test.each(['mian', '0000000', 'f'.repeat(40), '--all', 'main~1', 'a b', ''])(
  'a person who asks for %j is told what there is',
  async (wanted) => {
    const shop = repository();
    shop.commit({ a: '1' });
    await expect(gitSource({ url: shop.folder }).find(wanted, never)).rejects.toMatchObject({
      code: 'ref_unknown',
      message: expect.stringContaining(JSON.stringify(wanted)),
      hint: expect.stringContaining('main'),
    });
  },
);

test('nothing but a full commit is fetched', async () => {
  const shop = repository();
  shop.commit({ a: '1' });
  for (const version of ['main', '--all', 'abc1234', '../x'])
    await expect(fetchCommit(gitSource({ url: shop.folder }), version)).rejects.toMatchObject({
      code: 'version_invalid',
    });
});

test('a commit that no longer is in the repository is named', async () => {
  const shop = repository();
  shop.commit({ a: '1' });
  await expect(fetchCommit(gitSource({ url: shop.folder }), 'b'.repeat(40))).rejects.toMatchObject({
    code: 'ref_unknown',
    message: expect.stringContaining('b'.repeat(40)),
  });
});

test('a commit tells its author, size, files and history', async () => {
  const shop = repository();
  const first = shop.commit({ a: '12345', 'b/c': '678' }, 'the first');
  const second = shop.commit({ a: '1234567' }, 'the second\n\nwith a body');
  const third = shop.commit({ 'b/d': '' }, 'the third');
  const fetched = await fetchCommit(gitSource({ url: shop.folder }), third);
  expect(fetched).toMatchObject({
    commit: third,
    subject: 'the third',
    author: 'Ada Lovelace',
    files: 3,
    sizeBytes: 10,
  });
  expect(await fetched.has(['a', 'b', 'b/c', 'b/', 'c', 'b/x', '*'])).toEqual(['a', 'b/', 'b/c']);
  expect(await fetched.log(first, 10)).toEqual([
    { commit: third, subject: 'the third', author: 'Ada Lovelace', at: expect.any(Number) },
    { commit: second, subject: 'the second', author: 'Ada Lovelace', at: expect.any(Number) },
  ]);
  expect(await fetched.log(first, 1)).toHaveLength(1);
  expect(await fetched.log('c'.repeat(40), 10)).toEqual([]);
  expect(await fetched.log('--all', 10)).toEqual([]);
  const [newest] = await fetched.log(first, 1);
  expect(Math.abs((newest?.at ?? 0) - systemClock.now())).toBeLessThan(86_400_000);
});

test('an app without git on its host says so', async () => {
  const before = process.env.PATH;
  process.env.PATH = temporaryFolder();
  try {
    const condition = await gitSource({ url: temporaryFolder() }).look();
    expect(isError(condition)).toBe(true);
    expect(condition.reason).toContain('git is not installed');
  } finally {
    process.env.PATH = before;
  }
});
