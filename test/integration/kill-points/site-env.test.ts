import { test } from 'vitest';
import { killSiteEverywhere } from '../../support/site-kill-points.ts';

test('a changed .env whose agent is killed at any entry of the journal is the old one or the new one, in the root and in the live release', async () => {
  await killSiteEverywhere({
    order: 'env',
    deployed: ['one'],
    done: { text: 'one', number: 1, env: 'GREETING=new\n' },
    hooks: ['config.before-change', 'config.after-change'],
  });
}, 1_200_000);
