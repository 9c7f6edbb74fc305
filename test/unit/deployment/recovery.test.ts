import fs from 'node:fs';
import { expect, test } from 'vitest';
import { nextNumber, recordApp } from '../../../src/deployment/recovery.ts';
import { siteGround } from '../site/ground.ts';

test('the next number comes after those on the disk, and nothing is read in a release for it', () => {
  const { context, goLive } = siteGround();
  goLive(7);
  const layout = {
    ...context.layout,
    versionOf: () => {
      throw new Error('a release was read');
    },
  };
  expect(nextNumber({ ...context, layout }, 3)).toBe(8);
  expect(nextNumber({ ...context, layout }, 9)).toBe(9);
});

test('a release folder that is a file keeps no app from being taken up', () => {
  const { context } = siteGround();
  fs.rmdirSync(context.layout.release);
  fs.writeFileSync(context.layout.release, '');
  recordApp(context);
  expect(context.journal.tables.releases(context.key)).toEqual([]);
  expect(nextNumber(context, 1)).toBe(1);
});
