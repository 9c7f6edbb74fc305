import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { switchLink } from '../../../src/kernel/index.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const idOf = (flag: '-u' | '-g', user: string) =>
  Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));

/** `uid:gid mode` of an entry below the root. */
function ownerOf(site: SiteWorkshop, name: string): string {
  const { uid, gid, mode } = fs.statSync(site.file(name));
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
}

/** Whom the tests start may get to the root. */
function openFolder(): string {
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755);
  return folder;
}

test('a left-over that cannot be removed keeps no agent and no deployment from going on', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.deploy();
  await site.workshop.kill();
  // What is mounted there cannot be removed by anybody.
  const disk = new SmallDisk(site.file('release/.tmp-deployment_2.left/disk'), 1024 * 1024);
  await site.workshop.start();
  await waitFor('the agent to tell of it', () =>
    site.workshop.agentOutput().includes('left-overs of an earlier agent were not removed'),
  );
  site.repository.push({ 'index.html': 'two' });
  const deployment = await site.deploy();
  expect(deployment.state).toBe('succeeded');
  const [check] = deployment.steps;
  expect(check?.output.join('\n')).toContain('left-overs of another deployment are still there');
  expect(site.served('index.html')).toBe('two');
  expect(fs.existsSync(disk.folder)).toBe(true);
});

test('a release folder that is a file keeps no agent from starting, and the deployment says so', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  fs.mkdirSync(site.root);
  fs.writeFileSync(site.file('release'), '');
  await site.workshop.start();
  expect(await site.deploy()).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('release is no directory'),
  });
  fs.rmSync(site.file('release'));
  expect((await site.deploy()).state).toBe('succeeded');
});

test('nobody but the agent can put anything in the place of what is made ready', async () => {
  const site = await SiteWorkshop.make({
    folder: openFolder(),
    site: { owner: 'www-data:www-data', user: 'www-data' },
  });
  site.repository.push({
    'index.html': 'one',
    '.slipway/before.deploy': [
      'mkdir ../.tmp-x && exit 1',
      'mv ../../release ../../elsewhere && exit 1',
      'mv . ../deployment_9.gone && exit 1',
      'touch made-by-the-hook "$STORAGE_DIRECTORY/made-by-the-hook"',
    ].join('\n'),
  });
  await site.workshop.start();
  expect(await site.deploy()).toMatchObject({ state: 'succeeded' });
  expect(ownerOf(site, '.')).toBe('0:0 755');
  expect(ownerOf(site, 'release')).toBe('0:0 755');
  expect(fs.existsSync(site.file('current/made-by-the-hook'))).toBe(true);
});

test('a root that an administrator has given to others works, and each deployment tells of it', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  fs.mkdirSync(site.root);
  fs.chmodSync(site.root, 0o2775);
  await site.workshop.start();
  const deployment = await site.deploy();
  expect(deployment.state).toBe('succeeded');
  expect(deployment.steps[0]?.output.join('\n')).toContain(`others may write to ${site.root}`);
  expect(fs.statSync(site.root).mode & 0o7777).toBe(0o2775);
});

test('a shared storage begins with what the project has there, and keeps what is put into it', async () => {
  const site = await SiteWorkshop.make({ site: { shared: ['storage', 'vendor'] } });
  site.repository.push({
    'storage/app/public/.gitignore': '*\n',
    'storage/framework/views/.gitignore': '*\n',
    'storage/logs/.gitignore': '*\n',
    '.slipway/before.deploy': 'echo compiled > storage/framework/views/page.php',
  });
  await site.workshop.start();
  const first = await site.deploy();
  expect(first.state).toBe('succeeded');
  expect(first.steps.find(({ name }) => name === 'links')?.output).toContain(
    `storage of the project is now ${site.file('storage')}, because there was nothing in it yet`,
  );
  expect(fs.readdirSync(site.file('storage')).toSorted()).toEqual(['app', 'framework', 'logs', 'public']);
  expect(fs.readlinkSync(site.file('current/storage'))).toBe('../../storage');
  fs.writeFileSync(site.file('storage/app/public/upload'), 'of a visitor');
  site.repository.push({ 'storage/app/public/upload': 'of the project' });
  expect((await site.deploy()).state).toBe('succeeded');
  expect(site.served('storage/app/public/upload')).toBe('of a visitor');
  expect(site.served('storage/framework/views/page.php')).toBe('compiled\n');
});

