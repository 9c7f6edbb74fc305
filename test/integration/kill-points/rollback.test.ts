import { test } from 'vitest';
import { deployVersions, killEverywhere, ONE_BY_ONE_MS } from '../../support/kill-points.ts';

test(
  'a rollback ends with one version, one at a time, whatever entry its agent is killed at',
  async () => {
    await killEverywhere({
      async prepare(tiny) {
        tiny.slowDown();
        await deployVersions(tiny, ['1.0.0', '2.0.0']);
      },
      oneDownAtMost: true,
      trigger: () => undefined,
      order: 'rollback',
      // Before the order was journalled it is lost: the new version stays.
      versions: ['2.0.0', '1.0.0'],
    });
  },
  ONE_BY_ONE_MS,
);
