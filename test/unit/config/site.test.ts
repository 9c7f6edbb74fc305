import fs from 'node:fs';
import { expect, test } from 'vitest';
import {
  errorsOf,
  issuesOf,
  load,
  loadSite,
  pathInTemporaryDirectory,
  siteFile,
  UNFRONTED,
} from './written.ts';

const REPOSITORY = {
  type: 'git',
  url: 'https://example.com/shop.git',
  branch: null,
  tags: [],
  subdirectory: null,
  submodules: false,
  lfs: false,
  sshKey: null,
  knownHosts: null,
  token: null,
  username: null,
  pollMs: 60_000,
};
const RESTART = { delayMs: 0, maxDelayMs: 300_000, resetAfterMs: 60_000, maxRetries: null, schedule: null };

const DEFAULTS = {
  kind: 'site',
  id: 'shop',
  name: 'shop',
  environment: 'production',
  root: '/webroot',
  source: REPOSITORY,
  auto: false,
  keepGit: false,
  owner: { user: 'www-data', group: 'deployer' },
  modes: { directory: 0o2775, file: 0o664, executables: 'drop' },
  shared: ['node_modules', 'vendor'],
  assets: [],
  ...UNFRONTED,
  upstream: null,
  keep: 5,
  maxAgeMs: null,
  minFreeBytes: null,
  after: [],
  signing: null,
  inheritEnv: true,
  env: {},
  user: null,
  log: { maxSizeBytes: 64 * 1024 * 1024, keep: 5, forward: [] },
  hooks: { timeoutMs: 600_000 },
  autoInstallComposer: false,
  autoArtisanMigrations: false,
  reload: null,
  health: null,
  workers: [],
  cron: [],
  webhook: null,
  upload: { maxSizeBytes: 512 * 1024 * 1024 },
  domain: null,
  appType: null,
};

test('a site of which only the necessary is said has the documented defaults', () => {
  const { apps } = load(`apps:
  - name: shop
    kind: site
    source: { type: git, url: https://example.com/shop.git }
`);
  expect(apps).toEqual([DEFAULTS]);
});

test('a site with every key of a site is read as it is written', () => {
  const { apps } = load(`apps:
  - name: shop
    kind: site
    environment: production
    root: /webroot              # default /webroot for production, /webroot/<environment> for others
    source: { type: git, url: https://example.com/shop.git, branch: main }   # or tags: ['^v\\d+'], subdirectory, submodules, lfs
    auto: true                  # follow the branch: poll (1m) and webhooks
    keep_git: false             # true leaves .git in the release, for hooks that call git
    owner: www-data:deployer    # these three lines are the defaults; .env is 0640 whatever \`file\` says
    modes: { directory: "2775", file: "0664", executables: drop }    # keep: what was executable gets 0775
    shared: [node_modules, vendor]          # linked into each release; logs and storage always exist
    keep: 5
    hooks: { timeout: 10m }
    health: { url: "http://127.0.0.1/", expect: 200, rollback: true }
    reload: systemctl reload php8.2-fpm
    workers:
      - { name: queue, command: php artisan queue:work, replicas: 2, stop: { signal: SIGINT, grace: 10s } }
`);
  expect(apps).toEqual([
    {
      ...DEFAULTS,
      source: { ...REPOSITORY, branch: 'main' },
      auto: true,
      health: { url: 'http://127.0.0.1/', expect: 200, timeoutMs: 10_000, rollback: true },
      reload: ['systemctl', 'reload', 'php8.2-fpm'],
      workers: [
        {
          name: 'queue',
          command: ['php', 'artisan', 'queue:work'],
          replicas: 2,
          stop: { signal: 'SIGINT', graceMs: 10_000, to: null },
          limits: { memoryBytes: null, cpuPercent: null, tasks: null, files: null },
          restart: RESTART,
        },
      ],
    },
  ]);
});

