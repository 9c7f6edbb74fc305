import { test } from 'vitest';
import { deployVersions, killEverywhere, ONE_BY_ONE_MS } from '../../support/kill-points.ts';

test(
  'a deployment ends everywhere, one at a time, whatever entry its agent is killed at',
  async () => {
    await killEverywhere({
      async prepare(tiny) {
        tiny.slowDown();
        await deployVersions(tiny, ['1.0.0']);
      },
      oneDownAtMost: true,
      trigger: (tiny) => tiny.publish('2.0.0', { preCommands: ['cp version migrated'] }),
      versions: ['2.0.0'],
    });
  },
  ONE_BY_ONE_MS,
);
