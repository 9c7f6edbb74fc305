import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

/** Debian's: nothing is downloaded. */
const CHROMIUM = '/usr/bin/chromium';
/** Ends a broken test; says nothing about speed. */
const DEADLINE_MS = 60_000;
/**
 * What Chromium says of an answer that is a refusal, and of a stream that ends with the session: the pages deal with it, and a
 * test looks at what they show.
 */
const REFUSAL =
  /^Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_INCOMPLETE_CHUNKED_ENCODING)/;

export interface PageOptions extends BrowserContextOptions {
  /** What the console may say of errors besides: an agent that is killed is not reached. */
  tolerated?: RegExp;
  /** Pages of one person share cookies and storage. */
  beside?: Page;
}

/** One Chromium for a file, and a page for who asks: call it on the file's first level. */
export function useBrowser(): { open: (url: string, options?: PageOptions) => Promise<Page> } {
  let browser: Browser | null = null;
  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  afterAll(async () => {
    await browser?.close();
  });
  const open = async (url: string, { tolerated, beside, ...options }: PageOptions = {}) => {
    if (browser === null) throw new Error('the browser was not started');
    const context = beside?.context() ?? (await browser.newContext({ locale: 'en-GB', ...options }));
    const page = await context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    const problems = problemsOf(page, tolerated);
    onTestFinished(async () => {
      await (beside === undefined ? context.close() : page.close());
      expect(problems, `what ${page.url()} said of errors`).toEqual([]);
    });
    await page.goto(url);
    return page;
  };
  return { open };
}

/** Errors that nobody caught, what the console says of errors (violations of the page's policy too), and dialogs of a script. */
function problemsOf(page: Page, tolerated: RegExp | undefined): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`not caught: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() !== 'error' || REFUSAL.test(text) || tolerated?.test(text)) return;
    problems.push(`${text} (${message.location().url})`);
  });
  page.on('dialog', (dialog) => {
    problems.push(`a script opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return problems;
}
