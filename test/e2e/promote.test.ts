import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { freePorts } from '../support/free-port.ts';
import { accept, dialogButton, invite, workshopWithPages } from '../support/person.ts';
import { SELDOM, waitFor } from '../support/wait-for.ts';

const browser = useBrowser();

test('a canary that waits for a person says so, and goes on when she promotes it', async () => {
  const [http, spare_port] = [await freePorts(1), await freePorts(1)];
  const { workshop, address } = await workshopWithPages({
    replicas: 1,
    app: { domains: ['web.test'], roll_out: { spare_port }, canary: { for: '100ms', promote: 'by_hand' } },
    host: { proxy: { http: `127.0.0.1:${http}` } },
  });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  workshop.publish('2.0.0');
  const id = await waitFor('it to wait', async () => (await workshop.app()).promotable, SELDOM);
  const page = await browser.open(await invite(workshop));
  await accept(page);
  await page.goto(`${address}/deployments/${id}`);
  await page.getByText(`Its canary waits for: slipway promote ${id}`).waitFor();
  await page.getByRole('button', { name: 'Promote', exact: true }).click();
  await dialogButton(page, 'Promote').click();
  await workshop.untilDeployed('2.0.0');
  await page.getByText('canary waits for').waitFor({ state: 'detached' });
  await page.goto(`${address}/audit`);
  await page.getByText('promote', { exact: true }).first().waitFor();
  expect(await page.getByRole('main').innerText()).toContain(`deployment ${id}`);
});
