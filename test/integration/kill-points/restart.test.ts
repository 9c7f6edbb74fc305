import { test } from 'vitest';
import { deployVersions, killEverywhere } from '../../support/kill-points.ts';

test('a restart whose agent is killed at any entry of the journal never takes a second instance down, and ends with every one running once', async () => {
  await killEverywhere({
    async prepare(tiny) {
      tiny.slowDown();
      await deployVersions(tiny, ['1.0.0']);
    },
    trigger: () => undefined,
    order: 'restart',
    oneDownAtMost: true,
    versions: ['1.0.0'],
  });
}, 1_200_000);