test('every key is compiled, with its unit', () => {
  const site = loadSite({
    name: 'cms',
    environment: 'staging',
    type: 'laravel',
    domain: 'cms.example.com',
    root: '/srv/cms/',
    source: {
      type: 'git',
      url: 'ssh://git@example.com:2222/cms.git',
      branch: 'release/2',
      tags: ['^v\\d+', '^rc-'],
      submodules: true,
      lfs: true,
      ssh_key: '/etc/slipway/cms.key',
      known_hosts: '/etc/slipway/known_hosts',
      poll: '10s',
    },
    auto: true,
    keep_git: true,
    owner: 'keep',
    modes: { directory: '0750', file: '640', executables: 'keep' },
    shared: ['vendor/', 'public/uploads', 'storage'],
    assets: ['public/build/', 'public/js'],
    keep: 3,
    max_age: '90d',
    min_free: '5GB',
    signing: null,
    inherit_env: false,
    env: { A: 'x' },
    user: 'deployer',
    log: { max_size: '1MB', keep: 2 },
    hooks: { timeout: '90s' },
    auto_install_composer: true,
    auto_artisan_migrations: true,
    reload: ['cachetool', 'opcache:reset'],
    health: { url: 'https://cms.example.com/up?deep=1', expect: 204, timeout: '3s', rollback: true },
    workers: [
      { name: 'queue', command: { sh: ['exec php x'] }, restart: { max_retries: 3 } },
      {
        ...{ name: 'socket_1', command: 'node socket.js', replicas: 3 },
        ...{ stop: { signal: 'SIGTERM', grace: '1m', to: 'main' }, limits: { files: 1024 } },
      },
    ],
    cron: [
      { schedule: '*/5 * * * *', command: 'php artisan schedule:run' },
      { name: 'nightly', schedule: '@daily', command: ['php', 'x'], timeout: '10m' },
      { schedule: '0 30 4 * * mon', command: 'php y' },
    ],
    webhook: { secret: 'correct horse' },
    upload: { max_size: '1GB' },
  });
  expect(site).toEqual({
    kind: 'site',
    id: 'cms@staging',
    name: 'cms',
    environment: 'staging',
    appType: 'laravel',
    domain: 'cms.example.com',
    root: '/srv/cms',
    source: {
      type: 'git',
      url: 'ssh://git@example.com:2222/cms.git',
      branch: 'release/2',
      tags: ['^v\\d+', '^rc-'],
      subdirectory: null,
      submodules: true,
      lfs: true,
      sshKey: '/etc/slipway/cms.key',
      knownHosts: '/etc/slipway/known_hosts',
      token: null,
      username: null,
      pollMs: 10_000,
    },
    auto: true,
    keepGit: true,
    owner: null,
    modes: { directory: 0o750, file: 0o640, executables: 'keep' },
    shared: ['vendor', 'public/uploads', 'storage'],
    assets: ['public/build', 'public/js'],
    ...UNFRONTED,
    upstream: null,
    keep: 3,
    maxAgeMs: 7_776_000_000,
    minFreeBytes: 5 * 1024 ** 3,
    after: [],
    signing: null,
    inheritEnv: false,
    env: { A: 'x' },
    user: 'deployer',
    log: { maxSizeBytes: 1024 * 1024, keep: 2, forward: [] },
    hooks: { timeoutMs: 90_000 },
    autoInstallComposer: true,
    autoArtisanMigrations: true,
    reload: ['cachetool', 'opcache:reset'],
    health: { url: 'https://cms.example.com/up?deep=1', expect: 204, timeoutMs: 3000, rollback: true },
    workers: [
      {
        name: 'queue',
        command: ['/bin/sh', '-e', '-c', 'exec php x'],
        replicas: 1,
        stop: { signal: 'SIGINT', graceMs: 10_000, to: null },
        limits: { memoryBytes: null, cpuPercent: null, tasks: null, files: null },
        restart: { ...RESTART, maxRetries: 3 },
      },
      {
        name: 'socket_1',
        command: ['node', 'socket.js'],
        replicas: 3,
        stop: { signal: 'SIGTERM', graceMs: 60_000, to: 'main' },
        limits: { memoryBytes: null, cpuPercent: null, tasks: null, files: 1024 },
        restart: RESTART,
      },
    ],
    cron: [
      {
        name: 'job-1',
        schedule: '*/5 * * * *',
        command: ['php', 'artisan', 'schedule:run'],
        timeoutMs: 3_600_000,
      },
      { name: 'nightly', schedule: '@daily', command: ['php', 'x'], timeoutMs: 600_000 },
      { name: 'job-3', schedule: '0 30 4 * * mon', command: ['php', 'y'], timeoutMs: 3_600_000 },
    ],
    webhook: { secret: 'correct horse' },
    upload: { maxSizeBytes: 1024 ** 3 },
  });
});

