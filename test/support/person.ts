import type { Page } from 'playwright-core';
import type { Role } from '../../src/access/index.ts';
import { freePorts } from './free-port.ts';
import { Workshop, type WorkshopOptions } from './workshop.ts';

export const PASSWORD = 'a boat on a slipway';

/** A workshop whose agent serves the pages on a port of its own. */
export async function workshopWithPages(
  options: WorkshopOptions = {},
): Promise<{ workshop: Workshop; address: string }> {
  const listen = `127.0.0.1:${await freePorts(1)}`;
  return { workshop: await Workshop.make({ ...options, listen }), address: `http://${listen}` };
}

/** The one-time link that `slipway user invite` prints. */
export async function invite(workshop: Workshop, role: Role = 'admin'): Promise<string> {
  const client = await workshop.client();
  return (await client.inviteUser({ role })).url;
}

/** Makes the user of the invitation that the page shows; it leads to the overview. */
export async function accept(page: Page, user = 'ada'): Promise<void> {
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Repeat password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

export async function logIn(page: Page, { user = 'ada', password = PASSWORD } = {}): Promise<void> {
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** A dialog by the button of its own that is named. */
export function dialogButton(page: Page, name: string) {
  return page.getByRole('dialog').getByRole('button', { name, exact: true });
}
