import { execFileSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import colors from 'picocolors';
import { expect, test } from 'vitest';
import type { CronEntry, Plan } from '../../../src/api/index.ts';
import { symbolsOf } from '../../../src/cli/output/index.ts';
import {
  cronView,
  deploymentsView,
  deploymentView,
  envView,
  planView,
  releasesView,
  secretsView,
  statusView,
} from '../../../src/cli/view/index.ts';
import { inTime } from '../../../src/wording/index.ts';
import { AT, deployment, ended, instance, release, shop, step } from '../../fixtures/api-states.ts';

const NOW = Date.parse(AT) + 3_725_000;
const PLAIN = { colors: colors.createColors(false), columns: 80, now: NOW, symbols: symbolsOf({}) };
const OF_SHOP = { ...PLAIN, app: 'shop' };
const COMMIT = 'ab12cd34ab12cd34ab12cd34ab12cd34ab12cd34';
const NEWER = 'ef56ab78'.repeat(8); // of a repository with SHA-256

const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

test('a site shows its release by number and commit, its workers, and what a person should know', () => {
  const site = shop({
    kind: 'site',
    live: { number: 7, version: COMMIT, commit: COMMIT, since: AT },
    maintenance: true,
    pinned: COMMIT,
    source: { state: 'ok', reason: null, at: AT, offer: NEWER, tried: null },
    ghosted: [{ version: NEWER, reason: 'it answered 500', at: AT }],
    instances: [instance({ instance: 'shop/queue.1', version: COMMIT, port: null })],
  });
  expect(
    statusView(
      {
        agent: {
          ...{ version: '0.1.0', pid: 12, uptime_s: 5, warnings: [], last_event: 'e:0' },
          proxy: { state: 'backoff', pid: null, reason: 'it ended' },
        },
        apps: [site],
      },
      PLAIN,
    ),
  ).toBe(
    `
APP             STATE    VERSION     PID  PORT      UP  CRASHES
shop            running  7.ab12cd3              1h 02m
  shop/queue.1  ready    ab12cd3    1234        1h 02m        0
  the maintenance page is on; to end it: slipway maintenance shop off
  pinned to ab12cd3; to follow the source again: slipway unpin shop
  the source offers ef56ab7: slipway deploy shop --force (it is ghosted)
  ghosted ef56ab7: it answered 500 (1h 02m ago)

agent 0.1.0, pid 12, up 5s
proxy backoff
`.slice(1),
  );
});

test('the history tells commits by their first seven digits, and other versions whole', () => {
  expect(releasesView([release({ version: COMMIT })], OF_SHOP)).toMatch(/^ +1  ab12cd3  live/m);
  expect(deploymentsView([ended('succeeded', { version: NEWER })], OF_SHOP)).toMatch(
    /^ *7 +2  ef56ab7  full/m,
  );
  expect(deploymentView(deployment({ version: COMMIT }), PLAIN)).toMatch(/^shop ab12cd3  running/);
  const uploaded = '0123456789ab'; // the first digits of an archive's digest
  expect(releasesView([release({ version: uploaded })], OF_SHOP)).toContain(uploaded);
});

test('commits within what the agent says are cut as well, and digests are not', () => {
  const digest = 'ef56ab78'.repeat(8);
  const notes = [`shop is pinned to ${COMMIT}, sha256:${digest}`];
  expect(planView({ ...SITE_PLAN, notes, site: null }, { ...PLAIN, next: '' })).toContain(
    `shop is pinned to ab12cd3, sha256:${digest}`,
  );
  const said = { state: 'error', reason: `no ${COMMIT}`, at: AT, offer: null, tried: null } as const;
  const apps = [shop({ kind: 'site', source: said })];
  expect(
    statusView(
      { agent: { version: '1', pid: 1, uptime_s: 1, warnings: [], last_event: 'e:0' }, apps },
      PLAIN,
    ),
  ).toContain('error: no ab12cd3 (');
});

test('workers of a site that was never deployed need no reason to be stopped', () => {
  const idle = instance({ instance: 'shop/queue.1', state: 'stopped', reason: 'not begun', version: null });
  const apps = [shop({ kind: 'site', state: 'idle', live: null, instances: [idle] })];
  expect(
    statusView(
      { agent: { version: '1', pid: 1, uptime_s: 1, warnings: [], last_event: 'e:0' }, apps },
      PLAIN,
    ),
  ).not.toContain('not begun');
});

test('what failed and was tolerated is a warning, and what was skipped is shown with its reason', () => {
  const text = deploymentView(
    ended('succeeded', {
      kind: 'site',
      steps: [
        step('hook: before.pull', {
          state: 'skipped',
          started_at: null,
          duration_ms: null,
          reason: 'not there',
        }),
        step('hook: after.deploy', { state: 'failed', reason: 'exit status 3' }),
      ],
    }),
    PLAIN,
  );
  expect(text).toMatch(
    /- hook: before\.pull +skipped  not there\n  ! hook: after\.deploy +1\.2s  exit status 3$/,
  );
});

const SITE_PLAN: Plan = {
  app: 'shop',
  version: NEWER,
  kind: 'site',
  pins: false,
  steps: [{ name: 'hook: after.pull', instance: null }],
  notes: [],
  upgrade: null,
  site: {
    commits: [
      { commit: NEWER, subject: 'Fix the cart', author: 'Alice', at: AT },
      { commit: COMMIT, subject: `A \x1b[2Jlong ${'subject '.repeat(20)}`, author: 'Bob', at: AT },
    ],
    hooks: ['after.pull', 'before.deploy'],
    links: ['vendor', 'storage'],
    prunes: [{ number: 3, version: COMMIT }],
    space: { needed_bytes: 300 * 1024 ** 2, free_bytes: 2 * 1024 ** 3 },
  },
};

test('the plan of a site shows commits, hooks, links, pruning, space, and the next command', () => {
  const text = planView(SITE_PLAN, { ...PLAIN, next: 'slipway deploy shop' });
  expect(text).toBe(
    `
shop ef56ab7 would be deployed (site):
   1. hook: after.pull

2 commits since the live release:
  ef56ab7 Fix the cart (Alice, 1h 02m ago)
  ab12cd3 A \\x1b[2Jlong subject subject subject subject subject subject subject…

hooks   after.pull, before.deploy
links   vendor, storage
pruned  release 3 (ab12cd3)
space   300 MB needed, 2 GB free

Nothing was changed. To do it: slipway deploy shop
`.trim(),
  );
});

test('facts of a plan that do not fit into a line stand below each other', () => {
  const links = ['node_modules', 'vendor'].map((name) => `${name} -> /srv/a/rather/long/path/to/${name}`);
  const site = { ...SITE_PLAN.site, links };
  expect(planView({ ...SITE_PLAN, site } as Plan, { ...PLAIN, next: '' })).toContain(
    `\nlinks   ${links[0]}\n        ${links[1]}\npruned`,
  );
});

test('a plan with many commits shows the newest, and one with none does not speak of them', () => {
  const site = {
    ...SITE_PLAN.site,
    commits: Array(34).fill(SITE_PLAN.site?.commits[0]),
    prunes: [],
    space: null,
  };
  const many = planView({ ...SITE_PLAN, site } as Plan, { ...PLAIN, next: '' });
  expect(many).toMatch(/34 commits since[^]*\n  and 14 more\n[^]*pruned  none/);
  expect(many.match(/Fix the cart/g)).toHaveLength(20);
  const none = planView({ ...SITE_PLAN, site: { ...site, commits: [] } } as Plan, { ...PLAIN, next: '' });
  expect(none).not.toContain('commit');
});

const RUN = { signal: null, reason: null };

test('cron entries are shown with their next run and their last three', () => {
  const entries: CronEntry[] = [
    {
      name: 'clean',
      schedule: '*/5 * * * *',
      next_at: ago(-130),
      running: true,
      runs: [
        { ...RUN, started_at: ago(12), ended_at: null, status: null },
        { ...RUN, started_at: ago(300), ended_at: ago(298.8), status: 0 },
        { ...RUN, started_at: ago(600), ended_at: ago(598), status: 1, reason: 'exit status 1' },
        { ...RUN, started_at: ago(900), ended_at: ago(898), status: 0 },
      ],
    },
    { name: 'report', schedule: '@yearly', next_at: null, running: false, runs: [] },
  ];
  expect(cronView(entries, OF_SHOP)).toBe(
    `
ENTRY   SCHEDULE     NEXT   LAST RUNS
clean   */5 * * * *  in 2m  runs for 12s
                            + 5m 00s ago, took 1.2s
                            x 10m 00s ago, took 2.0s: exit status 1
report  @yearly      -      none yet
`.trim(),
  );
});

test('the next time is told as near as it is', () => {
  const local = new Date(2026, 0, 5, 10, 0).getTime();
  const told = (ms: number) => inTime(new Date(local + ms).toISOString(), local);
  expect(told(40_000)).toBe('in 40s');
  expect(told(59 * 60_000)).toBe('in 59m');
  expect(told(5 * 3_600_000)).toBe('at 15:00');
  expect(told(17 * 3_600_000)).toBe('at 03:00');
  expect(told(3 * 24 * 3_600_000)).toBe('2026-01-08 10:00');
  expect(told(-5)).toBe('in 0s'); // it is due, and the agent has not said more yet
});

const VALUES = {
  URL: 'https://shop.example/?a=b',
  PLAIN: '8.5',
  SPACED: '  two words # no comment',
  SINGLE: "it's",
  KEY: 'one\ntwo',
  EMPTY: '',
};

test('variables are listed in the form of .env, and can be read again', () => {
  const list = Object.entries(VALUES).map(([name, value]) => ({ name, value }));
  const text = envView(list, { app: 'shop', channel: { colors: PLAIN.colors, live: false } });
  expect(text).toMatch(/^URL='https.*'\nPLAIN=8\.5\n/);
  expect(parseEnv(text)).toEqual(VALUES);
  // Backquotes are for Node alone: a shell would run what is in them.
  expect(text).toContain(`SINGLE="it's"`);
  expect(text).toContain('KEY="one\ntwo"');
  const [, ofShell] = /^(SINGLE=.*)$/m.exec(text) ?? [];
  expect(execFileSync('sh', ['-c', `${ofShell}; printf %s "$SINGLE"`], { encoding: 'utf8' })).toBe("it's");
});

test('a value that is not shown is marked, and on a terminal none moves the cursor', () => {
  const list = [
    { name: 'DB_PASSWORD', value: null },
    { name: 'BAD', value: 'a\x1b[2Jb\rc' },
  ];
  const shown = envView(list, { app: 'shop', channel: { colors: PLAIN.colors, live: true } });
  expect(shown).toBe(String.raw`DB_PASSWORD=(hidden)
BAD='a\x1b[2Jb\x0dc'`);
});

test('secrets are names with the time they were set', () => {
  expect(secretsView([{ name: 'NPM_TOKEN', set_at: AT }], OF_SHOP)).toBe(
    'NAME       SET\nNPM_TOKEN  1h 02m ago',
  );
});

test('where there is nothing yet, the way to it is told', () => {
  expect(envView([], { app: 'shop', channel: { colors: PLAIN.colors, live: false } })).toMatch(
    /slipway env shop set NAME=VALUE$/,
  );
  expect(secretsView([], OF_SHOP)).toMatch(/slipway secret shop set NAME$/);
  expect(cronView([], OF_SHOP)).toMatch(/cron:\n[^]*slipway config apply$/);
});

test('a link that does not lead to the live release is told below the site', () => {
  const stray = { reason: '/webroot/current is not there', next: 'slipway rollback shop --to 1' };
  const said = '/webroot/current is not there; next: slipway rollback shop --to 1';
  expect(
    statusView(
      {
        agent: { version: '0.1.0', pid: 12, uptime_s: 90061, warnings: [], last_event: 'e:0' },
        apps: [shop({ kind: 'site', state: 'down', instances: [], stray })],
      },
      OF_SHOP,
    ),
  ).toContain(said);
  expect(releasesView([release({ stray })], OF_SHOP)).toContain(`\n! ${said}`);
});
