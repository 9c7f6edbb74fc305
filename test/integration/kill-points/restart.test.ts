import { test } from 'vitest';
import { deployVersions, killEverywhere, ONE_BY_ONE_MS } from '../../support/kill-points.ts';

test(
  'a restart ends with all running once, one at a time, whatever entry its agent is killed at',
  async () => {
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
  },
  ONE_BY_ONE_MS,
);
