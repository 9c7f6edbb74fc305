import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type RunningCli, slipway, startCli } from '../../fixtures/slipway.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A site that follows `main` by itself, with one release live. */
async function followingSite() {
  const site = await SiteWorkshop.make({ site: { auto: true }, source: { poll: '100ms' } });
  const first = site.repository.push({ 'index.html': 'from git' });
  await site.workshop.start();
  await site.workshop.untilDeployed(first);
  return site;
}

const socketOf = ({ workshop }: SiteWorkshop) => ({ socketPath: path.join(workshop.data, 'slipway.sock') });

/** A gzip that is none of a tar, which is seen only when it is unpacked. */
function noTar({ workshop }: SiteWorkshop): string {
  const file = path.join(workshop.folder, 'site.tar.gz');
  fs.writeFileSync(file, gzipSync('no tar at all'));
  return file;
}

test('an archive that cannot be unpacked does not pin the site: the next push goes live', async () => {
  const site = await followingSite();
  const refused = await slipway(['deploy', 'shop', '--archive', noTar(site)], socketOf(site));
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('refused, for it is not') });
  expect(await site.workshop.app()).toMatchObject({ pinned: null, live: { number: 1 } });

  const next = site.repository.push({ 'index.html': 'newer' });
  await site.workshop.untilDeployed(next);
  expect(site.served('index.html')).toBe('newer');
});

test('what was pushed while an archive was tried goes live once that has failed', async () => {
  const site = await followingSite();
  const go = path.join(site.workshop.folder, 'go');
  const tree = path.join(site.workshop.folder, 'tree');
  fs.mkdirSync(path.join(tree, '.slipway'), { recursive: true });
  fs.writeFileSync(
    path.join(tree, '.slipway', 'after.extract'),
    `echo waiting; until [ -e ${go} ]; do sleep 0.05; done; exit 1`,
  );
  const archive = path.join(site.workshop.folder, 'slow.tar.gz');
  execFileSync('tar', ['-czf', archive, '.'], { cwd: tree });
  const sent = await slipway(['deploy', 'shop', '--archive', archive, '--detach'], socketOf(site));
  const id = Number(sent.stdout.trim());
  const client = await site.workshop.client();
  await waitFor('the hook to run', async () =>
    (await client.deployment({ id })).steps.some(({ output }) => output.includes('waiting')),
  );
  const { pinned } = await site.workshop.app();
  expect(pinned).toMatch(/^[0-9a-f]{12}$/);
  const next = site.repository.push({ 'index.html': 'newer' });

  await site.workshop.kill();
  await site.workshop.start();
  expect(await site.workshop.app()).toMatchObject({ pinned, deployment: id });
  fs.writeFileSync(go, '');
  await site.workshop.untilDeployed(next);
  expect(await (await site.workshop.client()).deployment({ id })).toMatchObject({ state: 'failed' });
  expect(await site.workshop.app()).toMatchObject({ pinned: null, live: { version: next } });
});

test('a rollback that its hook forbids pins nothing', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({ 'index.html': 'two', '.slipway/rollback/before': 'exit 1' });
  await site.deploy();
  expect((await site.rollback()).state).toBe('failed');
  expect(await site.workshop.app()).toMatchObject({ pinned: null, live: { number: 2 } });
});

/** A site that was deployed once, and then follows a branch that is not there. */
async function siteOfMissingBranch() {
  const site = await SiteWorkshop.make({ site: { auto: true }, source: { poll: '100ms' } });
  const first = site.repository.push({
    'index.html': 'one',
    '.slipway/deploy.failure': 'echo "told of $DEPLOY_BRANCH, commit <$COMMIT_ID>"',
  });
  await site.workshop.start();
  await site.workshop.untilDeployed(first);
  const follow = async (source: Record<string, unknown>) => {
    site.workshop.configure({
      source: { type: 'git', url: site.repository.bare, poll: '100ms', ...source },
    });
    await (await site.workshop.client()).applyConfiguration();
  };
  await follow({ branch: 'feature/cart' });
  return { site, follow };
}