test('releases may be archives that are sent', () => {
  expect(loadSite({ source: { type: 'upload' } }).source).toEqual({ type: 'upload' });
});

test('the root is /webroot in production, else /webroot/<environment>', () => {
  const rootOf = (environment: string) => loadSite({ environment }).root;
  expect(['prod', 'production', 'staging'].map(rootOf)).toEqual(['/webroot', '/webroot', '/webroot/staging']);
});

const sourceOf = (source: Record<string, unknown>) => loadSite({ source: { type: 'git', ...source } }).source;
const TOKEN_FILE = pathInTemporaryDirectory('shop.token');

test('a password in the URL is kept apart from it, as a token is', () => {
  expect(sourceOf({ url: 'https://deploy:se%40same9@example.com/shop.git' })).toEqual({
    ...REPOSITORY,
    token: 'se@same9',
    username: 'deploy',
  });
  expect(sourceOf({ url: 'https://:sesame9@example.com/shop.git' })).toEqual({
    ...REPOSITORY,
    token: 'sesame9',
  });
  expect(sourceOf({ url: 'https://me@example.com/shop.git' })).toMatchObject({
    url: 'https://me@example.com/shop.git',
    token: null,
  });
});

test('a token can be said here, or stand in a file of its owner', () => {
  const url = 'https://example.com/shop.git';
  expect(sourceOf({ url, token: 'glpat-1', username: 'oauth2' })).toMatchObject({
    token: 'glpat-1',
    username: 'oauth2',
  });
  fs.writeFileSync(TOKEN_FILE, 'glpat-2\n', { mode: 0o600 });
  expect(sourceOf({ url, token: { file: TOKEN_FILE } })).toMatchObject({ token: 'glpat-2' });
  expect(loadSite({ webhook: { secret: { file: TOKEN_FILE } } }).webhook).toEqual({ secret: 'glpat-2' });
});

test('a secret file that cannot serve is told with what is wrong with it', () => {
  const errorsFor = (file: string) =>
    errorsOf(siteFile({ webhook: { secret: { file } } })).map((error) => error.replaceAll(file, 'FILE'));
  const file = pathInTemporaryDirectory('webhook.secret');
  expect(errorsFor(file)).toEqual(['apps[0].webhook.secret: FILE cannot be read (ENOENT)']);
  fs.writeFileSync(file, 'sesame99\n', { mode: 0o600 });
  for (const mode of [0o640, 0o604, 0o620]) {
    fs.chmodSync(file, mode);
    expect(errorsFor(file)).toEqual([
      'apps[0].webhook.secret: FILE may be read or changed by others than its owner - chmod 600 FILE',
    ]);
  }
  fs.chmodSync(file, 0o600);
  for (const content of ['', 'short\n', 'two\nlines', `${'x'.repeat(5000)}`]) {
    fs.writeFileSync(file, content);
    expect(errorsFor(file)).toEqual([
      'apps[0].webhook.secret: FILE must hold one line of 6 characters or more',
    ]);
  }
  fs.writeFileSync(file, 'x'.repeat(20_000));
  expect(errorsFor(file)).toEqual(['apps[0].webhook.secret: FILE is larger than 16 KB']);
  expect(errorsFor('/dev/null')).toEqual(['apps[0].webhook.secret: FILE is not a file']);
});

const PATH = 'must be a relative path without . and .., such as public/uploads';
const COMMAND = 'must be a command line, a list of arguments, or { sh: [lines] }';
const COMMAND_HINT = 'put it into single quotes, write a list of arguments, or { sh: [lines] } for a shell';
const NAME = 'must be a name of a-z, 0-9, _ and -, the first a letter, 100 at most';
const CRON_NAME = 'must be a name of a-z, 0-9 and -, the first a letter, 100 at most';
const OWNER = 'must be user:group such as www-data:deployer, or keep';
const SCHEDULE = 'must be a schedule such as "*/5 * * * *" or @daily';
const HEALTH_URL = 'must be a URL that begins with http:// or https://, without user and password';
const MANY = Array.from({ length: 101 }, (_, index) => `x${index}`);

