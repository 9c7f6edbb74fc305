import * as z from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  choice,
  DAY_MS,
  duration,
  flag,
  mapping,
  name,
  percentage,
  SIGNALS,
  size,
  userName,
  variables,
  wholeNumber,
} from './fields.ts';

const AGE_MOST_MS = 3650 * DAY_MS;

/** Keys that apps of both kinds have. */
export function common(defaults: { auto: boolean }) {
  return {
    name: key('Name of the app.', name(), 'myphoenixapp'),
    environment: key(
      'One name may have several environments.',
      name().prefault(DEFAULTS.environment),
      'staging',
    ),
    auto: key('Deploy what the source offers without being asked.', flag().prefault(defaults.auto)),
    inherit_env: key("Hand the agent's environment to the processes.", flag().prefault(true)),
    env: key('Environment of the processes.', variables().prefault({}), { PHX_HOST: 'example.com' }),
    user: key(
      "Whom processes run as; null: the agent's own user.",
      userName().nullable().prefault(null),
      'deployer',
    ),
    log: key('Output files of each process.', log().prefault({})),
    keep: key('Releases kept on disk.', wholeNumber(1, 1000).prefault(5)),
    max_age: key(
      'Older releases are not kept; null: however old.',
      duration(1, AGE_MOST_MS).nullable().prefault(null),
      '90d',
    ),
    min_free: key(
      'Fewer releases are kept where less is free on the disk; null: however little.',
      size(1).nullable().prefault(null),
      '5GB',
    ),
  };
}

export function stop(defaults: { signal: (typeof SIGNALS)[number] }) {
  return mapping({
    signal: key('Asks the process to end.', choice(SIGNALS).prefault(defaults.signal)),
    grace: key('Time until SIGKILL.', duration(0).prefault('10s')),
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
      'More of it ends the process.',
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
    delay: key('Before the first restart.', duration(0).prefault(DEFAULTS.restartDelay)),
    max_delay: key('The delay doubles from 1s up to this.', duration(0).prefault(DEFAULTS.restartMaxDelay)),
    reset_after: key('A run as long as this makes former exits forgotten.', duration(0).prefault('60s')),
    max_retries: key(
      'Past it the process is failed; null: no limit.',
      wholeNumber(0, 1_000_000).nullable().prefault(null),
    ),
  });
}

function log() {
  return mapping({
    max_size: key('A file of this size is rotated.', size(4096).prefault('64MB')),
    keep: key('Rotated files kept.', wholeNumber(1, 1000).prefault(5)),
  });
}

export function uploads() {
  return mapping({
    type: key('upload: archives that a person sends, with `slipway deploy --archive`.', z.literal('upload')),
  });
}

/** What editors show of a key. */
export function key<Type extends z.ZodType>(description: string, type: Type, ...examples: unknown[]): Type {
  return type.meta(examples.length === 0 ? { description } : { description, examples });
}