test('a branch that is not there fails the deployment by name, and goes live when it comes', async () => {
  const { site } = await siteOfMissingBranch();
  const client = await site.workshop.client();
  const ended = await slipway(['deploy', 'shop'], socketOf(site));
  expect(ended).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('has no branch feature/cart; there is main'),
  });
  const failed = await site.workshop.lastDeployment();
  expect(failed).toMatchObject({
    kind: 'site',
    state: 'failed',
    version: 'feature-cart',
    commit: null,
    trigger: 'cli',
    reason: expect.stringContaining(`${site.repository.bare} has no branch feature/cart`),
  });
  expect(failed?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(
    expect.arrayContaining(['check failed', 'fetch skipped', 'hook: deploy.failure succeeded']),
  );
  expect(failed?.steps.at(-1)?.output).toContain('told of feature/cart, commit <>');
  expect(await site.workshop.app()).toMatchObject({ state: 'running', pinned: null, live: { number: 1 } });
  expect(site.served('index.html')).toBe('one');

  // Looking at the repository again and again makes no deployments: the next one is of the branch.
  const pushed = site.repository.push({ 'index.html': 'two' }, { branch: 'feature/cart' });
  await site.workshop.untilDeployed(pushed);
  expect((await client.deployments({ app: 'shop' })).map(({ state }) => state)).toEqual([
    'succeeded',
    'failed',
    'succeeded',
  ]);
});

test('so do a ref and a repository that are not there; a dry run of them is refused', async () => {
  const { site, follow } = await siteOfMissingBranch();
  const client = await site.workshop.client();
  expect(await site.deploy({ ref: 'v9' })).toMatchObject({
    state: 'failed',
    version: 'v9',
    reason: expect.stringContaining('has no branch, tag or commit "v9"'),
  });
  await expect(client.planDeploy({ app: 'shop', ref: 'v9' })).rejects.toMatchObject({ code: 'ref_unknown' });
  const gone = `${site.repository.bare}.gone`;
  await follow({ url: gone });
  for (const wish of [{}, { ref: 'main' }])
    expect(await site.deploy(wish)).toMatchObject({ state: 'failed', reason: expect.stringContaining(gone) });
  await expect(client.planDeploy({ app: 'shop' })).rejects.toMatchObject({ code: 'nothing_to_deploy' });
  expect(await site.workshop.app()).toMatchObject({ pinned: null, live: { number: 1 } });
});

test('a stopped site, and one that is pinned, stay so where what is asked for is not there', async () => {
  const { site } = await siteOfMissingBranch();
  const client = await site.workshop.client();
  await client.pin({ app: 'shop', version: '1.0' });
  await client.stop({ app: 'shop' });
  expect((await site.deploy()).state).toBe('failed');
  expect(await site.workshop.app()).toMatchObject({ state: 'stopped', pinned: '1.0' });
});

test('a step that prints more than is kept of it is followed to its last line', async () => {
  const site = await SiteWorkshop.make();
  const { folder } = site.workshop;
  const print = (from: number, to: number) =>
    `until [ -e ${folder}/go-${to} ]; do sleep 0.05; done; seq -f 'number %.0f' ${from} ${to}`;
  site.repository.push({
    'index.html': 'one',
    '.slipway/before.deploy': [print(1, 1500), print(1501, 2500), print(2501, 2501)].join('\n'),
  });
  await site.workshop.start();
  const cli = startCli(['deploy', 'shop'], socketOf(site));
  for (const last of [1500, 2500, 2501]) {
    fs.writeFileSync(path.join(folder, `go-${last}`), '');
    await waitFor(`line ${last}`, () => cli.seen.stderr.includes(` | number ${last}\n`));
  }
  expect((await cli.ended).status).toBe(0);
  expect(numbersIn(cli)).toEqual(Array.from({ length: 2501 }, (_, index) => index + 1));

  const deployment = await site.workshop.lastDeployment();
  const step = deployment?.steps.find(({ name }) => name === 'hook: before.deploy');
  // The file of the hook comes first.
  expect(step?.output).toHaveLength(2001);
  expect(step?.output[1000]).toBe('... (502 lines are left out)');
});

function numbersIn({ seen }: RunningCli): number[] {
  return [...seen.stderr.matchAll(/\| number (\d+)$/gm)].map(([, number]) => Number(number));
}

test('a hook with Windows line ends that fails is named, with what makes git leave them out', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ '.slipway/before.deploy': 'cd .\r\nfalse\r\n' });
  await site.workshop.start();
  const deployment = await site.deploy();
  const why = '.slipway/before.deploy has Windows line ends (CRLF)';
  expect(deployment).toMatchObject({ state: 'failed', reason: expect.stringContaining(why) });
  const hook = deployment.steps.find(({ name }) => name === 'hook: before.deploy');
  expect(hook?.output.join('\n')).toContain('git config core.autocrlf input');
});
