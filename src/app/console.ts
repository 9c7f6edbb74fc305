import fs from 'node:fs';
import path from 'node:path';
import type { AppContext } from '../deployment/index.ts';
import { readLink, SlipwayError } from '../kernel/index.ts';
import type { Launch, StopSettings } from '../supervisor/index.ts';
import type { Instances } from './instances.ts';

/** What a person's shell on an instance or a worker runs, and how; or a one-off command. */
export interface Console extends Launch {
  /** How it is ended, with all that it has started. */
  stop: StopSettings;
  /**
   * Null where it reads a pipe as well as a terminal. Else it has to have a terminal, and this is what to type into it,
   * after all else, for it to end once the rest is done.
   */
  leave: string | null;
}

/** Ends a shell as a terminal does that is closed. */
export const HANG_UP: StopSettings = { signal: 'SIGHUP', graceMs: 2000, to: 'all' };

/** A shell in a directory, with the environment and as the user of what runs there. */
export function shellConsole({ cwd, env, account }: Omit<Launch, 'argv'>): Console {
  // It is not the account's own shell: that of a system user is nologin.
  const shell = fs.existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
  return { argv: [shell], cwd, env: { ...env, SHELL: shell }, account, stop: HANG_UP, leave: null };
}

/**
 * The one instance that is meant: a number or name, or null where there is only one.
 * @throws SlipwayError `instance_unknown`, `usage` where it could be several
 */
export function oneOf(
  context: AppContext,
  { asked, units }: { asked: string | null; units: string[] },
): string {
  const [unit, ...others] = units;
  const label = asked === null ? context.id : `${context.id}/${asked}`;
  if (unit === undefined)
    throw new SlipwayError('instance_unknown', {
      message: `${label} has no instances or workers`,
      hint: 'a shell is opened on one of them',
    });
  if (others.length > 0)
    throw new SlipwayError('usage', {
      message: `${label} is several: ${units.map((each) => `${context.id}/${each}`).join(', ')}`,
      hint: 'a shell is opened on one of them',
      next: `slipway shell ${context.id}/${unit}`,
    });
  return unit;
}

/**
 * The directory of the release that `current` leads to now.
 * @throws SlipwayError `release_unknown` where there is nothing to stand in: no release yet, or its directory is gone
 */
export function requireRelease(context: AppContext, current: string): string {
  if (fs.existsSync(current)) return path.resolve(path.dirname(current), readLink(current) ?? current);
  throw new SlipwayError('release_unknown', {
    message: `${context.id} has no release at ${current}`,
    hint: 'a shell runs in the live release',
    next: `slipway deploy ${context.id}`,
  });
}

/** @throws SlipwayError `release_unknown`: there is nothing live that a command could run in */
export function noLiveRelease(context: AppContext): SlipwayError {
  return new SlipwayError('release_unknown', {
    message: `${context.id} has no live release`,
    hint: 'a command runs in the live release',
    next: `slipway deploy ${context.id}`,
  });
}

/** @throws SlipwayError `not_running` where it does not run */
export function requireRunning(context: AppContext, instances: Instances, unit: string): void {
  const instance = instances.get(unit);
  const name = instance?.stateName ?? 'stopped';
  if (name === 'ready' || name === 'unready' || (name === 'starting' && instance?.run)) return;
  const label = `${context.id}/${unit}`;
  throw new SlipwayError('not_running', {
    message: `${label} does not run: it is ${name} (${instance?.reason ?? 'not configured'})`,
    hint: 'a remote console is opened on a node that runs',
    next: instances.isStopped(unit) ? `slipway start ${label}` : `slipway logs ${label}`,
  });
}