test.each<[Record<string, unknown>, string]>([
  [{ source: undefined }, 'source: is required: a mapping'],
  [{ source: { type: 'bucket', url: '/srv' } }, 'source.type: must be one of git, upload'],
  [{ source: { type: 'gti', url: '/srv' } }, 'source.type: must be one of git, upload - did you mean "git"?'],
  [{ source: { type: 'upload', branch: 'x' } }, 'source.branch: unknown key - known keys: type'],
  [{ root: 'webroot' }, 'root: must be an absolute path'],
  [{ root: '/' }, 'root: must be a directory of its own, not /'],
  [{ root: '/srv/..' }, 'root: must be a directory of its own, not /'],
  [{ auto: 'yes' }, 'auto: must be true or false'],
  [{ keep_git: 1 }, 'keep_git: must be true or false'],
  [{ owner: 'www-data' }, `owner: ${OWNER}`],
  [{ owner: 'www-data:' }, `owner: ${OWNER}`],
  [{ owner: '-x:y' }, `owner: ${OWNER}`],
  [{ owner: null }, `owner: ${OWNER}`],
  [{ modes: { directory: 2775 } }, 'modes.directory: must be an octal mode in quotes such as "2775"'],
  [{ modes: { directory: '2785' } }, 'modes.directory: must be an octal mode in quotes such as "2775"'],
  [{ modes: { directory: '0275' } }, 'modes.directory: must let the owner in: 500 at least'],
  [{ modes: { file: '4644' } }, 'modes.file: must be an octal mode in quotes such as "0664"'],
  [{ modes: { file: '0244' } }, 'modes.file: must let the owner in: 400 at least'],
  [{ modes: { executables: 'yes' } }, 'modes.executables: must be one of drop, keep'],
  [{ shared: 'vendor' }, 'shared: must be a list of relative paths, 100 at most'],
  [{ shared: MANY }, 'shared: must be a list of relative paths, 100 at most'],
  [{ shared: ['/vendor'] }, `shared[0]: ${PATH}`],
  [{ shared: [''] }, `shared[0]: ${PATH}`],
  [{ shared: ['a//b'] }, `shared[0]: ${PATH}`],
  [{ shared: ['a/../b'] }, `shared[0]: ${PATH}`],
  [{ shared: ['./a'] }, `shared[0]: ${PATH}`],
  [{ shared: ['a\nb'] }, `shared[0]: ${PATH}`],
  [{ shared: ['.git'] }, `shared[0]: ${PATH}`],
  [{ shared: ['release/x'] }, "shared[0]: release is Slipway's own and cannot be shared"],
  [{ shared: ['a', 'current'] }, "shared[1]: current is Slipway's own and cannot be shared"],
  [{ shared: ['.env'] }, "shared[0]: .env is Slipway's own and cannot be shared"],
  [{ shared: ['a', 'a/'] }, 'shared[1]: stands in shared[0] already'],
  [{ shared: ['a/b/c', 'a/b', 'a/bc'] }, 'shared[0]: lies in shared[1], a/b'],
  [{ assets: ['../x'] }, `assets[0]: ${PATH}`],
  [{ assets: ['a', 'vendor/x'] }, 'assets[1]: is shared by all releases already'],
  [{ shared: ['a/'], assets: ['a'] }, 'assets[0]: is shared by all releases already'],
  [{ assets: ['a/b', 'a'] }, 'assets[0]: lies in assets[1] already'],
  [{ assets: ['a', 'a/'] }, 'assets[1]: stands in assets[0] already'],
  [{ env: { SLIPWAY_X: 'x' } }, 'env.SLIPWAY_X: is set by Slipway for each instance - take it away'],
  [{ hooks: { timeout: '0s' } }, 'hooks.timeout: must be from 1ms to 24d'],
  [{ hooks: { timout: '1s' } }, 'hooks.timout: unknown key - did you mean "timeout"?'],
  [{ health: '/' }, 'health: must be a mapping'],
  [{ health: {} }, `health.url: is required: ${HEALTH_URL.slice('must be '.length)}`],
  [{ health: { url: '/up' } }, `health.url: ${HEALTH_URL}`],
  [{ health: { url: 'ftp://example.com/' } }, `health.url: ${HEALTH_URL}`],
  [{ health: { url: 'http://' } }, `health.url: ${HEALTH_URL}`],
  [{ health: { url: 'http://me:x@example.com/' } }, `health.url: ${HEALTH_URL}`],
  [{ health: { url: 'http://a/', expect: '200' } }, 'health.expect: must be a whole number from 100 to 599'],
  [{ health: { url: 'http://a/', expect: 600 } }, 'health.expect: must be a whole number from 100 to 599'],
  [{ health: { url: 'http://a/', rollback: 1 } }, 'health.rollback: must be true or false'],
  [{ reload: 'a && b' }, `reload: holds &, which only a shell understands - ${COMMAND_HINT}`],
  [{ reload: [] }, `reload: ${COMMAND}`],
  [{ workers: { queue: 'x' } }, 'workers: must be a list of workers, 100 at most'],
  [{ workers: [{ name: 'queue' }] }, `workers[0].command: is required: ${COMMAND.slice('must be '.length)}`],
  [{ workers: [{ command: 'x' }] }, `workers[0].name: is required: ${NAME.slice('must be '.length)}`],
  [{ workers: [{ name: 'a.b', command: 'x' }] }, `workers[0].name: ${NAME}`],
  [
    { workers: [{ name: 'a', command: 'x', replicas: -1 }] },
    'workers[0].replicas: must be a whole number from 0 to 1000',
  ],
  [
    { workers: [{ name: 'a', command: 'x', restart: { delay: '6m' } }] },
    'workers[0].restart.delay: must not be longer than max_delay, 5m',
  ],
  [
    {
      workers: [
        { name: 'a', command: 'x' },
        { name: 'b', command: 'x' },
        { name: 'a', command: 'y' },
      ],
    },
    'workers[2].name: workers[0] is "a" already',
  ],
  [{ cron: [{ command: 'x' }] }, `cron[0].schedule: is required: ${SCHEDULE.slice('must be '.length)}`],
  [{ cron: [{ schedule: '@daily' }] }, `cron[0].command: is required: ${COMMAND.slice('must be '.length)}`],
  [{ cron: [{ name: 'a_b', schedule: '@daily', command: 'x' }] }, `cron[0].name: ${CRON_NAME}`],
  [
    {
      cron: [
        { schedule: '@daily', command: 'x' },
        { name: 'job-1', schedule: '@daily', command: 'x' },
      ],
    },
    'cron[1].name: cron[0] is "job-1" already',
  ],
  [
    { cron: [{ schedule: '@daily', command: 'x', timeout: '0s' }] },
    'cron[0].timeout: must be from 1ms to 24d',
  ],
  [
    { webhook: {} },
    'webhook.secret: is required: text of 6 characters or more, or { file: path } of a file that holds it',
  ],
  [
    { webhook: { secret: 'short' } },
    'webhook.secret: must be text of 6 characters or more, or { file: path } of a file that holds it',
  ],
  [
    { webhook: { secret: 'two\nlines' } },
    'webhook.secret: must be text of 6 characters or more, or { file: path } of a file that holds it',
  ],
  [{ webhook: { secret: { file: 'x' } } }, 'webhook.secret.file: must be an absolute path'],
  [{ upload: { max_size: 512 } }, 'upload.max_size: must be a size such as 512KB, 64MB or 1GB'],
  [{ domain: 'https://example.com' }, 'domain: must be a domain such as shop.example.com'],
  [{ type: 'a b' }, 'type: must be a word such as laravel'],
  [{ max_age: '0s' }, 'max_age: must be from 1ms to 3650d'],
  [{ worker: [] }, 'worker: unknown key - did you mean "workers"?'],
  [
    { zzz: 2 },
    'zzz: unknown key - known keys: name, environment, kind, type, domain, root, source, signing, auto, keep_git, owner, modes, shared, assets, keep, max_age, min_free, inherit_env, env, user, log, hooks, auto_install_composer, auto_artisan_migrations, reload, health, upstream, domains, path, max_body, allow, basic_auth, hsts, compress, time_out, error_page, maintenance_page, workers, after, cron, webhook, upload',
  ],
])('%j is refused', (site, error) => {
  expect(errorsOf(siteFile(site))).toEqual([`apps[0].${error}`]);
});

