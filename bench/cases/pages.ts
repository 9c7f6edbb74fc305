import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { compileProgram } from '../../test/support/programs.ts';
import { ROOT, run } from '../commands.ts';
import type { Figure } from '../figures.ts';
import { pm2, startTiny } from '../peers.ts';
import { memoryOf } from '../proc.ts';
import { type Slipway, startSlipway } from '../slipway.ts';
import type { Case } from '../workshop.ts';

const COPIES = 10;
const PAGES = 10;
const LINES_A_SECOND = 10_000;
const SETTLE_MS = 5000;
const COMMAND = path.join(ROOT, 'bin/slipway');
const LOGIN = { name: 'bench', password: 'a long word for the bench' };

type Note = (work: string, of: string, unit: Figure['unit'], value: number, limit?: number) => void;

export const pages: Case = {
  title: 'The pages',
  about:
    `First load of the overview of ${COPIES} instances with an empty cache, in Debian's Chromium: bytes on the wire, and from ` +
    `the start of the navigation until the app's link can be pressed. An app that writes ${LINES_A_SECOND} lines a second, ` +
    "followed on the page of logs: frames a second, and the page's heap after half a minute. Memory of the agent, from smaps_rollup: " +
    'started again with nobody looking, after a call of the command line, and with ten pages open; PM2 beside it with as many instances.',
  async run({ folder, runs, quick, cleanUp, say }) {
    const program = compileProgram('clock', folder);
    const tiny = { program, args: [path.join(folder, 'starts.ns')], copies: COPIES };
    const figures: Figure[] = [];
    const note: Note = (work, of, unit, value, limit) => {
      const known = figures.find((figure) => figure.work === work && figure.of === of);
      if (known) known.values.push(value);
      else figures.push({ work, of, unit, values: [value], ...(limit === undefined ? {} : { limit }) });
    };
    const other = await pm2.start(path.join(folder, 'peer'), {
      ...tiny,
      args: [path.join(folder, 'peer.ns')],
    });
    cleanUp.defer(() => other.stop());
    const agent = await startTiny(folder, tiny);
    cleanUp.defer(() => agent.stop());
    await agent.idle();
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
    cleanUp.defer(() => browser.close());
    await createUser(browser, agent);
    for (let round = 1; round <= runs; round++) {
      await load(browser, agent, note);
      await memory({ agent, browser, peer: other.pid, note });
      say(`run ${round} of ${runs}`);
    }
    await agent.stop();
    await followed({ folder, browser, seconds: quick ? 5 : 30, note });
    return figures;
  },
};

async function createUser(browser: Browser, agent: Slipway): Promise<void> {
  const invited = await run(COMMAND, [
    'user',
    'invite',
    '--role',
    'admin',
    '--json',
    '--socket',
    agent.socket,
  ]);
  const page = await browser.newPage();
  await page.goto((JSON.parse(invited) as { url: string }).url);
  await page.getByLabel('User').fill(LOGIN.name);
  await page.getByLabel('Password', { exact: true }).fill(LOGIN.password);
  await page.getByLabel('Repeat password').fill(LOGIN.password);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('link', { name: 'tiny' }).first().waitFor();
  await page.close();
}

/** With an empty cache. */
async function logIn(browser: Browser, agent: Slipway): Promise<BrowserContext> {
  const context = await browser.newContext();
  const answer = await context.request.post(`${agent.url}/api/v1/session/log-in`, {
    headers: { origin: agent.url },
    data: { user: LOGIN.name, password: LOGIN.password },
  });
  if (!answer.ok()) throw new Error(`log-in: ${answer.status()} ${await answer.text()}`);
  return context;
}

async function load(browser: Browser, agent: Slipway, note: Note): Promise<void> {
  const context = await logIn(browser, agent);
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) =>
    sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize)),
  );
  await page.goto(agent.url, { waitUntil: 'commit' });
  await page.getByRole('link', { name: 'tiny' }).first().waitFor();
  note(
    'first load of the overview, until it can be used',
    'Slipway',
    'ms',
    await page.evaluate(() => performance.now()),
    1000,
  );
  await page.waitForLoadState('load');
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  note('first load of the overview', 'Slipway', 'KB', bytes / 1024, 100);
  await context.close();
}

async function memory(options: {
  agent: Slipway;
  browser: Browser;
  peer: number;
  note: Note;
}): Promise<void> {
  const { agent, browser, peer, note } = options;
  const look = (when: string, of: string, pid: number) => {
    note(`resident memory, ${when}`, of, 'MB', memoryOf(pid).residentMb);
    note(`own memory, ${when}`, of, 'MB', memoryOf(pid).ownMb);
  };
  await agent.crash();
  await agent.restart({ isAsked: false });
  await sleep(SETTLE_MS);
  look('nobody looking', 'Slipway', agent.pid);
  look('nobody looking', 'PM2', peer);
  await agent.status();
  await sleep(SETTLE_MS);
  look('after a call of the command line', 'Slipway', agent.pid);
  const context = await logIn(browser, agent);
  await Promise.all(Array.from({ length: PAGES }, () => openOverview(context, agent)));
  await sleep(SETTLE_MS);
  look(`${PAGES} pages open`, 'Slipway', agent.pid);
  await context.close();
}

async function openOverview(context: BrowserContext, agent: Slipway): Promise<void> {
  const page = await context.newPage();
  await page.goto(agent.url);
  await page.getByRole('link', { name: 'tiny' }).first().waitFor();
}

async function followed(options: {
  folder: string;
  browser: Browser;
  seconds: number;
  note: Note;
}): Promise<void> {
  const { folder, browser, seconds, note } = options;
  const place = path.join(folder, 'followed');
  fs.mkdirSync(place);
  const program = path.join(folder, 'steady');
  await run('cc', ['-O2', '-o', program, path.join(import.meta.dirname, '../programs/steady.c')]);
  const agent = await startSlipway(place, {
    ...{ runtime: 'command', replicas: 1, start: `${program} ${LINES_A_SECOND}` },
    ...{ ready: { alive: '100ms' }, prove_after: '1s', log: { max_size: '64MB', keep: 1 } },
  });
  try {
    agent.bucket.putFiles('1.0.0', { README: 'The program is started where it was compiled.\n' });
    agent.bucket.offer({ version: '1.0.0' });
    await agent.allReady(1);
    await createUser(browser, agent);
    const context = await logIn(browser, agent);
    const page = await context.newPage();
    await page.goto(`${agent.url}/logs?app=tiny`);
    await page
      .getByText(/^\d{12}\./)
      .first()
      .waitFor();
    await sleep(SETTLE_MS);
    const figure = `${LINES_A_SECOND} lines a second followed`;
    for (const frames of await framesOf(page, seconds))
      note(`${figure}, frames a second`, 'Slipway', 'frames', frames);
    note(`${figure}, heap of the page`, 'Slipway', 'MB', await heapMb(page));
    await context.close();
  } finally {
    await agent.stop();
  }
}

/** Of each second. */
async function framesOf(page: Page, seconds: number): Promise<number[]> {
  return await page.evaluate<number[]>(`new Promise((resolve) => {
    const counts = [];
    let frames = 0, began = performance.now();
    const step = (now) => {
      frames++;
      if (now - began >= 1000) {
        counts.push((frames * 1000) / (now - began));
        frames = 0;
        began = now;
      }
      if (counts.length < ${seconds}) requestAnimationFrame(step);
      else resolve(counts);
    };
    requestAnimationFrame(step);
  })`);
}

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN) / 1024 ** 2;
}
