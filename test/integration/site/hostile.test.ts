import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { DeploymentWithSteps } from '../../../src/api/index.ts';
import { parseReleaseName } from '../../../src/release/index.ts';
import { type SiteOptions, SiteWorkshop, type Tree } from '../../support/site.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { treePaths } from '../../support/tree.ts';
import { waitFor } from '../../support/wait-for.ts';

const SECRET = 'sk_live_0123456789';
const MEGABYTE = 1024 * 1024;

/** A site that has `one` live, and a folder outside of its root that nobody is to touch. */
class Ground {
  readonly site: SiteWorkshop;
  readonly outside: string;
  private readonly outsideBefore: string[];

  private constructor(site: SiteWorkshop, outside: string) {
    this.site = site;
    this.outside = outside;
    this.outsideBefore = this.describeOutside();
  }

  static async make(options: SiteOptions = {}): Promise<Ground> {
    const folder = temporaryFolder();
    const outside = path.join(folder, 'outside');
    fs.mkdirSync(path.join(outside, 'deep'), { recursive: true });
    fs.writeFileSync(path.join(outside, 'passwd'), 'root', { mode: 0o600 });
    fs.writeFileSync(path.join(outside, 'deep/file'), 'deep', { mode: 0o640 });
    fs.writeFileSync(path.join(outside, 'script'), `touch '${folder}/was-run'`, { mode: 0o755 });
    fs.mkdirSync(path.join(outside, 'hooks'));
    fs.copyFileSync(path.join(outside, 'script'), path.join(outside, 'hooks/before.deploy'));
    const site = await SiteWorkshop.make({
      ...options,
      folder,
      site: { owner: 'www-data:www-data', shared: [], ...options.site },
    });
    const ground = new Ground(site, outside);
    site.repository.push({ 'index.html': 'one' });
    await site.workshop.start();
    expect((await site.deploy()).state).toBe('succeeded');
    return ground;
  }

  /** Pushes it as release 2 and deploys that. */
  async deploy(tree: Tree): Promise<DeploymentWithSteps> {
    this.site.repository.push({ 'index.html': 'two', ...tree });
    return await this.site.deploy();
  }

  /** What is live, that nothing outside was changed, and that nothing is left running or half made. */
  async expectLive(text: 'one' | 'two'): Promise<void> {
    const { site, outside } = this;
    expect(site.served('index.html')).toBe(text);
    expect(await site.workshop.app()).toMatchObject({
      state: 'running',
      live: { number: text === 'one' ? 1 : 2 },
    });
    expect(this.describeOutside()).toEqual(this.outsideBefore);
    expect(fs.existsSync(path.join(path.dirname(outside), 'was-run'))).toBe(false);
    expect(site.workshop.processes()).toEqual([]);
    const names = text === 'one' ? 1 : 2;
    await waitFor('left-overs to be gone', () => fs.readdirSync(site.file('release')).length === names);
    expect(fs.readdirSync(site.root).filter((name) => name.startsWith('.tmp'))).toEqual([]);
  }

  /** Mode, owner, time and content of everything there. */
  private describeOutside(): string[] {
    return ['.', ...treePaths(this.outside)].map((name) => {
      const file = path.join(this.outside, name);
      const { mode, uid, gid, mtimeMs } = fs.lstatSync(file);
      const content = fs.statSync(file).isFile() ? fs.readFileSync(file, 'utf8') : '';
      return JSON.stringify([name, mode.toString(8), uid, gid, mtimeMs, content]);
    });
  }
}

const stepOf = (deployment: DeploymentWithSteps, name: string) => {
  const step = deployment.steps.find((each) => each.name === name);
  if (!step) throw new Error(`no step ${name} in ${JSON.stringify(deployment.steps)}`);
  return step;
};

test('a storage of the project that leads elsewhere is not used where storage is shared', async () => {
  const ground = await Ground.make({ site: { shared: ['storage'] } });
  const { site, outside } = ground;
  const deployment = await ground.deploy({ storage: { link: outside } });
  expect(deployment.state).toBe('succeeded');
  expect(stepOf(deployment, 'links').output.join('\n')).toContain(
    `storage of the project is a link to ${JSON.stringify(outside)}, which was not followed: it is not used`,
  );
  expect(fs.readlinkSync(site.file('current/storage'))).toBe('../../storage');
  expect(fs.lstatSync(site.file('storage')).isDirectory()).toBe(true);
  await ground.expectLive('two');
});

test('where it is not shared, the link is deployed, and nothing behind it is changed', async () => {
  const ground = await Ground.make();
  const { site, outside } = ground;
  expect((await ground.deploy({ storage: { link: outside } })).state).toBe('succeeded');
  expect(fs.readlinkSync(site.file('current/storage'))).toBe(outside);
  expect(fs.lstatSync(site.file('storage')).isDirectory()).toBe(true);
  await ground.expectLive('two');
});

