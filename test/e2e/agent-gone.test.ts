import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { accept, invite, workshopWithPages } from '../support/person.ts';

const browser = useBrowser();

test('the agent is killed with pages open: they say so, come back, and show what is true', async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 2 });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const tolerated =
    /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;
  const overview = await browser.open(await invite(workshop), { tolerated });
  await accept(overview);
  const app = await browser.open(`${address}/apps/web`, { beside: overview, tolerated });
  await app.getByText('1.0.0 went live').waitFor();

  await workshop.kill();
  for (const page of [overview, app]) {
    await page.getByText(/^Not live since/).waitFor();
    expect(await page.getByText('Not live since').count()).toBe(1);
  }
  // It changes while nobody looks.
  const pid = (await processOf(workshop)) ?? 0;
  process.kill(pid, 'SIGKILL');
  workshop.publish('1.1.0');
  await workshop.start();
  await workshop.untilDeployed('1.1.0');
  for (const page of [overview, app]) await page.getByText(/^Not live since/).waitFor({ state: 'detached' });
  await app.getByText('1.1.0 went live').waitFor();
  await overview.getByText('1.1.0').first().waitFor();
});

async function processOf(workshop: Awaited<ReturnType<typeof workshopWithPages>>['workshop']) {
  return workshop.processes()[0]?.pid;
}
