import fs from 'node:fs';
import { generateSync } from 'otplib/functional';
import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { accept, dialogButton, invite, logIn, workshopWithPages } from '../support/person.ts';

const browser = useBrowser();

test('the first user comes in by the one-time link; then by password, and by a second factor', async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 1 });
  workshop.publish('1.0.0');
  await workshop.start();
  const link = await invite(workshop);
  const page = await browser.open(link);
  await accept(page);
  await page.getByRole('link', { name: 'web', exact: true }).first().waitFor();
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({
    name: 'slipway_session',
    httpOnly: true,
    sameSite: 'Strict',
    secure: false,
  });

  // The link is spent.
  const other = await browser.open(link);
  await other.getByRole('alert').waitFor();
  expect(await other.getByRole('button', { name: 'Create' }).count()).toBe(0);

  await other.goto(`${address}/apps/web`);
  await logIn(other, { password: 'a boat on a hill' });
  await other.getByRole('alert').waitFor();
  expect(await other.context().cookies()).toEqual([]);
  await logIn(other);
  // Where the way led to.
  await other.getByRole('heading', { name: 'web', level: 1 }).waitFor();

  await page.goto(`${address}/account`);
  await page.getByRole('button', { name: 'Set up…' }).click();
  const secret = (await page.getByRole('dialog').locator('code').innerText()).trim();
  await page.getByLabel('Code', { exact: true }).fill(generateSync({ secret }));
  await dialogButton(page, 'Turn on').click();
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
  const [recoveryCode = ''] = await page.getByRole('dialog').locator('li').allInnerTexts();
  await page.keyboard.press('Escape');
  await page.getByText('One-time codes are on.').waitFor();

  // Ended from elsewhere, the other browser has to log in again, now with a code.
  await page.getByRole('button', { name: /^End the session of/ }).click();
  await other.getByRole('button', { name: 'Log in', exact: true }).waitFor();
  await logIn(other);
  await other.getByLabel('Code', { exact: true }).fill('000000');
  await other.getByRole('button', { name: 'Log in', exact: true }).click();
  await other.getByRole('alert').waitFor();
  await other.getByLabel('Code', { exact: true }).fill(recoveryCode.trim());
  await other.getByRole('button', { name: 'Log in', exact: true }).click();
  await other.getByRole('heading', { name: 'web', level: 1 }).waitFor();
});

test('a passkey is added, lets one in without a password, and is removed', async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 1 });
  // No address of numbers has passkeys.
  const origin = address.replace('127.0.0.1', 'localhost');
  fs.appendFileSync(workshop.configFile, `public: ${origin}\n`);
  await workshop.start();
  const page = await browser.open(await invite(workshop));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true },
    },
  });
  await accept(page);
  await page.goto(`${origin}/account`);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Laptop');
  await dialogButton(page, 'Add').click();
  await page.getByText('Laptop', { exact: true }).waitFor();

  await page.context().clearCookies();
  await page.goto(`${origin}/log-in?next=/account`);
  await page.getByRole('button', { name: /passkey/ }).click();
  await page.getByRole('button', { name: 'Remove the passkey Laptop' }).waitFor();
  await page.getByText(', used').waitFor();
  await page.getByRole('button', { name: 'Remove the passkey Laptop' }).click();
  await page.getByText('You have none.').waitFor();

  await page.context().clearCookies();
  await page.goto(`${origin}/log-in`);
  await page.getByRole('button', { name: /passkey/ }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.context().cookies()).toEqual([]);
});