test.each([
  ['* * *', 'it needs five fields, or six with seconds first'],
  ['0 0 * * * * 2030', 'it needs five fields, or six with seconds first'],
  ['', 'it needs five fields, or six with seconds first'],
  ['* * * * *\n* * * * *', 'it has more than one line'],
  ['60 * * * *', 'invalid value for minute: 60'],
  ['0 0 31 2 *', 'it names a time that never comes'],
  ['@reboot', 'known words: @hourly, @daily, @weekly, @monthly, @yearly'],
  ['@dialy', 'known words: @hourly, @daily, @weekly, @monthly, @yearly'],
])('the schedule %j is refused', (schedule, problem) => {
  expect(errorsOf(siteFile({ cron: [{ schedule, command: 'x' }] }))).toEqual([
    `apps[0].cron[0].schedule: ${SCHEDULE}: ${problem}`,
  ]);
});

test.each([
  '*/5 * * * *',
  '0 0 29 2 *',
  '30 4 1,15 * 5',
  '*/10 * * * * *',
  '0 0 L * *',
  '@hourly',
  '@weekly',
  '@monthly',
  '@yearly',
])('the schedule %s is accepted', (schedule) => {
  expect(loadSite({ cron: [{ schedule, command: 'x' }] }).cron[0]?.schedule).toBe(schedule);
});

