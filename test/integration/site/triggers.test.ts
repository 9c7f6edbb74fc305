import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { startGitHttp } from '../../support/git-http.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const SECRET = 'a secret that two know';

async function followed(source: Record<string, unknown> = {}) {
  const port = await freePorts(1);
  const site = await SiteWorkshop.make({
    listen: `127.0.0.1:${port}`,
    site: { auto: true, webhook: { secret: SECRET } },
    source: { poll: '1h', ...source },
  });
  const log = () =>
    fs.readFileSync(path.join(site.workshop.logs, 'slipway/slipway-agent-stdout.log'), 'utf8');
  const send = async (body: object, { secret = SECRET, delivery = 'one' } = {}) => {
    const text = JSON.stringify(body);
    const response = await fetch(`http://127.0.0.1:${port}/hooks/shop`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': delivery,
        'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
      },
      body: text,
    });
    return { status: response.status, message: ((await response.json()) as { message: string }).message };
  };
  return { site, send, log };
}

test('a push announced by a signed webhook is deployed; a replay or a wrong signature is not', async () => {
  const { site, send, log } = await followed();
  const first = site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.workshop.untilDeployed(first);

  const second = site.repository.push({ 'index.html': 'two' });
  const push = { ref: 'refs/heads/main', after: second };
  expect(await send(push, { secret: 'guessed' })).toMatchObject({ status: 401 });
  expect(await send({ ...push, ref: 'refs/heads/other' })).toMatchObject({
    status: 200,
    message: expect.stringContaining('refs/heads/other is not followed'),
  });
  expect((await site.workshop.lastDeployment())?.version).toBe(first);
  expect(await send(push)).toMatchObject({ status: 202 });
  const deployment = await site.workshop.untilDeployed(second);
  expect(deployment).toMatchObject({ trigger: 'auto' });
  expect(site.served('index.html')).toBe('two');
  expect(await send(push, { delivery: 'under another id' })).toMatchObject({ status: 409 });
  for (const line of [
    'webhook of shop refused: X-Hub-Signature-256 is not right',
    'webhook of shop answered: ignored: refs/heads/other is not followed',
    'webhook of shop accepted',
    'webhook of shop replayed',
  ])
    await waitFor(`${line} in the log`, () => log().includes(line));
  expect(log()).not.toContain(SECRET);
  // What was refused, and what was not followed, had begun nothing.
  expect(log().indexOf(second)).toBeGreaterThan(log().indexOf('webhook of shop accepted'));
  await site.workshop.kill();
  await site.workshop.start();
  expect(await send(push)).toMatchObject({ status: 409 });
});

test('of a burst of pushes the last is deployed', async () => {
  const { site, send } = await followed();
  const go = path.join(site.workshop.folder, 'go');
  fs.writeFileSync(go, '');
  const first = site.repository.push({
    'index.html': '0',
    '.slipway/after.pull': `until [ -e '${go}' ]; do sleep 0.05; done`,
  });
  await site.workshop.start();
  await site.workshop.untilDeployed(first);
  // The first of them is in hand until the last has come.
  fs.rmSync(go);
  let last = first;
  for (let i = 1; i <= 8; i++) {
    last = site.repository.push({ 'index.html': String(i) });
    expect((await send({ ref: 'refs/heads/main', after: last })).status).toBe(202);
  }
  fs.writeFileSync(go, '');
  await site.workshop.untilDeployed(last);
  expect(site.served('index.html')).toBe('8');
  const client = await site.workshop.client();
  const deployments = await client.deployments({ app: 'shop' });
  expect(deployments[0]).toMatchObject({ version: last, state: 'succeeded' });
  expect(deployments.filter(({ state }) => state === 'succeeded').length).toBeLessThan(9);
  expect(deployments.every(({ state }) => state === 'succeeded' || state === 'superseded')).toBe(true);
});

test('without a webhook the poll finds the new commit', async () => {
  const { site } = await followed({ poll: '200ms' });
  const first = site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.workshop.untilDeployed(first);
  const second = site.repository.push({ 'index.html': 'two' });
  await site.workshop.untilDeployed(second);
});

test('a deploy right after a push belongs to the person, though its look finds the push', async () => {
  const { site } = await followed({ poll: '5m' });
  const first = site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.workshop.untilDeployed(first);
  const second = site.repository.push({ 'index.html': 'two', '.slipway/after.pull': 'exit 1' });
  const deployment = await site.deploy();
  expect(deployment).toMatchObject({ version: second, trigger: 'cli', state: 'failed' });
  // It is dealt with: automatic deployment does not try it as well.
  const { source } = await site.workshop.app();
  expect(source).toMatchObject({
    offer: second,
    tried: { deployment: deployment.id, state: 'failed', reason: expect.stringContaining('after.pull') },
  });
  expect((await site.workshop.lastDeployment())?.id).toBe(deployment.id);
  site.repository.push({ 'index.html': 'three', '.slipway/after.pull': null });
  expect((await site.deploy()).state).toBe('succeeded');
  expect((await site.workshop.app()).source.tried).toBeNull();
});

