import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SiteWorkshop } from '../../support/site.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Answers with the status that stands in the file `status` of the live release. */
async function statusServer(file: () => string): Promise<string> {
  const server = http.createServer((_request, response) => {
    response.statusCode = Number(fs.readFileSync(file(), 'utf8'));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test.each([true, false])('a failed health check with rollback: %s', async (rollback) => {
  const site = await SiteWorkshop.make();
  const url = await statusServer(() => site.file('current', 'status'));
  const health = (timeout: string) =>
    site.workshop.configure({ health: { url, expect: 200, timeout, rollback } });
  health('60s');
  const first = site.repository.push({ status: '200' });
  await site.workshop.start();
  expect(await site.deploy()).toMatchObject({ reason: null, state: 'succeeded' });
  const client = await site.workshop.client();
  // It is waited for as long as this.
  health('1s');
  await client.applyConfiguration();
  const second = site.repository.push({ status: '500' });
  const deployment = await site.deploy();
  expect(deployment.reason).toContain('did not answer 200');
  expect(deployment.state).toBe(rollback ? 'rolled_back' : 'failed');
  expect((await site.workshop.app()).live?.version).toBe(rollback ? first : second);
  expect(site.served('status')).toBe(rollback ? '200' : '500');
  const releases = await client.releases({ app: 'shop' });
  expect(releases.find(({ version }) => version === second)?.proven ?? false).toBe(false);
});

test('the hooks of a rollback are those of the release that is left, and the first can abort it', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({
    'index.html': 'two',
    '.slipway/rollback/before': 'echo "leaving $(cat index.html)"; test ! -e "$STORAGE_DIRECTORY/stay"',
    '.slipway/rollback/after': 'echo "left $(cat index.html), live is $(cat ../../current/index.html)"',
  });
  await site.deploy();
  fs.writeFileSync(site.file('storage', 'stay'), '');
  expect(await site.rollback()).toMatchObject({ state: 'failed' });
  expect(site.served('index.html')).toBe('two');
  fs.rmSync(site.file('storage', 'stay'));
  const back = await site.rollback();
  expect(back.state).toBe('succeeded');
  const output = back.steps.flatMap((step) => step.output);
  expect(output).toContain('leaving two');
  expect(output).toContain('left two, live is one');
});

test('a hook after the switch that removes its own release takes the deployment back', async () => {
  const site = await SiteWorkshop.make();
  const first = site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({ 'index.html': 'two', '.slipway/after.deploy': 'rm -rf "$DEPLOYMENT_DIRECTORY"' });
  expect(await site.deploy()).toMatchObject({
    state: 'rolled_back',
    reason: expect.stringContaining('after.deploy removed the release'),
  });
  expect(site.served('index.html')).toBe('one');
  expect(await site.workshop.app()).toMatchObject({ state: 'running', live: { version: first } });
});

test('a hook that removes a release that nobody needs any more spoils nothing', async () => {
  const site = await SiteWorkshop.make();
  const first = site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.deploy();
  const remove = 'rm -rf "$PWD"';
  site.repository.push({
    'index.html': 'two',
    '.slipway/before.deploy': 'exit 1',
    '.slipway/deploy.failure': remove,
  });
  expect(await site.deploy()).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('hook before.deploy ended with exit status 1'),
  });
  site.repository.push({
    'index.html': 'three',
    '.slipway/before.deploy': null,
    '.slipway/rollback/after': remove,
  });
  await site.deploy();
  expect(await site.rollback()).toMatchObject({ state: 'succeeded' });
  expect(site.served('index.html')).toBe('one');
  expect(await site.workshop.app()).toMatchObject({ state: 'running', live: { version: first } });
});

test('hooks know the branch; with keep_git they, workers and cron may call git', async () => {
  const folder = temporaryFolder();
  const site = await SiteWorkshop.make({
    folder,
    site: {
      keep_git: true,
      owner: 'www-data:www-data',
      shared: [],
      env: { SAID: path.join(folder, 'said') },
      workers: [{ name: 'queue', command: 'bash say.sh worker' }],
      cron: [{ name: 'tick', schedule: '* * * * * *', command: 'bash say.sh cron' }],
    },
  });
  const say = 'echo "branch $DEPLOY_BRANCH at $(git rev-parse --short=7 HEAD)"';
  const first = site.repository.push({
    'index.html': 'one',
    'say.sh': 'echo "$1 $(git rev-parse HEAD 2>&1)" >>"$SAID"; [ $1 = cron ] || exec sleep infinity',
    '.slipway/after.deploy': say,
    '.slipway/config/after-change': say,
    '.slipway/rollback/after': say,
  });
  await site.workshop.start();
  const outputOf = ({ steps }: Awaited<ReturnType<typeof site.deploy>>) =>
    steps.flatMap(({ output }) => output);
  expect(outputOf(await site.deploy())).toContain(`branch main at ${first.slice(0, 7)}`);
  const client = await site.workshop.client();
  const { deployment } = await client.changeEnv({ app: 'shop', set: { A: '1' } });
  expect(outputOf(await site.ended(deployment ?? 0))).toContain(`branch main at ${first.slice(0, 7)}`);
  const second = site.repository.push({ 'index.html': 'two' });
  await site.deploy();
  for (const who of ['worker', 'cron'])
    await waitFor(`the ${who} to have called git`, () =>
      fs.readFileSync(path.join(folder, 'said'), 'utf8').includes(`${who} ${second}`),
    );
  expect(outputOf(await site.rollback())).toContain(`branch main at ${second.slice(0, 7)}`);
});