test('a folder of a repository is taken without slashes around it, and has no .git', () => {
  const source = { type: 'git', url: 'https://example.com/cms.git', subdirectory: 'packages/cms/' };
  expect(loadSite({ source }).source).toMatchObject({ subdirectory: 'packages/cms' });
  expect(errorsOf(siteFile({ source, keep_git: true }))).toEqual([
    'apps[0].keep_git: cannot stand beside source.subdirectory - keep one of them',
  ]);
});

test('credentials are for the kind of URL that they serve', () => {
  const errorsFor = (source: Record<string, unknown>) =>
    errorsOf(siteFile({ source: { type: 'git', ...source } })).map((error) =>
      error.replace('apps[0].source.', ''),
    );
  const ssh = 'git@example.com:shop.git';
  const https = 'https://example.com/shop.git';
  expect(errorsFor({ url: ssh, token: 'glpat-1' })).toEqual([
    'token: is for a url that begins with https:// - use ssh_key',
  ]);
  expect(errorsFor({ url: '/srv/shop.git', token: 'glpat-1' })).toEqual([
    'token: is for a url that begins with https:// - take it away',
  ]);
  expect(errorsFor({ url: https, username: 'me' })).toEqual([
    'username: is sent with a token only - give the token too',
  ]);
  expect(errorsFor({ url: 'https://me:x1@example.com/shop.git', token: 'x2' })).toEqual([
    'token: the url holds a password already - keep one of them',
  ]);
  for (const key of ['ssh_key', 'known_hosts']) {
    expect(errorsFor({ url: https, [key]: '/k' })).toEqual([
      `${key}: is for a url with ssh:// or user@host:path - use token`,
    ]);
    expect(sourceOf({ url: ssh, [key]: '/k' })).toBeDefined();
    expect(sourceOf({ url: 'ssh://example.com/shop.git', [key]: '/k' })).toBeDefined();
  }
});

test('no command, token or secret of a site is in its errors', () => {
  const issues = issuesOf(
    siteFile({
      source: { type: 'git', url: 'ssh://me:horsestaple@example.com/shop.git', token: 'monster\ncookie1' },
      reload: 'php --key=letmein8 $X',
      workers: [{ name: 'queue', command: 'php swordfish | x' }],
      cron: [{ schedule: '@daily', command: 'php opensesame $X' }],
      webhook: { secret: 'tiny1' },
    }),
  );
  expect(issues).toHaveLength(7);
  for (const secret of ['horsestaple', 'monster', 'letmein8', 'swordfish', 'opensesame', 'tiny1'])
    expect(JSON.stringify(issues)).not.toContain(secret);
});