test('an .env that is set before the first deployment waits for it, or nothing of it is kept', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  const client = await site.workshop.client();
  const prepared = path.join(site.workshop.data, 'env/shop');
  fs.mkdirSync(site.root);
  fs.writeFileSync(site.file('release'), '');
  await expect(client.changeEnv({ app: 'shop', set: { PASSWORD: 'first' } })).rejects.toMatchObject({
    code: 'path_refused',
    message: expect.stringContaining('release is no directory'),
  });
  expect(fs.readdirSync(prepared)).toEqual([]);
  fs.rmSync(site.root, { recursive: true });
  expect(await client.changeEnv({ app: 'shop', set: { PASSWORD: 'first' } })).toMatchObject({
    deployment: null,
  });
  expect(fs.readdirSync(prepared)).toEqual([]);
  expect(fs.readFileSync(site.file('.env'), 'utf8')).toBe('PASSWORD=first\n');
  await site.deploy();
  expect(site.served('.env')).toBe('PASSWORD=first\n');
});

test('with "owner: keep" an agent of root makes everything for the user of the site', async () => {
  const site = await SiteWorkshop.make({
    folder: openFolder(),
    site: { owner: 'keep', user: 'www-data', shared: ['vendor', 'var/cache'] },
  });
  const www = `${idOf('-u', 'www-data')}:${idOf('-g', 'www-data')}`;
  const hook =
    'for d in vendor var/cache ../../storage ../../storage/public ../../logs; do touch $d/x || exit 1; done';
  site.repository.push({ 'index.html': 'one', '.slipway/before.deploy': `${hook}; cat .env` });
  await site.workshop.start();
  const client = await site.workshop.client();
  await client.changeEnv({ app: 'shop', set: { A: '1' } });
  expect(await site.deploy()).toMatchObject({ state: 'succeeded', reason: null });
  for (const name of ['vendor', 'var', 'var/cache', 'storage', 'storage/public', 'logs'])
    expect(ownerOf(site, name), name).toBe(`${www} 2775`);
  for (const name of ['.env', 'current/.env']) expect(ownerOf(site, name), name).toBe(`${www} 640`);

  // What an administrator has decided stays so.
  fs.chownSync(site.file('.env'), idOf('-u', 'nobody'), idOf('-g', 'www-data'));
  const { deployment } = await client.changeEnv({ app: 'shop', set: { A: '2' } });
  expect(await site.ended(deployment ?? 0)).toMatchObject({ state: 'succeeded' });
  const theirs = `${idOf('-u', 'nobody')}:${idOf('-g', 'www-data')} 640`;
  for (const name of ['.env', 'current/.env']) expect(ownerOf(site, name), name).toBe(theirs);
  expect(site.served('.env')).toBe('A=2\n');
});

test('a changed .env goes to the release that is live by the journal, and nowhere else', async () => {
  const site = await SiteWorkshop.make();
  await site.workshop.start();
  for (const text of ['one', 'two']) {
    site.repository.push({ 'index.html': text });
    await site.deploy();
  }
  const client = await site.workshop.client();
  const elsewhere = path.join(site.workshop.folder, 'elsewhere/release/deployment_2.ab12cd3');
  fs.mkdirSync(elsewhere, { recursive: true });
  const live = fs.readlinkSync(site.file('current'));
  const [other] = fs.readdirSync(site.file('release')).filter((name) => name !== path.basename(live));
  for (const target of [elsewhere, `release/${other}`]) {
    fs.rmSync(site.file('current'));
    fs.symlinkSync(target, site.file('current'));
    const { deployment } = await client.changeEnv({ app: 'shop', set: { A: '1' } });
    expect(await site.ended(deployment ?? 0)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('current does not lead to release 2'),
    });
    expect(fs.existsSync(path.join(site.file('current'), '.env'))).toBe(false);
    expect(fs.existsSync(site.file('.env'))).toBe(false);
  }
  fs.rmSync(site.file('current'));
  fs.symlinkSync(live, site.file('current'));
  const { deployment } = await client.changeEnv({ app: 'shop', set: { A: '1' } });
  expect(await site.ended(deployment ?? 0)).toMatchObject({ state: 'succeeded' });
  expect(site.served('.env')).toBe('A=1\n');
});

