import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runTool, SlipwayError, sleep, systemClock } from '../../kernel/index.ts';
import { TOOL_ENVIRONMENT } from '../tool-environment.ts';
import { ControlGroup } from './control-group.ts';

/** The apps of all agents of a host are in it. */
export const APPS_SCOPE = 'slipway-apps.scope';

/** What apps have at power-off, from SIGTERM on. */
const STOPPED_WITHIN_S = 20;
const ASK_TIMEOUT_MS = 5000;
const LOOK_MS = 20;
const STARTED_WITHIN_MS = 10_000;
/** What systemd says where a unit of that name is there, ended or not. */
const LOADED = /already loaded/;

/**
 * What is started later is stopped earlier: at power-off first the agent, then the apps, then what they need (a scope has no
 * such order by itself, and /srv would be unmounted while they drain).
 */
const ORDER = [
  'Before=slipway.service',
  'After=basic.target',
  'After=network.target',
  'After=remote-fs.target',
];

/** Where the process is that keeps the scope alive while no app runs. */
export const KEEPER_GROUP = 'holder';

/**
 * The keeper, $1: mount. It moves into a group of its own first: a group with controllers may have processes in its
 * leaves alone.
 */
const KEEPER = `group=$1$(sed -n s/^0:://p /proc/self/cgroup)/${KEEPER_GROUP}
mkdir -p "$group" && echo 0 >"$group/cgroup.procs" && exec setsid sleep infinity`;

/** A keeper for a scope that lives, but has lost its own. $1: its group. */
const SUCCESSOR = 'echo 0 >"$1/cgroup.procs" && exec setsid sleep infinity';

/** Whether systemd is what this host was booted with: sd_booted(3). */
export function isSystemdHost(): boolean {
  return fs.existsSync('/run/systemd/system');
}

/**
 * The directory of the delegated scope that the apps of this host live in, made where it is not there, or once it has
 * ended where it is being stopped. systemd leaves what is in it alone, whatever becomes of the agent's own unit.
 * @throws SlipwayError `start_failed`
 */
export async function appsScope(
  mount: string,
  untilMs = systemClock.monotonicMs() + STARTED_WITHIN_MS,
): Promise<{ directory: string; isNew: boolean }> {
  const before = await untilSettled(mount);
  if (before.state === 'kept') return { directory: before.directory, isNew: false };
  const keeper =
    before.state === 'active'
      ? start('/bin/sh', ['-c', SUCCESSOR, 'slipway-apps', path.join(before.directory, KEEPER_GROUP)])
      : start('systemd-run', [
          ...['--scope', '--quiet', '--collect', `--unit=${APPS_SCOPE}`, '--slice=slipway.slice'],
          ...[
            '--description=Apps that Slipway keeps running',
            '-p',
            'Delegate=yes',
            '-p',
            'TasksMax=infinity',
          ],
          ...['-p', `TimeoutStopSec=${STOPPED_WITHIN_S}`, ...ORDER.flatMap((each) => ['-p', each])],
          ...['--', '/bin/sh', '-c', KEEPER, 'slipway-apps', mount],
        ]);
  const began = systemClock.monotonicMs();
  for (;;) {
    const scope = await look(mount);
    if (scope.state === 'kept') {
      keeper.leave();
      return { directory: scope.directory, isNew: true };
    }
    const isLate = systemClock.monotonicMs() - began > STARTED_WITHIN_MS;
    const failure = keeper.failure();
    if (failure === null && !isLate) {
      await sleep(LOOK_MS);
      continue;
    }
    // One that has ended is loaded for a moment more.
    if (failure !== null && LOADED.test(failure) && systemClock.monotonicMs() < untilMs) {
      await sleep(LOOK_MS);
      return await appsScope(mount, untilMs);
    }
    throw new SlipwayError('start_failed', {
      message: `systemd did not make ${APPS_SCOPE}: ${failure ?? `it is not active after ${STARTED_WITHIN_MS / 1000} s`}`,
      next: `systemctl status ${APPS_SCOPE}`,
    });
  }
}

type Scope =
  | { state: 'gone' | 'stopping' }
  /** `kept`: with its keeper where it belongs. */
  | { state: 'active' | 'kept'; directory: string };

async function look(mount: string): Promise<Scope> {
  const argv = ['systemctl', 'show', '--property=ActiveState,ControlGroup', APPS_SCOPE] as const;
  const shown = await runTool(argv, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) }).catch(() => '');
  const state = /^ActiveState=(.*)$/m.exec(shown)?.[1];
  const group = /^ControlGroup=(\/.*)$/m.exec(shown)?.[1];
  if (state === 'deactivating') return { state: 'stopping' };
  if (state !== 'active' || group === undefined) return { state: 'gone' };
  const directory = path.join(mount, group);
  const isKept = new ControlGroup(path.join(directory, KEEPER_GROUP)).isPopulated();
  return { state: isKept ? 'kept' : 'active', directory };
}

/** Waits until the scope is not being stopped, nor its keeper on its way into its group. */
async function untilSettled(mount: string): Promise<Scope> {
  const began = systemClock.monotonicMs();
  for (;;) {
    const scope = await look(mount);
    const isOver = systemClock.monotonicMs() - began > (STOPPED_WITHIN_S + 10) * 1000;
    const moves = scope.state === 'active' && new ControlGroup(scope.directory).holdsProcess();
    if (isOver || (scope.state !== 'stopping' && !moves)) return scope;
    await sleep(LOOK_MS);
  }
}

function start(file: string, args: string[]): { failure: () => string | null; leave: () => void } {
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: TOOL_ENVIRONMENT,
    cwd: '/',
  });
  let failure: string | null = null;
  let stderr = '';
  // First: without descriptors there is no stderr.
  child.once('error', (error) => {
    failure = error.message;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk}`.slice(-1000);
  });
  child.once('exit', (status, signal) => {
    failure ??= stderr.trim() || `${file} ended with ${signal ?? `status ${status}`}`;
  });
  return {
    failure: () => failure,
    leave: () => {
      child.stderr?.destroy();
      child.unref();
    },
  };
}