test('a dry run right after a push begins nothing, and says what automatic deployment will do', async () => {
  const { site } = await followed({ poll: '5m' });
  const first = site.repository.push({ 'index.html': 'one' });
  await site.workshop.start();
  await site.workshop.untilDeployed(first);
  const second = site.repository.push({ 'index.html': 'two' });
  const plan = await (await site.workshop.client()).planDeploy({ app: 'shop' });
  expect(plan.notes).toContain('automatic deployment is on: it will be deployed by itself');
  // As against the release that was live when it was asked for.
  expect(plan.site?.commits.map(({ commit }) => commit)).toEqual([second]);
  expect(await site.workshop.untilDeployed(second)).toMatchObject({ trigger: 'auto' });
  const again = await (await site.workshop.client()).planDeploy({ app: 'shop' });
  expect(again.notes).toEqual([]);
});

test('the newest tag of the first pattern goes before the branch, and others change nothing', async () => {
  const { site, send } = await followed({ tags: ['^v\\d+'] });
  const tagged = site.repository.push({ 'index.html': 'tagged' });
  site.repository.git('tag', '-a', 'v1', '-m', 'first');
  site.repository.git('push', '--quiet', 'origin', 'v1');
  site.repository.push({ 'index.html': 'branch' });
  await site.workshop.start();
  await site.workshop.untilDeployed(tagged);
  expect(site.served('index.html')).toBe('tagged');
  expect((await send({ ref: 'refs/tags/nightly' })).status).toBe(200);
  site.repository.git('tag', 'v10');
  site.repository.git('push', '--quiet', 'origin', 'v10');
  expect((await send({ ref: 'refs/tags/v10' })).status).toBe(202);
  await waitFor('the tag to be live', () => site.served('index.html') === 'branch');
});

test('automatic deployment goes back behind no deleted tag, and to no branch that nobody named', async () => {
  const site = await SiteWorkshop.make({
    site: { auto: true },
    source: { poll: '200ms', branch: undefined, tags: ['^v'] },
  });
  const untold = site.repository.push({ 'index.html': 'untold' });
  await site.workshop.start();
  const { reason } = (
    await waitFor('the source to wait', async () => {
      const app = await site.workshop.app();
      return app.source.reason?.includes('no tag that') && app;
    })
  ).source;
  expect(reason).toContain('no branch is named');
  const tag = (name: string) => {
    site.repository.git('tag', name);
    site.repository.git('push', '--quiet', 'origin', name);
  };
  tag('v1');
  await site.workshop.untilDeployed(untold);
  const second = site.repository.push({ 'index.html': 'two' });
  tag('v2');
  await site.workshop.untilDeployed(second);
  site.repository.git('push', '--quiet', 'origin', ':v2');
  await waitFor('the older tag to be seen', async () => (await site.workshop.app()).source.offer === untold);
  site.repository.git('push', '--quiet', 'origin', ':v1');
  await waitFor('no tag to be seen', async () => (await site.workshop.app()).source.offer === null);
  // What comes next is the next that was deployed: nothing was in between.
  const third = site.repository.push({ 'index.html': 'three' });
  tag('v3');
  const deployed = await site.workshop.untilDeployed(third);
  expect(deployed.number).toBe(3);
});

test('a push that the network kept from being fetched is fetched again, and goes live', async () => {
  const folder = temporaryFolder();
  const { url } = await startGitHttp(folder, null);
  const network = await tcpProxy({ port: Number(new URL(url).port) });
  const site = await SiteWorkshop.make({
    folder,
    site: { auto: true },
    source: { url: `http://127.0.0.1:${network.port}/shop.git`, poll: '1h' },
  });
  const pushed = site.repository.push({ 'index.html': 'one' });
  // Git packs what it asks for when it fetches, and asks once more by itself.
  let isBroken = true;
  network.refuses = (sent) => isBroken && /command=fetch|Content-Encoding: gzip/.test(sent);
  await site.workshop.start();
  await site.workshop.untilDeployed(pushed, 'failed');
  isBroken = false;
  await site.workshop.untilDeployed(pushed);
  const [succeeded, failed] = await (await site.workshop.client()).deployments({ app: 'shop' });
  expect(succeeded).toMatchObject({ state: 'succeeded', trigger: 'auto' });
  expect(failed).toMatchObject({ state: 'failed', version: pushed });
});
