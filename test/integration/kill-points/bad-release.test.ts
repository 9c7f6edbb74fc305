import { test } from 'vitest';
import { deployVersions, killEverywhere, ONE_BY_ONE_MS } from '../../support/kill-points.ts';

test(
  'a bad release whose agent is killed at any entry of the journal is taken back everywhere',
  async () => {
    await killEverywhere({
      prepare: async (tiny) => {
        await deployVersions(tiny, ['1.0.0']);
        // However late its ends are seen, it is not proven before.
        tiny.workshop.configure({ prove_after: '10m' });
      },
      trigger: (tiny) => tiny.publish('2.0.0', { bad: true }),
      own: 'roll-out',
      versions: ['1.0.0'],
    });
  },
  ONE_BY_ONE_MS,
);
