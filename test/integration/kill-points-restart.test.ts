import { test } from 'vitest';
import { deployVersions, killEverywhere } from '../support/kill-points.ts';

test('a restart whose agent is killed at any entry of the journal ends with every instance running once', async () => {
  await killEverywhere({
    prepare: (tiny) => deployVersions(tiny, ['1.0.0']),
    trigger: () => undefined,
    order: 'restart',
    versions: ['1.0.0'],
  });
}, 1_200_000);
