import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { accept, dialogButton, invite, workshopWithPages } from '../support/person.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Workshop } from '../support/workshop.ts';

const browser = useBrowser();

test('what is to be done with an app is done by its menus, and all of it by keyboard alone', async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 1, app: { env: { WEB_LINES: '300' } } });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  const page = await browser.open(await invite(workshop));
  await accept(page);
  await page.goto(`${address}/apps/web`);
  await pinsAndGhosts(page, workshop);
  await page.goto(address);
  await worksByKeyboard(page, workshop);
});

async function pinsAndGhosts(page: Page, workshop: Workshop): Promise<void> {
  const releases = page.getByRole('region', { name: 'Releases' });
  const choose = async (what: string, verb: string) => {
    await page.getByRole('button', { name: 'Actions of release 1' }).click();
    await page.getByRole('menuitem', { name: what }).click();
    await dialogButton(page, verb).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  await choose('Pin it…', 'Pin');
  await releases.getByText('pinned', { exact: true }).waitFor();
  expect((await workshop.app()).pinned).toBe('1.0.0');
  await page.getByRole('button', { name: /^Unpin/ }).click();
  await dialogButton(page, 'Unpin').click();
  await releases.getByText('pinned', { exact: true }).waitFor({ state: 'detached' });
  expect((await workshop.app()).pinned).toBeNull();

  await choose('Ghost it…', 'Ghost');
  await releases.getByText('ghosted', { exact: true }).waitFor();
  expect((await workshop.app()).ghosted).toMatchObject([{ version: '1.0.0' }]);
  await choose('Un-ghost it…', 'Un-ghost');
  await releases.getByText('ghosted', { exact: true }).waitFor({ state: 'detached' });
  expect((await workshop.app()).ghosted).toEqual([]);
}

async function worksByKeyboard(page: Page, workshop: Workshop): Promise<void> {
  const { keyboard } = page;
  const goToApp = async () => {
    await keyboard.press('ControlOrMeta+k');
    await page.getByRole('combobox', { name: 'Go to' }).waitFor();
    await keyboard.type('web');
    await page.getByRole('option').first().waitFor();
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
  };
  await page.getByRole('link', { name: 'web', exact: true }).first().waitFor();
  await goToApp();
  workshop.publish('1.2.0', {}, { hash: 'by hand' });
  await workshop.untilDeployed('1.2.0');
  await keyboard.press('d');
  await page.getByRole('dialog').getByText('Full: each instance').waitFor();
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: /^Deployment \d+/ }).waitFor();
  await page.getByText('succeeded').first().waitFor();

  await goToApp();
  const [before] = (await workshop.untilState('running')).instances;
  await keyboard.press('R');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Enter');
  await waitFor('another process', async () => {
    const { state, instances } = await workshop.app();
    return state === 'running' && instances[0]?.pid !== before?.pid;
  });
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await tabTo(page, 'Logs', 'main a');
  await keyboard.press('Enter');
  await page.getByText('following', { exact: true }).waitFor();
  await keyboard.press('/');
  await keyboard.type('line 29[89]$');
  await keyboard.press('Enter');
  await waitFor('what matches', async () => (await page.locator('.log-row.is-line').count()) % 2 === 0);
  await page.getByText('line 299', { exact: true }).first().waitFor();

  // The field keeps the focus. Letters are text there, and keys once one has left it.
  expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
  await keyboard.press('Tab');
  // Two keys of a pair belong together for a second alone, which a busy machine may take for each.
  await waitFor('the users', async () => {
    await keyboard.type('gu');
    return await page.getByRole('heading', { name: 'Users', level: 1 }).isVisible();
  });
  await tabTo(page, 'Invite');
  await keyboard.press('Enter');
  await page.getByRole('dialog').getByLabel('Role').waitFor();
  await tabTo(page, 'Invite', 'dialog button');
  await keyboard.press('Enter');
  await page
    .getByRole('dialog')
    .getByText(/\/invitation#/)
    .waitFor();
  await keyboard.press('Escape');

  await goToApp();
  await tabTo(page, 'web/1', 'main a');
  await keyboard.press('Enter');
  await page.getByRole('link', { name: 'Console' }).waitFor();
  await tabTo(page, 'Console', 'main a');
  const opened = page.context().waitForEvent('page');
  await keyboard.press('Enter');
  const console = await opened;
  await console.getByText('live', { exact: true }).waitFor();
  await console.keyboard.type('echo typed $((40 + 2))\n');
  await console.locator('.xterm-rows').getByText('typed 42').waitFor();
}

/** Presses Tab until what has that name has the focus. */
async function tabTo(page: Page, name: string, selector = 'button, a'): Promise<void> {
  for (let presses = 0; presses < 100; presses++) {
    await page.keyboard.press('Tab');
    const isThere = await page.evaluate(
      ([text, within]) => {
        const at = document.activeElement;
        return (
          at?.matches(within ?? '') && (at.getAttribute('aria-label') ?? at.textContent)?.trim() === text
        );
      },
      [name, selector],
    );
    if (isThere) return;
  }
  throw new Error(`nothing called ${name} was reached by Tab`);
}
