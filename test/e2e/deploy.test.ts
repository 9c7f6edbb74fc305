import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { accept, dialogButton, invite, workshopWithPages } from '../support/person.ts';
import { waitFor } from '../support/wait-for.ts';

const browser = useBrowser();

test('what is offered is deployed, rolled back and restarted by hand; the rollback pins', async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 2, app: { auto: false } });
  workshop.publish('1.0.0');
  await workshop.start();
  const page = await browser.open(await invite(workshop));
  await accept(page);
  await page.getByRole('link', { name: 'web', exact: true }).first().click();
  await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();

  for (const version of ['1.0.0', '1.1.0']) {
    workshop.publish(version);
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByText(`What the source offers: ${version}`)
      .waitFor({ state: 'attached' });
    await page.getByRole('dialog').getByText('Full: each instance').waitFor();
    await dialogButton(page, 'Deploy').click();
    await untilSucceeded(page, version);
    await workshop.untilDeployed(version);
    await page.getByRole('main').getByRole('link', { name: 'web', exact: true }).click();
    await page.getByText(`${version} went live`).waitFor();
  }

  await page.getByRole('button', { name: 'Roll back' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Full: each instance').waitFor();
  expect(await dialog.innerText()).toMatch(/Live now\s+1\.1\.0[^]*Back to\s+1\.0\.0/);
  expect(await dialog.innerText()).toContain('slipway rollback web');
  await dialogButton(page, 'Roll back').click();
  await untilSucceeded(page, '1.0.0');
  await page.getByRole('main').getByRole('link', { name: 'web', exact: true }).click();
  await page.getByText('1.0.0 went live').waitFor();
  expect((await workshop.app()).pinned).toBe('1.0.0');

  const before = (await workshop.untilState('running')).instances.map(({ pid }) => pid);
  await page.getByRole('button', { name: 'Restart', exact: true }).first().click();
  await dialogButton(page, 'Restart').click();
  await waitFor('all instances to be other processes', async () => {
    const { instances, state } = await workshop.app();
    return state === 'running' && instances.every(({ pid }) => !before.includes(pid));
  });

  // Who did it is told.
  await page.goto(`${address}/audit`);
  await page.getByText('restart', { exact: true }).first().waitFor();
  expect(await page.getByRole('main').innerText()).toContain('rollback');
});

test('on a phone what is live is rolled back, by touch and without a sideways scroll', async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 1 });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  const page = await browser.open(await invite(workshop), {
    ...{ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  });
  await accept(page);
  await page.getByRole('link', { name: 'web', exact: true }).first().tap();
  await page.getByRole('button', { name: 'Roll back' }).tap();
  await page.getByRole('dialog').getByText('Full: each instance').waitFor();
  await dialogButton(page, 'Roll back').tap();
  await untilSucceeded(page, '1.0.0');
  await page.goto(address);
  await page.getByRole('link', { name: 'Deployment 3 succeeded' }).waitFor();
  for (const path of [
    '/',
    '/apps/web',
    '/apps/web/instances/1',
    '/deployments/3',
    '/timeline',
    '/logs',
    '/audit',
    '/users',
    '/host',
    '/account',
    '/api',
  ]) {
    await page.goto(address + path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, `width of ${path}`).toBeLessThanOrEqual(390);
  }
});

test('by keyboard alone somebody logs in, finds the app and rolls it back', async () => {
  const { workshop } = await workshopWithPages({ replicas: 1 });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  const page = await browser.open(await invite(workshop));
  const { keyboard } = page;
  await page.getByRole('button', { name: 'Create' }).waitFor();
  await waitFor('the first field to have the focus', () =>
    page.evaluate(() => document.activeElement?.tagName === 'INPUT'),
  );
  for (const text of ['ada', 'a boat on a slipway', 'a boat on a slipway']) {
    await keyboard.type(text);
    await keyboard.press('Tab');
  }
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('link', { name: 'web', exact: true }).first().waitFor();

  await keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  // The next key comes before the browser has told that the dialog was closed, and is not lost.
  await page.evaluate(() => {
    document.querySelector('dialog')?.requestClose();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }));
  });
  await page.getByRole('combobox').waitFor();
  await keyboard.type('web');
  await page.getByRole('option').first().waitFor();
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
  await keyboard.press('b');
  await page.getByRole('dialog').getByText('Full: each instance').waitFor();
  await keyboard.press('Enter');
  await untilSucceeded(page, '1.0.0');
});

/** What becomes a deployment leads to its page, which tells how it goes. */
async function untilSucceeded(page: Page, version: string): Promise<void> {
  await page.getByRole('heading', { name: /^Deployment \d+/ }).waitFor();
  await page.getByText('succeeded').first().waitFor();
  expect(await page.getByRole('main').innerText()).toContain(version);
}
