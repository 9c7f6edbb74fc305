import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { freePorts } from '../support/free-port.ts';
import { deployed, hotWorkshop, untilConnected } from '../support/hot.ts';
import { otpReleases } from '../support/otp-releases.ts';
import { accept, dialogButton, invite } from '../support/person.ts';

const browser = useBrowser();

test('a hot upgrade is foreseen, carried out, and its VM is asked in IEx within the page', async () => {
  const listen = `127.0.0.1:${await freePorts(1)}`;
  const workshop = await hotWorkshop(otpReleases(), { replicas: 1, listen });
  const before = await deployed(workshop, '0.1.1');
  workshop.configure({ auto: false });
  await (await workshop.client()).applyConfiguration();
  workshop.bucket.offer({ version: '0.1.2', hash: 'local' });

  const page = await browser.open(await invite(workshop));
  await accept(page);
  await page.goto(`http://${listen}/apps/demo_app`);
  await page.getByText('0.1.1 went live').waitFor();
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Hot: the instances are upgraded while they run.').waitFor();
  expect(await dialog.innerText()).toMatch(/demo_app 0\.1\.1 → 0\.1\.2[^]*DemoApp[^]*load_module|update/);
  await dialogButton(page, 'Deploy').click();
  await page.getByRole('heading', { name: /^Deployment \d+/ }).waitFor();
  await page.getByText('succeeded').first().waitFor();
  const after = await untilConnected(workshop);
  expect(after.instances[0]).toMatchObject({ version: '0.1.2', deployment_kind: 'hot' });
  expect(after.instances[0]?.pid).toBe(before.instances[0]?.pid);

  await page.goto(`http://${listen}/apps/demo_app/instances/1`);
  await page.getByText('demo_app-1@').first().waitFor();
  const console_ = await browser.open(`http://${listen}/console?app=demo_app&instance=1`, { beside: page });
  const rows = console_.locator('.xterm-rows');
  await rows
    .getByText(/iex\(demo_app-1@/)
    .first()
    .waitFor();
  await console_.keyboard.type('Application.spec(:demo_app, :vsn)\n');
  await rows.getByText('0.1.2').first().waitFor();
}, 180_000);