test('a changed .env cannot be cancelled once it is in its place; before, nothing has been', async () => {
  const site = await SiteWorkshop.make();
  const wait = (name: string) =>
    `touch "$STORAGE_DIRECTORY/${name}"; until test -e "$STORAGE_DIRECTORY/go-${name}"; do sleep 0.05; done`;
  site.repository.push({
    '.slipway/config/before-change': wait('before'),
    '.slipway/config/after-change': wait('after'),
  });
  await site.workshop.start();
  await site.deploy();
  const client = await site.workshop.client();
  const change = async (value: string, until: string) => {
    const { deployment } = await client.changeEnv({ app: 'shop', set: { A: value } });
    await waitFor(`the hook ${until}`, () => fs.existsSync(site.file('storage', until)));
    return deployment ?? 0;
  };
  const cancelled = await change('1', 'before');
  await client.cancel({ id: cancelled });
  expect((await site.ended(cancelled)).state).toBe('cancelled');
  expect(fs.existsSync(site.file('.env'))).toBe(false);
  expect(fs.existsSync(site.file('current/.env'))).toBe(false);

  fs.writeFileSync(site.file('storage/go-before'), '');
  const placed = await change('2', 'after');
  const cancelling = client.cancel({ id: placed });
  // Nothing tells that the agent has it, but what is sent and answered after it: the deployment must not end before.
  for (let i = 0; i < 2; i++) await client.status({});
  fs.writeFileSync(site.file('storage/go-after'), '');
  await cancelling;
  expect((await site.ended(placed)).state).toBe('succeeded');
  expect(site.served('.env')).toBe('A=2\n');
  expect(fs.readFileSync(site.file('.env'), 'utf8')).toBe('A=2\n');
});

test('what somebody else makes of `current` is told with its mend', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  const client = await site.workshop.client();
  await site.deploy();
  site.repository.push({ 'index.html': 'two' });
  await site.deploy();
  const told = async () => {
    const { state, stray = null } = await site.workshop.app();
    const ofReleases = (await client.releases({ app: 'shop' })).flatMap((row) =>
      row.stray ? [row.stray] : [],
    );
    expect(ofReleases).toEqual(stray === null ? [] : [stray]);
    return { state, stray };
  };
  expect(await told()).toEqual({ state: 'running', stray: null });
  const current = site.file('current');
  const [one = '', two = ''] = fs.readdirSync(site.file('release')).toSorted();

  switchLink(current, `release/${one}`);
  const reason = (how: string) => expect.stringMatching(new RegExp(`^${current} ${how}`));
  expect(await told()).toEqual({
    state: 'running',
    stray: {
      reason: reason('leads to release 1, and not by a deployment; release 2 is live by the journal'),
      next: expect.stringContaining('slipway rollback shop --to 2   (or, to stay'),
    },
  });
  expect(await site.rollback(2)).toMatchObject({ state: 'succeeded' });
  expect([site.served('index.html'), await told()]).toEqual(['two', { state: 'running', stray: null }]);

  // As `cp -r` of a person leaves it.
  fs.rmSync(current);
  fs.mkdirSync(current);
  expect(await told()).toEqual({
    state: 'down',
    stray: {
      reason: reason('is a directory and no link to a release'),
      next: `mv ${current} ${current}.by-hand && slipway rollback shop --to 2`,
    },
  });
  expect((await client.doctor()).find(({ name }) => name === 'current')).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('is a directory and no link'),
    mend: expect.stringContaining('slipway rollback shop --to 2'),
  });
  fs.renameSync(current, `${current}.by-hand`);
  expect((await told()).stray).toMatchObject({ reason: reason('is not there') });
  expect(await site.rollback(2)).toMatchObject({ state: 'succeeded' });

  fs.rmSync(site.file('release', two), { recursive: true });
  expect(await told()).toEqual({
    state: 'down',
    stray: {
      reason: reason('leads to .*, which is not there; .*its directory is gone'),
      next: 'slipway deploy shop',
    },
  });
  expect(await site.deploy()).toMatchObject({ state: 'succeeded' });
  expect([site.served('index.html'), await told()]).toEqual(['two', { state: 'running', stray: null }]);
});
