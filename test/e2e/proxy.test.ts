import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { freePorts } from '../support/free-port.ts';
import { request } from '../support/haproxy.ts';
import { accept, dialogButton, invite, workshopWithPages } from '../support/person.ts';
import { SELDOM, waitFor } from '../support/wait-for.ts';

const HOST = 'web.test';
const browser = useBrowser();

test('traffic, the successor of an instance and the maintenance of a service are on its page', async () => {
  const http = await freePorts(1);
  const { workshop } = await workshopWithPages({
    replicas: 1,
    app: { domains: [HOST] },
    host: { proxy: { http: `127.0.0.1:${http}` } },
  });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const ask = async () => (await request(http, HOST)).status;
  await waitFor('the proxy', async () => (await ask()) === 200, SELDOM);
  const page = await browser.open(await invite(workshop));
  await accept(page);
  await page.getByRole('link', { name: 'web', exact: true }).first().click();
  await page.getByRole('heading', { name: 'Traffic' }).waitFor();
  await page.getByRole('row', { name: /^the last .* \d+ms/ }).waitFor();

  workshop.publish('2.0.0', { WEB_START_DELAY_MS: 600_000 });
  await page.getByText(/^Its successor, 2\.0\.0, is starting on port \d+$/).waitFor();
  expect(await ask()).toBe(200);
  const { id } = (await workshop.lastDeployment()) ?? { id: 0 };
  await (await workshop.client()).cancel({ id });

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Maintenance page…' }).click();
  await dialogButton(page, 'Turn on').click();
  await waitFor('the page of maintenance', async () => (await ask()) === 503);
});
