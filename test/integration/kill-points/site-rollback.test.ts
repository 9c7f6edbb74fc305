import { test } from 'vitest';
import { ONE_BY_ONE_MS } from '../../support/kill-points.ts';
import { killSiteEverywhere } from '../../support/site-kill-points.ts';

test(
  'a rollback of a site ends with one whole release, whatever entry its agent is killed at',
  async () => {
    await killSiteEverywhere({
      order: 'rollback',
      deployed: ['one', 'two'],
      done: { text: 'one', number: 1, env: 'GREETING=old\n' },
      elsewhere: /^(workers|run|reload|deployment ends)/,
      hooks: ['rollback.before', 'rollback.after'],
    });
  },
  ONE_BY_ONE_MS,
);
