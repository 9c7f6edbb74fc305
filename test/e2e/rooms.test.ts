import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { accept, invite, workshopWithPages } from '../support/person.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { waitFor } from '../support/wait-for.ts';

const browser = useBrowser();

async function running(env: Record<string, string> = {}) {
  const { workshop, address } = await workshopWithPages({ replicas: 2, app: { env } });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const page = await browser.open(await invite(workshop), { viewport: { width: 1280, height: 800 } });
  await accept(page);
  return { workshop, address, page };
}

test('a console survives a reload, a second page takes over, and it ends with the session', async () => {
  const { page, address } = await running();
  const target = `${address}/console?app=web&instance=1`;
  const first = await browser.open(target, { beside: page });
  const stateOf = (of: typeof page, word: string) => of.getByText(word, { exact: true }).waitFor();
  await stateOf(first, 'live');
  await first.keyboard.type('echo begun $((40 + 2))\n');
  await first.locator('.xterm-rows').getByText('begun 42').waitFor();
  await first.reload();
  await stateOf(first, 'live');
  await first.locator('.xterm-rows').getByText('begun 42').waitFor();

  const host = await browser.open(`${address}/host`, { beside: page });
  const look = await host.getByRole('link', { name: 'Look' }).getAttribute('href');
  const second = await browser.open(address + look, { beside: page });
  await second.getByText('Another page writes to this console').waitFor();
  await second.locator('.xterm-rows').getByText('begun 42').waitFor();
  await second.getByRole('button', { name: 'Take over' }).click();
  await first.getByText('Another page writes to this console').waitFor();

  await second.getByRole('textbox', { name: /^Terminal/ }).press('F6');
  expect(await second.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
    'Back to web/1',
  );
  await page.evaluate(() => fetch('/api/v1/session/log-out', { method: 'POST' }));
  for (const each of [first, second]) await each.waitForURL(/\/log-in\?next=/);
});

test('a log follows until one scrolls up, is searched by the agent, and a link leads to its line', async () => {
  const { page, address, workshop } = await running({ WEB_LINES: '3000' });
  await page.goto(`${address}/logs?app=web&instance=1`);
  const log = page.getByRole('region', { name: 'Log of web' });
  const isAtEnd = () => log.evaluate((at) => at.scrollTop + at.clientHeight >= at.scrollHeight - 40);
  await page.getByText('following', { exact: true }).waitFor();
  await waitFor('the end of the log', isAtEnd);
  await log.hover();
  await page.mouse.wheel(0, -2000);
  await page.getByText('paused where you look').waitFor();
  await fetch(`http://127.0.0.1:${workshop.port}/`);
  await page.getByRole('button', { name: /\d+ new/ }).click();
  await waitFor('the end of the log', isAtEnd);
  await log.press('Home');
  await page.getByRole('button', { name: 'Earlier lines' }).waitFor();
  await log.press('e');
  await page.getByText(/^2,\d+ lines/).waitFor();
  await waitFor('what was looked at', () => log.evaluate((at) => at.scrollTop === 1000 * 20));

  await page.getByRole('searchbox').fill('line 2(99[0-9])$');
  await page.getByRole('searchbox').press('Enter');
  await waitFor('what matches', async () => (await log.locator('.log-row.is-line').count()) === 10);
  await log.getByText('line 2995', { exact: true }).click();
  await page.getByRole('link', { name: 'In context' }).click();
  const chosen = log.locator('.log-row.is-selected');
  await chosen.getByText('line 2995', { exact: true }).waitFor();
  await log.getByText('line 2994', { exact: true }).waitFor();
  // The rows on the screen alone are in the document.
  expect(await log.locator('.log-row').count()).toBeLessThan(100);
});

test('the timeline tells by keyboard alone what did not run, and the instance what it said last', async () => {
  const { page, address, workshop } = await running({ WEB_STDERR: 'out of cheese' });
  await fetch(`http://127.0.0.1:${workshop.port}/exit?status=3`).catch(() => undefined);
  const client = await workshop.client();
  const exit = await waitFor('the exit', async () =>
    (await client.timeline({ app: 'web' })).find(({ kind, is_bad }) => kind === 'exit' && is_bad),
  );
  await page.goto(`${address}/timeline?app=web&at=${encodeURIComponent(exit.at)}`);
  const moment = page.getByRole('region', { name: 'The moment' });
  await moment.getByText('did not run').waitFor();
  const table = page.getByRole('region', { name: 'What happened' });
  await table.getByText(/web\/1 ended unexpectedly: exit status 3/).waitFor();
  await table.getByText('Its last words').click();
  await table.locator('pre').getByText('out of cheese').waitFor();
  const slider = page.getByRole('slider', { name: 'Moment' });
  await slider.press('Home');
  await waitFor('another moment', () => new URL(page.url()).searchParams.get('at') !== exit.at);
  // The time that is shown stays, and so does the focus: it goes on by the next key.
  const shownFrom = new URL(page.url()).searchParams.get('from');
  const picked = new URL(page.url()).searchParams.get('at');
  await page.keyboard.press('ArrowRight');
  await waitFor('the next moment', () => new URL(page.url()).searchParams.get('at') !== picked);
  expect(new URL(page.url()).searchParams.get('from')).toBe(shownFrom);
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('slider');
  await page.getByRole('button', { name: 'Closer' }).click();
  await page.waitForURL(/from=.*to=/);

  await page.goto(`${address}/apps/web/instances/1`);
  await page.getByText('1 after a crash').waitFor();
  // One key shows every time exactly.
  const began = page.locator('td[data-name=Began] time').first();
  expect(await began.textContent()).toMatch(/ ago$/);
  await page.locator('body').press('x');
  await waitFor('exact times', async () => /^2\d{3}-\d\d-\d\d /.test((await began.textContent()) ?? ''));
  await page.locator('body').press('x');
  await page.getByText('exit status 3').first().waitFor();
  await page.locator('canvas').first().waitFor();
  await page.goto(`${address}/host`);
  await page.getByText(/checks found nothing wrong/).waitFor();
});

test('an app that waits for a secret offers to set it, and nothing else; it starts then', async () => {
  const { workshop, address } = await workshopWithPages({
    app: { env: { TOKEN: { secret: 'TOKEN' } } },
    host: { secrets: { type: 'file', directory: temporaryFolder() } },
  });
  workshop.publish('1.0.0');
  await workshop.start();
  const page = await browser.open(await invite(workshop), { viewport: { width: 1280, height: 800 } });
  await accept(page);
  await page.goto(`${address}/apps/web`);
  await page.getByText('Nothing can be done with it yet:').waitFor();
  for (const name of ['Deploy', 'Roll back', 'Restart', 'More actions'])
    expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Set TOKEN' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Value').fill('hunter2');
  await dialog.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByRole('button', { name: 'Deploy', exact: true }).waitFor();
  await workshop.untilDeployed('1.0.0');
});
