import * as z from 'zod';
import { cronName, schedule } from './cron-fields.ts';
import { DEFAULTS } from './defaults.ts';
import {
  appId,
  choice,
  command,
  DAY_MS,
  duration,
  entries,
  flag,
  mapping,
  name,
  percentage,
  SIGNALS,
  signingKeys,
  size,
  userName,
  variables,
  wholeNumber,
} from './fields.ts';
import { forward } from './schema-forward.ts';
import { key } from './schema-key.ts';

const AGE_MOST_MS = 3650 * DAY_MS;

/** Keys that apps of both kinds have. */
export function common(defaults: { auto: boolean }) {
  return {
    name: key(
      'By it and its environment the app is called on the command line, on disk and in the API.',
      name(),
      'myphoenixapp',
    ),
    environment: key(
      'One name may have several environments, but not both `prod` and `production`.',
      name().prefault(DEFAULTS.environment),
      'staging',
    ),
    auto: key('Deploy what the source offers without being asked.', flag().prefault(defaults.auto)),
    inherit_env: key(
      "The processes get the agent's environment, less what concerns the agent itself.",
      flag().prefault(true),
    ),
    env: key(
      'Environment of the processes. Values are handed on as they are written: `1.10` stays `1.10`.',
      variables().prefault({}),
      { PHX_HOST: 'example.com' },
    ),
    user: key(
      "Whom the processes run as; null: the agent's own user, which is root where systemd started it.",
      userName().nullable().prefault(null),
      'deployer',
    ),
    log: key('Output files of each process.', log().prefault({})),
    signing: key(
      "Whose signature what comes as an archive must have; null: nobody's. Without it, as the host's.",
      signing().nullable().optional(),
      { keys: ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'] },
    ),
    keep: key(
      'Releases kept on disk; the live one and the last proven ones always are.',
      wholeNumber(1, 1000).prefault(5),
    ),
    max_age: key(
      'Of those, none that is older; null: however old.',
      duration(1, AGE_MOST_MS).nullable().prefault(null),
      '90d',
    ),
    min_free: key(
      'Of those, fewer where less is free on the disk; null: however little.',
      size(1).nullable().prefault(null),
      '5GB',
    ),
    after: key(
      'Apps of this host that are to be ready before instances or workers of this one are started with the agent.',
      entries(appId(), 'ids of apps').prefault([]),
      ['db-proxy', 'cache@staging'],
    ),
    cron: key(
      'Commands run in the live release, at times; once on the host, however many instances there are.',
      entries(cronEntry(), 'entries').prefault([]),
    ),
  };
}

/** Public keys of minisign. */
export function signing() {
  return mapping({
    keys: key('Public keys of minisign, RW...; a signature by any of them will do.', signingKeys()),
  });
}

export function stop(defaults: { signal: (typeof SIGNALS)[number] }) {
  return mapping({
    signal: key(
      'Asks the process to end; of a worker also at each deployment.',
      choice(SIGNALS).prefault(defaults.signal),
    ),
    grace: key('Time from that signal to SIGKILL of all that is left.', duration(0).prefault('10s')),
    to: key(
      'Who gets the signal: the main process, or all at once; null: the main process, behind a shell the others too.',
      choice(['main', 'all']).nullable().prefault(null),
    ),
  });
}

/** The limits of each process of a service or a worker, with all that it starts. */
export function limits() {
  return mapping({
    memory: key(
      'Memory, with all that the process starts; what goes beyond is ended by the kernel.',
      size(1024 ** 2)
        .nullable()
        .prefault(null),
      '512MB',
    ),
    cpu: key('Time of processors, in percent of one.', percentage().nullable().prefault(null), '200%'),
    tasks: key('Processes and threads.', wholeNumber(1, 4_194_304).nullable().prefault(null), 500),
    files: key('Open files of each process.', wholeNumber(16, 1_048_576).nullable().prefault(null), 65_536),
  });
}

export function restart() {
  return mapping({
    delay: key('From an unexpected end to the first restart.', duration(0).prefault(DEFAULTS.restartDelay)),
    max_delay: key(
      'The delay doubles from 1s with each further end, up to this.',
      duration(0).prefault(DEFAULTS.restartMaxDelay),
    ),
    reset_after: key('A process that ran for so long starts anew with `delay`.', duration(0).prefault('60s')),
    max_retries: key(
      'After so many restarts the process is `failed` and left alone; null: it is tried for ever.',
      wholeNumber(0, 1_000_000).nullable().prefault(null),
    ),
    schedule: key(
      'When it is restarted by itself, one process after the other, as by `slipway restart`; written as that of `cron` is. null: never.',
      schedule().nullable().prefault(null),
      '0 4 * * *',
      '@daily',
    ),
  });
}

function cronEntry() {
  return mapping({
    name: key(
      'A name once only. Default: `job-1` for the first of the list, and so on.',
      cronName().optional(),
      'nightly',
    ),
    schedule: key(
      'Five fields, six with seconds first, or @hourly, @daily, @weekly, @monthly, @yearly; in the time zone of the agent.',
      schedule(),
      '*/5 * * * *',
      '@daily',
    ),
    command: key(
      'Run in the live release, one run at a time; written as `start` of a service is.',
      command(),
      'php artisan schedule:run',
    ),
    timeout: key('Longest time of a run.', duration(1).prefault('1h')),
  });
}

function log() {
  return mapping({
    max_size: key('A file of this size is rotated.', size(4096).prefault('64MB')),
    keep: key('Rotated files kept.', wholeNumber(1, 1000).prefault(5)),
    forward: key(
      "Where its lines go, beside the files; [] for nowhere. Without it, as the host's.",
      forward().optional(),
      [{ type: 'syslog', url: 'tls://logs.example.com:6514' }],
    ),
  });
}

export function uploads() {
  return mapping({
    type: key('upload: archives that a person sends, with `slipway deploy --archive`.', z.literal('upload')),
  });
}
