import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { SiteWorkshop } from '../../support/site.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Makes it be as if the last agent had run under another boot of the kernel. */
function rebootBetween({ workshop }: SiteWorkshop): void {
  const database = new Database(path.join(workshop.data, 'slipway.db'));
  database.exec("UPDATE deployment SET boot = 'another' WHERE state = 'running'");
  database.close();
}

const WAIT = 'touch "$STORAGE_DIRECTORY/waits"; until test -e "$STORAGE_DIRECTORY/go"; do sleep 0.05; done';

test.each([false, true])(
  'a release that was half made when the host went down is never published; automatic: %s',
  async (auto) => {
    const site = await SiteWorkshop.make({ site: { auto }, source: { poll: '500ms' } });
    const first = site.repository.push({ 'index.html': 'one' });
    await site.workshop.start();
    if (auto) await site.workshop.untilDeployed(first);
    else await site.deploy();
    const second = site.repository.push({ 'index.html': 'two', '.slipway/before.deploy': WAIT });
    const client = await site.workshop.client();
    const lost = auto ? null : (await client.deploy({ app: 'shop' })).deployment;
    await waitFor('the hook to wait', () => fs.existsSync(site.file('storage/waits')));
    await site.workshop.kill();
    rebootBetween(site);
    // What a power loss leaves of a file.
    const [half] = fs.readdirSync(site.file('release')).filter((name) => name.startsWith('deployment_2.'));
    fs.truncateSync(site.file('release', half ?? '', 'index.html'));
    fs.writeFileSync(site.file('storage/go'), '');
    await site.workshop.start();
    if (auto) {
      expect(await site.workshop.untilDeployed(second)).toMatchObject({ number: 3 });
      return expect(site.served('index.html')).toBe('two');
    }
    expect(await site.ended(lost ?? 0)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('the host was restarted'),
    });
    expect(site.served('index.html')).toBe('one');
    expect(await site.workshop.app()).toMatchObject({ state: 'running', live: { version: first } });
    expect((await site.deploy()).state).toBe('succeeded');
    expect(site.served('index.html')).toBe('two');
  },
);

test('a deployment that has made nothing yet goes on after a restart of the host, or anywhere', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'one', '.slipway/before.pull': WAIT });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({
    'index.html': 'two',
    '.slipway/before.deploy': WAIT.replaceAll('waits', 'waits again').replaceAll('/go', '/go again'),
  });
  const { deployment } = await (await site.workshop.client()).deploy({ app: 'shop' });
  await waitFor('the first hook', () => fs.existsSync(site.file('storage/waits')));
  await site.workshop.kill();
  rebootBetween(site);
  fs.writeFileSync(site.file('storage/go'), '');
  await site.workshop.start();
  await waitFor('the second hook', () => fs.existsSync(site.file('storage/waits again')));
  await site.workshop.kill();
  fs.writeFileSync(site.file('storage/go again'), '');
  await site.workshop.start();
  expect(await site.ended(deployment)).toMatchObject({ state: 'succeeded' });
  expect(site.served('index.html')).toBe('two');
});

test('a release in which a cron command left something running is kept by the next agent', async () => {
  const site = await SiteWorkshop.make({
    site: { keep: 5, cron: [{ name: 'long', schedule: '0 0 1 1 *', command: 'bash long.sh' }] },
  });
  await site.workshop.start();
  for (const text of ['one', 'two', 'three', 'four']) {
    site.repository.push({
      'index.html': text,
      'long.sh': `(cd / && touch '${site.file('storage/started')}' && exec sleep 1000000) &`,
    });
    expect((await site.deploy()).state).toBe('succeeded');
    if (text !== 'one') continue;
    await (await site.workshop.client()).runCron({ app: 'shop', entry: 'long' });
    await waitFor('the command to have begun', () => fs.existsSync(site.file('storage/started')));
  }
  await site.workshop.kill();
  site.workshop.configure({ keep: 1 });
  await site.workshop.start();
  const numbers = () =>
    fs.readdirSync(site.file('release')).map((name) => Number(/^deployment_(\d+)\./.exec(name)?.[1]));
  await waitFor(
    'the second release to be pruned',
    () => !numbers().includes(2) && !numbers().includes(Number.NaN),
  );
  expect(numbers().toSorted((a, b) => a - b)).toEqual([1, 3, 4]);
  // Before any directory is removed, the journal has all that will be.
  const kept = await (await site.workshop.client()).releases({ app: 'shop' });
  expect(kept.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([1, 3, 4]);
});
