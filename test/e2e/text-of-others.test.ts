import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { freePorts } from '../support/free-port.ts';
import { accept, invite } from '../support/person.ts';
import { SiteWorkshop } from '../support/site.ts';
import { waitFor } from '../support/wait-for.ts';

const browser = useBrowser();
/** Each would open a dialog, which the test would see; so would a violation of the page's policy. */
const IMAGE = '<img src=x onerror=alert(1)>';
const SCRIPT = '<script>alert(2)</script>';
const NAME = '<script>alert(5)</script>';
const LINK = '\x1b]8;;javascript:alert(3)\x1b\\here\x1b]8;;\x1b\\';
const COLOUR = `\x1b[31m${IMAGE}\x1b[0m`;

test('what repositories, hooks and apps write is shown as text, and nothing of it is executed', async () => {
  const listen = `127.0.0.1:${await freePorts(1)}`;
  const site = await SiteWorkshop.make({
    listen,
    source: { branch: 'feat/<svg-onload=alert(4)>' },
    site: {
      workers: [{ name: 'queue', command: 'bash worker.sh' }],
    },
  });
  const { workshop, repository } = site;
  repository.push(
    {
      '.slipway/after.pull': `printf '%b\\n' '${COLOUR}' '${SCRIPT}' '${LINK}'\n`,
      'worker.sh': `while printf '%b\\n' '${COLOUR}' '${SCRIPT}' '${LINK}'; do sleep 1; done\n`,
    },
    { message: `${SCRIPT} ${IMAGE}`, branch: 'feat/<svg-onload=alert(4)>' },
  );
  await workshop.start();
  await site.deploy();
  const page = await browser.open(await invite(workshop));
  await accept(page);
  const { id } = (await workshop.lastDeployment()) ?? { id: 0 };
  const address = `http://${listen}`;
  // Of the site, and of the workers that it has touched, all at once.
  const last = { id, state: 'succeeded' };
  expect(await workshop.app()).toMatchObject({
    last_deployment: last,
    instances: [{ last_deployment: last }],
  });

  await page.goto(`${address}/deployments/${id}`);
  await page.getByRole('heading', { name: `Deployment ${id}` }).waitFor();
  await page.getByText('hook: after.pull').click();
  await page.getByText(SCRIPT).first().waitFor();

  await page.goto(`${address}/logs?app=shop&instance=queue.1`);
  await page.getByText(SCRIPT).first().waitFor();
  await page.getByText(IMAGE).first().waitFor();
  expect(await page.locator('a[href^="javascript"]').count()).toBe(0);

  // Names of variables are whatever stands in the file.
  fs.appendFileSync(path.join(site.root, '.env'), `${NAME}=1\n`);
  await page.goto(`${address}/apps/shop`);
  await page.getByText(NAME).waitFor();
  await page.getByRole('button', { name: `Actions of ${NAME}` }).click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await page.getByRole('dialog').getByText(`${NAME} is removed`).waitFor();

  // So is what somebody makes `current` lead to.
  fs.unlinkSync(site.file('current'));
  fs.symlinkSync(NAME, site.file('current'));
  await page.goto(`${address}/apps/shop`);
  await page.getByText('What visitors get is not what is live').waitFor();
  await page.getByText(`leads to ${site.file(NAME)}`).waitFor();
  await page.getByText('slipway rollback shop --to 1').waitFor();

  for (const at of ['/', '/apps/shop', '/timeline', '/apps/shop/instances/queue.1', '/audit']) {
    await page.goto(address + at);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await waitFor(
      'the page to be filled',
      async () => (await page.getByRole('main').innerText()).length > 50,
    );
    expect(await page.locator('main img, main script, main svg[onload]').count(), at).toBe(0);
  }
});
