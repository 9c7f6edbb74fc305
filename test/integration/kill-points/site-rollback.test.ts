import { test } from 'vitest';
import { killSiteEverywhere } from '../../support/site-kill-points.ts';

test('a rollback of a site whose agent is killed at any entry of the journal ends with one release, whole', async () => {
  await killSiteEverywhere({
    order: 'rollback',
    deployed: ['one', 'two'],
    done: { text: 'one', number: 1, env: 'GREETING=old\n' },
    hooks: ['rollback.before', 'rollback.after'],
  });
}, 1_200_000);
