import fs from 'node:fs';
import { test } from 'vitest';
import { deployVersions, killEverywhere, ONE_BY_ONE_MS } from '../../support/kill-points.ts';

test(
  'a changed configuration reaches all, one at a time, whatever entry the agent is killed at',
  async () => {
    await killEverywhere({
      async prepare(tiny) {
        tiny.slowDown();
        await deployVersions(tiny, ['1.0.0']);
      },
      trigger({ workshop, startsFile }) {
        const file = fs.readFileSync(workshop.configFile);
        workshop.configure({ env: { TINY_LOG: startsFile, TINY_DELAY_MS: '41' } });
        fs.renameSync(workshop.configFile, `${workshop.configFile}.next`);
        fs.writeFileSync(workshop.configFile, file);
      },
      order: 'configure',
      from: 'tiny: new configuration',
      moments: ['after'],
      oneDownAtMost: true,
      versions: ['1.0.0'],
    });
  },
  ONE_BY_ONE_MS,
);
