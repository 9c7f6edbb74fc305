import fs from 'node:fs';
import { expect, test } from 'vitest';
import { pruneSite } from '../../../src/deployment/site/retention.ts';
import { siteGround } from './site-ground.ts';

test('the directory of a release that failed is kept while somebody has a shell in it', async () => {
  const { context, goLive } = siteGround();
  goLive(1);
  const { journal, key, layout } = context;
  const directory = layout.releaseDirectory(2, '1.0');
  fs.mkdirSync(directory);
  journal.write('it failed', (tables) =>
    tables.addRelease({
      ...{ ...key, number: 2, version: '1.0', hash: null, commitId: null, state: 'failed' },
      ...{ provenAt: null, directory, createdAt: 1, sizeBytes: null, removedAt: null },
    }),
  );
  await pruneSite(context, { inUse: [2], freeBytes: 0 });
  expect(fs.existsSync(directory)).toBe(true);
  await pruneSite(context, { inUse: [], freeBytes: 0 });
  expect(fs.existsSync(directory)).toBe(false);
});