test('a link on the way to a shared path fails the deployment, and says where it is', async () => {
  const ground = await Ground.make({ site: { shared: ['public/uploads'] } });
  const deployment = await ground.deploy({ public: { link: ground.outside } });
  expect(deployment.state).toBe('failed');
  expect(stepOf(deployment, 'links')).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('public'),
  });
  expect(deployment.reason).toContain('symbolic link');
  await ground.expectLive('one');
});

test('an .env of the project that is a link to elsewhere is replaced, not written through', async () => {
  const ground = await Ground.make();
  const { site, outside } = ground;
  const target = path.join(outside, 'passwd');
  await (await site.workshop.client()).changeEnv({ app: 'shop', set: { A: '1' } });
  await waitFor('the .env to be placed', async () => (await site.workshop.app()).deployment === null);
  const deployment = await ground.deploy({ '.env': { link: target } });
  expect(deployment.state).toBe('succeeded');
  expect(stepOf(deployment, 'env').output).toEqual([
    `.env of the project is a link to ${JSON.stringify(target)}, which was not followed: it is replaced`,
  ]);
  const stat = fs.lstatSync(site.file('current/.env'));
  expect([stat.isFile(), stat.mode & 0o777]).toEqual([true, 0o640]);
  expect(site.served('.env')).toBe('A=1\n');
  await ground.expectLive('two');
});

test('and where the site has no .env, the link stays one, and its target is not given away', async () => {
  const ground = await Ground.make();
  const target = path.join(ground.outside, 'passwd');
  const deployment = await ground.deploy({ '.env': { link: target } });
  expect(deployment.state).toBe('succeeded');
  expect(stepOf(deployment, 'env').state).toBe('skipped');
  expect(fs.readlinkSync(ground.site.file('current/.env'))).toBe(target);
  await ground.expectLive('two');
});

test('a project with names that mean something to a site is content like any other', async () => {
  const ground = await Ground.make({ site: { shared: ['vendor'] } });
  const { site, outside } = ground;
  const deployment = await ground.deploy({
    'current/index.html': 'no release',
    'release/deployment_1.1234567/index.html': 'no release',
    'release/.tmp-x/file': 'no left-over',
    'maintenance.html': 'no maintenance',
    'logs/log': 'no log',
    REVISION: { link: path.join(outside, 'passwd') },
  });
  expect(deployment.state).toBe('succeeded');
  expect(site.served('current/index.html')).toBe('no release');
  expect(site.served('release/.tmp-x/file')).toBe('no left-over');
  expect(site.served('REVISION')).toBe(`${deployment.commit}\n`);
  expect(fs.readdirSync(site.root).toSorted()).toEqual(['current', 'logs', 'release', 'storage', 'vendor']);
  expect(await site.workshop.app()).toMatchObject({ maintenance: false });
  await ground.expectLive('two');
});

test('a tree with names that are no text and folders that are shut is deployed and removed', async () => {
  const ground = await Ground.make({ site: { keep: 1 } });
  const { site } = ground;
  const odd = Buffer.from(`${site.repository.work}/odd\n\xff`, 'latin1');
  fs.mkdirSync(odd);
  fs.writeFileSync(Buffer.concat([odd, Buffer.from('/\xe9\n', 'latin1')]), 'odd');
  const shut = 'mkdir -p shut/inner && touch shut/inner/file && chmod 0 shut/inner shut';
  expect((await ground.deploy({ '.slipway/after.deploy': shut })).state).toBe('succeeded');
  const second = fs.realpathSync(site.file('current'));
  expect(fs.readdirSync(second, 'latin1')).toContain('odd\n\xff');
  fs.rmSync(odd, { recursive: true });
  for (const text of ['three', 'four']) {
    site.repository.push({ 'index.html': text });
    expect((await site.deploy()).state).toBe('succeeded');
  }
  const left = () => fs.readdirSync(site.file('release')).map((name) => parseReleaseName(name)?.number);
  await waitFor(
    'the first two releases to be removed',
    () =>
      left()
        .toSorted((a, b) => (a ?? 0) - (b ?? 0))
        .join() === '3,4',
  );
});

test('a hook that never ends is ended at its limit, and what was live stays', async () => {
  const ground = await Ground.make({ site: { hooks: { timeout: '500ms' } } });
  const deployment = await ground.deploy({
    '.slipway/before.deploy': 'echo begun; trap "" TERM; exec sleep 1000000',
  });
  expect(deployment).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('hook before.deploy took longer than'),
  });
  await ground.expectLive('one');
});

test('a daemon that a hook leaves behind is ended, and the deployment says so and goes on', async () => {
  const ground = await Ground.make();
  const deployment = await ground.deploy({
    // Until it is another program the kernel has no environment of it, or still that of the shell.
    '.slipway/after.pull': `setsid sleep 1000000 </dev/null >/dev/null 2>&1 &
until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.02; done`,
  });
  expect(deployment.state).toBe('succeeded');
  const output = deployment.steps.flatMap((step) => step.output);
  expect(output).toContain('... ended 1 process that it left behind: sleep');
  await ground.expectLive('two');
});

