import { test } from 'vitest';
import { killSiteEverywhere } from '../../support/site-kill-points.ts';

test('a deployment of a site whose agent is killed at any entry of the journal ends with the new release, hooks run once', async () => {
  await killSiteEverywhere({
    order: 'deploy',
    deployed: ['one', 'two'],
    pushed: 'three',
    done: { text: 'three', number: 3, env: 'GREETING=old\n' },
    hooks: ['before.pull', 'after.pull', 'before.deploy', 'after.deploy', 'deploy.success'],
  });
}, 1_200_000);
