import { test } from 'vitest';
import { ONE_BY_ONE_MS } from '../../support/kill-points.ts';
import { killSiteEverywhere } from '../../support/site-kill-points.ts';

test(
  'a changed .env is the old or the new one everywhere, whatever entry its agent is killed at',
  async () => {
    await killSiteEverywhere({
      order: 'env',
      deployed: ['one'],
      done: { text: 'one', number: 1, env: 'GREETING=new\n' },
      elsewhere: /^(workers|run|reload|deployment ends)/,
      hooks: ['config.before-change', 'config.after-change'],
    });
  },
  ONE_BY_ONE_MS,
);
