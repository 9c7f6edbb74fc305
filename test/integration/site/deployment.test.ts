import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SiteWorkshop } from '../../support/site.ts';
import { waitFor } from '../../support/wait-for.ts';

const stateOf = (deployment: { steps: { name: string; state: string }[] }, name: string) =>
  deployment.steps.find((step) => step.name === name)?.state;

test('a repository becomes a release, a second push the next one, and a rollback the first again', async () => {
  const site = await SiteWorkshop.make({ site: { shared: ['vendor'] } });
  const first = site.repository.push({ 'index.html': 'one', 'bin/tool': { executable: '#!/bin/sh\n' } });
  await site.workshop.start();

  const deployed = await site.deploy();
  expect(deployed).toMatchObject({
    state: 'succeeded',
    kind: 'site',
    number: 1,
    version: first,
    commit: first,
  });
  expect(fs.readlinkSync(site.file('current'))).toBe(`release/deployment_1.${first.slice(0, 7)}`);
  expect(site.served('index.html')).toBe('one');
  expect(site.served('REVISION')).toBe(`${first}\n`);
  expect(fs.existsSync(site.file('current', '.git'))).toBe(false);
  expect(fs.readlinkSync(site.file('current', 'vendor'))).toBe('../../vendor');
  expect(fs.readdirSync(site.root).toSorted()).toEqual(['current', 'logs', 'release', 'storage', 'vendor']);

  const second = site.repository.push({ 'index.html': 'two' });
  expect(await site.deploy()).toMatchObject({ state: 'succeeded', number: 2, version: second });
  expect(site.served('index.html')).toBe('two');

  const back = await site.rollback();
  expect(back).toMatchObject({ state: 'succeeded', kind: 'rollback', number: 1, version: first });
  expect(site.served('index.html')).toBe('one');
  expect(await site.workshop.app()).toMatchObject({ state: 'running', pinned: first, live: { number: 1 } });
});

test.each([
  ['after.pull', 'failed'],
  ['before.deploy', 'failed'],
  ['before.pull', 'succeeded'],
  ['after.deploy', 'succeeded'],
  ['deploy.success', 'succeeded'],
])('where the hook %s exits with 1 the deployment is %s', async (hook, state) => {
  const site = await SiteWorkshop.make();
  const first = site.repository.push({ 'index.html': 'one', '.slipway/before.pull': 'exit 1' });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({
    'index.html': 'two',
    [`.slipway/${hook}`]: 'echo "hook $TARGET_HOOK of $RELEASE_NUMBER"; exit 1',
    '.slipway/deploy.failure': 'echo failure >&2; touch "$STORAGE_DIRECTORY/failed"',
  });
  const deployment = await site.deploy();
  expect(deployment.state).toBe(state);
  expect(stateOf(deployment, `hook: ${hook}`)).toBe('failed');
  expect(fs.existsSync(site.file('storage', 'failed'))).toBe(state === 'failed');
  expect(site.served('index.html')).toBe(state === 'failed' ? 'one' : 'two');
  if (state === 'succeeded') return;
  expect(stateOf(deployment, 'switch')).toBe('skipped');
  expect(await site.workshop.app()).toMatchObject({ state: 'running', live: { version: first } });
  const live = path.basename(fs.readlinkSync(site.file('current')));
  await waitFor('the failed release to be gone', () => fs.readdirSync(site.file('release')).join() === live);
});
