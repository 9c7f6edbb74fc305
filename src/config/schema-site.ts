import * as z from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  absolutePath,
  choice,
  command,
  duration,
  entries,
  expected,
  flag,
  mapping,
  name,
  size,
  userName,
  wholeNumber,
} from './fields.ts';
import { branchName, gitUrl, tagPattern } from './git-fields.ts';
import { common, limits, restart, stop, uploads } from './schema-common.ts';
import { key } from './schema-key.ts';
import { siteRouting } from './schema-proxy.ts';
import { domainName, httpUrl, mode, owner, relativePath, secret, siteRoot, typeName } from './site-fields.ts';

export function site() {
  const {
    name,
    environment,
    auto,
    inherit_env,
    env,
    user,
    log,
    signing,
    keep,
    max_age,
    min_free,
    after,
    cron,
  } = common({ auto: false });
  return mapping({
    name,
    environment,
    kind: key('site: a directory is switched from release to release.', z.literal('site')),
    type: key('APP_TYPE of the hooks, such as laravel.', typeName().nullable().prefault(null), 'laravel'),
    domain: key('APP_DOMAIN of the hooks.', domainName().nullable().prefault(null), 'shop.example.com'),
    root: key(
      'Directory of `current`, the releases, what is shared and `.env`. Default: /webroot in production, else `/webroot/<environment>`.',
      siteRoot().optional(),
      '/srv/shop',
    ),
    source: key(
      'Where releases come from.',
      z.discriminatedUnion('type', [repository(), uploads()], expected('a mapping')),
    ),
    signing,
    auto,
    keep_git: key(
      'Leave `.git` in the release, for hooks that call git; not beside `source.subdirectory`.',
      flag().prefault(false),
    ),
    owner: key(
      'User and group of everything in a release; `keep`: what they are. Needs an agent that runs as root.',
      owner().prefault('www-data:deployer'),
    ),
    modes: key('Modes of what a release holds.', modes().prefault({})),
    shared: key(
      'Paths of directories in the root, linked into each release.',
      entries(relativePath(), 'relative paths').prefault([...DEFAULTS.shared]),
    ),
    assets: key(
      'Paths of directories of a release whose files the last `keep` releases have in common, for pages that were loaded before a switch.',
      entries(relativePath(), 'relative paths').prefault([]),
      ['public/build'],
    ),
    keep,
    max_age,
    min_free,
    inherit_env,
    env,
    user,
    log,
    hooks: key('The files .slipway/<hook> of a release.', hooks().prefault({})),
    auto_install_composer: key(
      'Run `composer install` where the release has a `composer.json`.',
      flag().prefault(false),
    ),
    auto_artisan_migrations: key(
      'Run `php artisan migrate --force` where the release has an `artisan`.',
      flag().prefault(false),
    ),
    reload: key(
      'Run after the switch: a command line (no shell reads it), a list of arguments, or `{ sh: [lines] }`.',
      command().nullable().prefault(null),
      'systemctl reload php8.2-fpm',
    ),
    health: key('Asked last.', health().nullable().prefault(null)),
    ...siteRouting(),
    workers: key('Processes kept running in the live release.', entries(worker(), 'workers').prefault([])),
    after,
    cron,
    webhook: key('Pushes that are told by `POST /hooks/<app>`.', webhook().nullable().prefault(null)),
    upload: key('Archives that are sent.', upload().prefault({})),
  });
}

function repository() {
  return mapping({
    type: key('git: a branch or tags of a repository.', z.literal('git')),
    url: key(
      'https://, ssh://, user@host:path, git://, or an absolute path.',
      gitUrl(),
      'https://example.com/shop.git',
      'git@example.com:shop.git',
    ),
    branch: key(
      'Branch to follow; null: the one that HEAD of the repository names.',
      branchName().nullable().prefault(null),
      'main',
    ),
    tags: key(
      'Regular expressions (RE2): the newest tag that matches the first of them that matches any goes before the branch.',
      entries(tagPattern(), 'regular expressions').prefault([]),
      ['^v\\d+'],
    ),
    subdirectory: key(
      'The release holds this folder of the repository alone.',
      relativePath().nullable().prefault(null),
      'packages/shop',
    ),
    submodules: key('Submodules are fetched too.', flag().prefault(false)),
    lfs: key('Large files (Git LFS) are fetched too.', flag().prefault(false)),
    ssh_key: key('For ssh: a private key without a passphrase.', absolutePath().nullable().prefault(null)),
    known_hosts: key(
      "For ssh: a file that holds the key of the host; null: that of the agent's user. An unknown host is refused.",
      absolutePath().nullable().prefault(null),
    ),
    token: key(
      'For https: sent as the password; text, or `{ file: path }` of a file that holds it.',
      secret(1).nullable().prefault(null),
      {
        file: '/etc/slipway/shop.token',
      },
    ),
    username: key('For https: sent with the token.', username().nullable().prefault(null), 'oauth2'),
    owner: key(
      'Whom a repository of this host belongs to, where that is neither root nor `user`.',
      userName().nullable().prefault(null),
      'publisher',
    ),
    poll: key('How often to look for new commits; 100ms at least.', duration(100).prefault('1m')),
  });
}

function username() {
  const error = expected('text without spaces');
  return z.string(error).regex(/^[!-~]{1,255}$/, error);
}

function modes() {
  return mapping({
    directory: key(
      'Of the directories of a release; octal, in quotes.',
      mode({ pattern: /^[0-7]{3,4}$/, required: 0o500, example: '2775' }).prefault('2775'),
    ),
    file: key(
      'Of its files; octal, in quotes. `.env` is 0640 whatever stands here.',
      mode({ pattern: /^0?[0-7]{3}$/, required: 0o400, example: '0664' }).prefault('0664'),
    ),
    executables: key(
      'keep: what was executable stays so, with 0775.',
      choice(['drop', 'keep']).prefault('drop'),
    ),
  });
}

function hooks() {
  return mapping({ timeout: key('Longest time of each hook.', duration(1).prefault('10m')) });
}

function health() {
  return mapping({
    url: key('A GET of it is answered with the status `expect`.', httpUrl(), 'http://127.0.0.1/'),
    expect: key('The status that passes.', wholeNumber(100, 599).prefault(200)),
    timeout: key('Longest time of the answer.', duration(1).prefault('10s')),
    rollback: key('Take the release back where the check fails.', flag().prefault(false)),
  });
}

function worker() {
  return mapping({
    name: key('Name of the worker; a name once only.', name(), 'queue'),
    command: key('Run in `current`; written as `reload` is.', command(), 'php artisan queue:work'),
    replicas: key(
      'Number of processes: `queue.1`, `queue.2` and so on; 0: none runs.',
      wholeNumber(0, 1000).prefault(1),
    ),
    stop: key('How a process is stopped.', stop({ signal: 'SIGINT' }).prefault({})),
    restart: key('How a process that ended is started again.', restart().prefault({})),
    limits: key('What a process may use, with all that it starts.', limits().prefault({})),
  });
}

const WEBHOOK_SECRET_LENGTH = 6;

function webhook() {
  return mapping({
    secret: key(
      'What signs the calls; text, or `{ file: path }` of a file that holds it.',
      secret(WEBHOOK_SECRET_LENGTH),
      {
        file: '/etc/slipway/shop.webhook',
      },
    ),
  });
}

function upload() {
  return mapping({ max_size: key('An archive that is larger is refused.', size(1).prefault('512MB')) });
}
