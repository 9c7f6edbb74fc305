// Takes a picture of each page of the demo into .cache/screenshots (script/screenshots).
import fs from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core';
import { connect } from '../src/api/index.ts';

const FOLDER = path.join(import.meta.dirname, '../.cache/screenshots');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LOOKS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', ...PHONE },
  'phone-dark': { colorScheme: 'dark', ...PHONE },
};
const OUTSIDE = [
  ['log-in', '/log-in'],
  ['invitation', '/invitation#none'],
] as const;
/** A stream never ends: what a page shows is there a while after it was loaded. */
const SETTLED_MS = 1_500;

const word = process.argv[2] ?? '';
const client = connect({ socketPath: process.env['SLIPWAY_SOCKET'] ?? '', actor: 'screenshots' });
fs.mkdirSync(FOLDER, { recursive: true });
await using browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const addresses = await addressesOfPages();
const state = await loggedIn(browser);
for (const [look, options] of Object.entries(LOOKS)) {
  const context = await browser.newContext({ ...options, storageState: state.storage });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => console.log(`${page.url()}: ${error.stack}`));
  for (const [name, address] of addresses.filter(([, each]) => each.includes(word))) {
    await page.goto(new URL(address, state.origin).href);
    await page.waitForTimeout(SETTLED_MS);
    await page.screenshot({ path: path.join(FOLDER, `${name}-${look}.png`), fullPage: true });
  }
  await context.close();
  // What one sees who has not come in yet.
  const outside = await browser.newContext(options);
  const door = await outside.newPage();
  for (const [name, address] of OUTSIDE.filter(([, each]) => each.includes(word))) {
    await door.goto(new URL(address, state.origin).href);
    await door.waitForTimeout(SETTLED_MS);
    await door.screenshot({ path: path.join(FOLDER, `${name}-${look}.png`), fullPage: true });
  }
  await outside.close();
}
console.log(`${FOLDER}: ${fs.readdirSync(FOLDER).length} pictures`);

async function addressesOfPages(): Promise<[name: string, address: string][]> {
  const { apps } = await client.status({});
  const deployments = await Promise.all(apps.map(async ({ app }) => await client.deployments({ app })));
  return [
    ['overview', '/'],
    ...apps.map(({ app }): [string, string] => [`app-${app}`, `/apps/${app}`]),
    ...apps.flatMap(({ instances }) =>
      instances.slice(0, 1).map(({ instance }): [string, string] => {
        const [app = '', unit = ''] = instance.split('/');
        return [`instance-${app}-${unit}`, `/apps/${app}/instances/${unit}`];
      }),
    ),
    ...deployments.flatMap(([newest]): [string, string][] =>
      newest ? [[`deployment-${newest.app}`, `/deployments/${newest.id}`]] : [],
    ),
    ['timeline', '/timeline'],
    ['logs', `/logs?app=${apps[0]?.app}`],
    ['audit', '/audit'],
    ['users', '/users'],
    ['host', '/host'],
    ['account', '/account'],
    ['api', '/api'],
    ['console', '/console'],
    ['nowhere', '/apps/nowhere'],
  ];
}

/** What a browser keeps of somebody who has logged in. */
async function loggedIn(opened: Browser) {
  const { url } = await client.inviteUser({ role: 'admin' });
  const { origin, hash } = new URL(url);
  const context = await opened.newContext();
  const user = `pictures-${Date.now() % 100_000}`;
  const answer = await context.request.post(`${origin}/api/v1/session/invitation`, {
    headers: { origin },
    data: { token: hash.slice(1), user, password: 'a long password for pictures' },
  });
  if (!answer.ok()) throw new Error(await answer.text());
  const storage = await context.storageState();
  await context.close();
  return { origin, storage };
}
