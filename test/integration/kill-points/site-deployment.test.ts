import { test } from 'vitest';
import { ONE_BY_ONE_MS } from '../../support/kill-points.ts';
import { killSiteEverywhere } from '../../support/site-kill-points.ts';

test(
  'a site is deployed, hooks run once, whatever entry of the journal its agent is killed at',
  async () => {
    await killSiteEverywhere({
      order: 'deploy',
      deployed: ['one', 'two'],
      pushed: 'three',
      done: { text: 'three', number: 3, env: 'GREETING=old\n' },
      hooks: ['before.pull', 'after.pull', 'before.deploy', 'after.deploy', 'deploy.success'],
    });
  },
  ONE_BY_ONE_MS,
);
