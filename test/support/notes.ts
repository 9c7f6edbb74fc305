import fs from 'node:fs';

/** A figure for the page that `script/test-host` or `script/soak` writes: one line of the file that it names. */
export function note(what: string, figure: string): void {
  const file = process.env['SLIPWAY_TEST_NOTES'];
  if (file !== undefined) fs.appendFileSync(file, `| ${what} | ${figure} |\n`);
}

/** Whether all is tried, as `script/soak` does, of which `script/test` tries a part. */
export const triesAll = () => process.env['SLIPWAY_SOAK'] === 'all';
