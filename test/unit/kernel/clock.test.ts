import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SOURCE = path.resolve(import.meta.dirname, '../../../src');

/** What goes by the wall clock, and why. */
const ALLOWED: Record<string, string> = {
  'access/totp.ts': 'one-time codes follow it, and none is good twice',
  'acme/order.ts': 'certificates have its times, and no other',
  'agent/proxy/renewals.ts':
    'certificates have its times, and attempts are remembered over the end of the agent',
  'app/run-record.ts': 'runs have its times, and three months are long',
  'app/cron/cron.ts': 'cron follows it',
  'app/restart-times.ts': 'restarts at a time of day follow it',
  'source/quietness.ts': 'files have its times; it is looked at whether it was set',
  'app/upload.ts': 'files have its times, and an hour is long',
  'source/git/large-file-storage.ts': 'files have its times, and a month is long',
  'publish/scratch.ts': 'files have its times, and a day is long',
  'publish/signatures.ts': 'a signature says when it was made, in seconds',
  'cli/commands/log-options.ts': 'lines have its times',
};

const WALL = String.raw`(?:\b\w*[cC]lock\.now|\bDate\.now)\(\)`;
const RECKONED = new RegExp(String.raw`${WALL}\s*(?:[-+*/<>]|\.to)|[-+*/<>]=?\s*(?:[\w.]+\.)?${WALL}`);

const files = fs
  .readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file, text: fs.readFileSync(path.join(SOURCE, file), 'utf8') }));

test('the time is asked of a clock, which a test may set', () => {
  const asked = files.filter(({ text }) => /\b(?:Date|performance)\.now\(\)|new Date\(\)/.test(text));
  expect(asked.map(({ file }) => file).sort()).toEqual(['kernel/clock.ts', 'web/browser/clock.ts']);
});

test('no time is reckoned with the wall clock, which anybody may set', () => {
  const found = files.filter(({ text }) => RECKONED.test(withoutNames(text))).map(({ file }) => file);
  expect(found.filter((file) => !(file in ALLOWED))).toEqual([]);
});

/** The name of a run is made of it, so that it is new; nothing is reckoned with it. */
function withoutNames(text: string): string {
  return text.replaceAll('clock.now().toString(36)', '').replaceAll('() => Date.now()', '');
}

test('the check finds what it is for', () => {
  for (const line of [
    'const left = until - this.clock.now();',
    'if (clock.now() >= deadline) return;',
    'const end = Date.now() + 5',
  ])
    expect(RECKONED.test(line)).toBe(true);
  for (const line of ['at: clock.now(),', 'clock.monotonicMs() - began', '() => clock.now()'])
    expect(RECKONED.test(line.replace('() => clock.now()', ''))).toBe(false);
});