test('a gigabyte that a hook prints is kept neither on the disk nor in the journal', async () => {
  const ground = await Ground.make();
  const { site, outside } = ground;
  const folder = path.dirname(outside);
  const output = path.join(site.workshop.data, 'output');
  site.repository.push({
    'index.html': 'two',
    '.slipway/after.pull': `echo the first line
for stage in 1 2 3 4; do
  yes ${'x'.repeat(1023)} | head -c 256M
  touch '${folder}/printed-'$stage
  until [ -e '${folder}/go-'$stage ]; do sleep 0.02; done
done
echo the last line`,
  });
  const { deployment: id } = await (await site.workshop.client()).deploy({ app: 'shop' });
  const patient = { deadlineMs: 150_000 };
  for (const stage of [1, 2, 3, 4]) {
    await waitFor('256 MB more', () => fs.existsSync(path.join(folder, `printed-${stage}`)), patient);
    await waitFor('them to be freed', () => allocated(output) < 32 * MEGABYTE, patient);
    fs.writeFileSync(path.join(folder, `go-${stage}`), '');
  }
  const deployment = await site.ended(id);
  expect(deployment.state).toBe('succeeded');
  const lines = deployment.steps.find(({ output: each }) => each.includes('the first line'))?.output ?? [];
  expect(lines).toContain('the last line');
  expect(lines.length).toBeLessThan(2500);
  await waitFor('the output to be gone', () => allocated(output) === 0);
  expect(allocated(site.workshop.data)).toBeLessThan(32 * MEGABYTE);
  await ground.expectLive('two');
});

test('a secret that a hook prints is nowhere to be read, in show, logs or files of the agent', async () => {
  const ground = await Ground.make();
  const { workshop } = ground.site;
  const client = await workshop.client();
  await client.changeSecrets({ app: 'shop', set: { PAYMENT: SECRET } });
  const deployment = await ground.deploy({
    '.slipway/before.deploy':
      'echo "length ${#PAYMENT}"; echo "it is $PAYMENT"; env >&2; ls "$PAYMENT"; exit 1',
  });
  expect(deployment.state).toBe('failed');
  const output = deployment.steps.flatMap((step) => step.output);
  expect(output).toContain(`length ${SECRET.length}`);
  expect(output).toContain('it is [redacted]');
  expect(output).toContain('PAYMENT=[redacted]');
  expect(JSON.stringify(deployment)).not.toContain(SECRET);
  expect(JSON.stringify(await client.secrets({ app: 'shop' }))).not.toContain(SECRET);
  await waitFor('the output to be gone', () => allocated(path.join(workshop.data, 'output')) === 0);
  const holds = (folder: string) =>
    treePaths(folder)
      .map((name) => path.join(folder, name))
      .filter((file) => fs.lstatSync(file).isFile() && fs.readFileSync(file, 'latin1').includes(SECRET));
  expect([workshop.data, workshop.logs].filter((each) => fs.existsSync(each)).flatMap(holds)).toEqual([]);
  expect(workshop.agentOutput()).not.toContain(SECRET);
  await ground.expectLive('one');
});

test('a hook that deletes the release that it runs in fails the deployment', async () => {
  const ground = await Ground.make();
  const deployment = await ground.deploy({
    '.slipway/before.deploy': 'cd /; rm -rf "$DEPLOYMENT_DIRECTORY"',
  });
  expect(deployment).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('before.deploy removed the release'),
  });
  await ground.expectLive('one');
});

test('links and hard links that a hook puts into the release lead owner and modes nowhere else', async () => {
  const ground = await Ground.make();
  const { outside, site } = ground;
  const deployment = await ground.deploy({
    'public.txt': 'of the project',
    '.slipway/before.deploy': `set -e
ln -sf '${outside}/passwd' public.txt
ln -s '${outside}' folder
ln -s '${outside}/passwd' .env
ln '${outside}/deep/file' hard
chmod 4777 index.html
mkfifo pipe`,
  });
  expect(deployment).toMatchObject({ state: 'succeeded' });
  expect(fs.readlinkSync(site.file('current/public.txt'))).toBe(path.join(outside, 'passwd'));
  expect(fs.statSync(site.file('current/index.html')).mode & 0o7777).toBe(0o664);
  await ground.expectLive('two');
});

test.each([
  ['the file is a link', { '.slipway/before.deploy': { link: '../../../../outside/script' } }],
  ['its folder is a link', { '.slipway': { link: '../../../outside/hooks' } }],
])('a hook that lies outside of the release is not run: %s', async (_, tree) => {
  const ground = await Ground.make();
  const deployment = await ground.deploy(tree);
  expect(deployment).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/before\.deploy is a link out of the release, to .*\/outside\//),
  });
  await ground.expectLive('one');
});

/** What the files of a folder take on the disk, in bytes. */
function allocated(folder: string): number {
  if (!fs.existsSync(folder)) return 0;
  return treePaths(folder)
    .map((name) => fs.lstatSync(path.join(folder, name), { throwIfNoEntry: false })?.blocks ?? 0)
    .reduce((sum, blocks) => sum + blocks * 512, 0);
}
