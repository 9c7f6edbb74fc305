import { test } from 'vitest';
import { deployVersions, killEverywhere } from '../support/kill-points.ts';

test('a bad release whose agent is killed at any entry of the journal is taken back everywhere', async () => {
  await killEverywhere({
    prepare: (tiny) => deployVersions(tiny, ['1.0.0']),
    trigger: (tiny) => tiny.publish('2.0.0', { bad: true }),
    versions: ['1.0.0'],
  });
}, 600_000);
