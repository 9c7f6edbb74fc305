import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { accept, invite, workshopWithPages } from '../support/person.ts';

const browser = useBrowser();
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** What the colours decide: all else is the same in the dark. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** A score of looks, of 15 s each on a busy machine; what is waited for has deadlines of its own. */
const ALL_PAGES_MS = 900_000;

test('axe finds nothing amiss at WCAG 2.2 AA, in light and in dark, on any page', {
  timeout: ALL_PAGES_MS,
}, async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 2 });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  // However slow this machine is, it is not proven before it has ended.
  workshop.configure({ prove_after: '10m' });
  await (await workshop.client()).applyConfiguration();
  workshop.publish('1.1.0', { WEB_EXIT_AFTER_MS: 50 });
  await workshop.untilDeployed('1.1.0', 'rolled_back');
  const link = await invite(workshop);
  const page = await browser.open(link);
  const found: string[] = [];
  const look = async (name: string, act: () => Promise<void>) => {
    await act();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      found.push(...(await violations(page, colorScheme)).map((each) => `${name}, ${colorScheme}: ${each}`));
    }
  };
  const goTo = (path: string) => async () => {
    await page.goto(address + path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.locator('.spinner').first().waitFor({ state: 'detached' });
  };
  await look('/invitation', async () => {
    await page.getByRole('button', { name: 'Create' }).waitFor();
  });
  await accept(page);
  const paths = ['/', '/apps/web', '/apps/web/instances/1', '/deployments/2', '/timeline', '/logs?app=web'];
  for (const path of [...paths, '/host', '/audit', '/users', '/account', '/api', '/apps/nowhere'])
    await look(path, goTo(path));
  await goTo('/apps/web')();
  for (const name of ['Deploy', 'Roll back', 'Restart'])
    await look(`the dialog ${name}`, async () => {
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name, exact: true }).first().click();
      await page.getByRole('dialog').waitFor();
    });
  await look('/console', async () => {
    await page.goto(`${address}/console?app=web&instance=1`);
    await page.getByText('live', { exact: true }).waitFor();
  });
  await page.context().clearCookies();
  await look('/log-in', goTo('/log-in'));
  expect(found).toEqual([]);
  // What is amiss is found.
  await page.evaluate(() => document.querySelector('h1')?.append(document.createElement('img')));
  expect(await violations(page, 'light')).toEqual([expect.stringContaining('image-alt')]);
});

async function violations(page: Page, scheme: 'light' | 'dark'): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const result = await (scheme === 'light' ? axe.withTags(LEVELS) : axe.withRules(COLOURS)).analyze();
  return result.violations.map(({ id, nodes }) => {
    const where = nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary})`);
    return `${id}: ${where.slice(0, 3).join('; ')}`;
  });
}