test('a restart of a site without workers says that there are none', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.deploy();
  const client = await site.workshop.client();
  await expect(client.restart({ app: 'shop' })).rejects.toThrow('has no workers');
});

test('a deployment that is cancelled in a hook ends the hook, and leaves what was live', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({ 'index.html': 'two', '.slipway/after.pull': 'echo waiting; sleep 1000' });
  const client = await site.workshop.client();
  const { deployment } = await client.deploy({ app: 'shop' });
  await waitFor('the hook to run', async () =>
    (await client.deployment({ id: deployment })).steps.some(({ output }) => output.includes('waiting')),
  );
  await expect(client.deploy({ app: 'shop' })).rejects.toMatchObject({ code: 'busy' });
  await client.cancel({ id: deployment });
  expect((await site.ended(deployment)).state).toBe('cancelled');
  expect(site.served('index.html')).toBe('one');
  expect(site.workshop.processes()).toEqual([]);
});

test('releases are pruned by count; a deleted one is not offered, one in use is kept', async () => {
  const site = await SiteWorkshop.make({ site: { keep: 2, hooks: { timeout: '10s' } } });
  await site.workshop.start();
  const names: string[] = [];
  for (let i = 1; i <= 4; i++) {
    site.repository.push({ 'index.html': String(i) });
    await site.deploy();
    names.push(fs.readlinkSync(site.file('current')).replace('release/', ''));
  }
  await waitFor('the old ones to go', () => fs.readdirSync(site.file('release')).length === 2);
  expect(fs.readdirSync(site.file('release')).toSorted()).toEqual(names.slice(2).toSorted());

  fs.rmSync(site.file('release', names[2] ?? ''), { recursive: true });
  const client = await site.workshop.client();
  expect((await client.releases({ app: 'shop' })).map(({ number }) => number)).toEqual([4]);
  await expect(client.rollback({ app: 'shop' })).rejects.toMatchObject({ code: 'release_unproven' });
});

test('a dry run tells what would happen on this host, and changes nothing', async () => {
  const site = await SiteWorkshop.make({ site: { keep: 1, shared: ['vendor'] } });
  site.repository.push({ 'index.html': 'one', '.slipway/before.pull': 'true' });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({ 'index.html': 'two' }, { message: 'Second page' });
  const third = site.repository.push(
    { 'index.html': 'three', '.slipway/production/after.pull': 'true', '.amezmo/before.deploy': 'true' },
    { message: 'Third page' },
  );
  const client = await site.workshop.client();
  const plan = await client.planDeploy({ app: 'shop' });
  expect(plan).toMatchObject({ version: third, kind: 'site', pins: false });
  expect(plan.site?.commits.map(({ subject, author }) => [subject, author])).toEqual([
    ['Third page', 'Ada'],
    ['Second page', 'Ada'],
  ]);
  expect(plan.site?.hooks).toEqual([
    '.slipway/before.pull',
    '.slipway/production/after.pull',
    '.amezmo/before.deploy',
  ]);
  expect(plan.site?.links).toEqual([`vendor -> ${site.file('vendor')}`]);
  expect(plan.site?.space?.needed_bytes).toBeGreaterThan(0);
  expect(plan.steps.map(({ name }) => name)).toContain('switch');
  expect(site.served('index.html')).toBe('one');
  expect((await client.deployments({ app: 'shop' })).length).toBe(1);
});

test('what is not there is named, and nothing is touched: branch, repository, ref, user', async () => {
  const site = await SiteWorkshop.make({ source: { branch: 'release' } });
  site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  const client = await site.workshop.client();
  expect(await site.deploy()).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('has no branch release'),
  });
  expect(await site.deploy({ ref: 'v9' })).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('"v9"'),
  });
  const byHand = await site.deploy({ ref: 'main' });
  expect(byHand.state).toBe('succeeded');
  site.workshop.configure({ owner: 'nobody-here:nor-here' });
  await client.applyConfiguration();
  site.repository.push({ 'index.html': 'two' });
  await expect(client.planDeploy({ app: 'shop', ref: 'main' })).rejects.toMatchObject({
    code: 'permission',
    message: expect.stringContaining('nobody-here:nor-here'),
    hint: expect.stringContaining('"owner"'),
    next: expect.stringMatching(/useradd --system --gid nobody-here --create-home .* nobody-here$/),
  });
  site.workshop.configure({ owner: 'root:nor-here' });
  await client.applyConfiguration();
  await expect(client.planDeploy({ app: 'shop', ref: 'main' })).rejects.toMatchObject({
    next: 'groupadd --force --system nor-here',
  });
  site.workshop.configure({ owner: 'nobody-here:nor-here' });
  await client.applyConfiguration();
  const refused = await site.deploy({ ref: 'main' });
  expect(refused).toMatchObject({ state: 'failed', reason: expect.stringContaining('nobody-here') });
  expect(refused.steps.find(({ name }) => name === 'fetch')?.state).toBe('skipped');
  expect(site.served('index.html')).toBe('one');
});
