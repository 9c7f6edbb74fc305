import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SlipwayError, sleep } from '../../kernel/index.ts';
import { TOOL_ENVIRONMENT } from '../tool-environment.ts';

/** The apps of all agents of a host are in it. */
export const APPS_SCOPE = 'slipway-apps.scope';

const LOOK_MS = 20;
const STARTED_WITHIN_MS = 10_000;

/**
 * Keeps the scope alive while no app runs. It moves into a group of its own first: a group with controllers may have
 * processes in its leaves alone.
 */
const KEEPER = `group=$1$(sed -n s/^0:://p /proc/self/cgroup)
mkdir -p "$group/holder" && echo 0 >"$group/holder/cgroup.procs" && exec setsid sleep infinity`;

/** Whether systemd is what this host was booted with: sd_booted(3). */
export function isSystemdHost(): boolean {
  return fs.existsSync('/run/systemd/system');
}

/**
 * The directory of the delegated scope that the apps of this host live in, made where it is not there. systemd leaves what
 * is in it alone, whatever becomes of the agent's own unit. At power-off the agent is ended first, then the apps.
 * @throws SlipwayError `start_failed`
 */
export async function appsScope(mount: string): Promise<string> {
  const there = await activeScope(mount);
  if (there !== null) return there;
  let failure: string | null = null;
  const child = spawn(
    'systemd-run',
    [
      ...['--scope', '--quiet', '--collect', `--unit=${APPS_SCOPE}`, '--slice=slipway.slice'],
      ...['--description=Apps that Slipway keeps running', '-p', 'Delegate=yes', '-p', 'TimeoutStopSec=20'],
      ...['-p', 'Before=slipway.service', '--', '/bin/sh', '-c', KEEPER, 'slipway-apps', mount],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: TOOL_ENVIRONMENT, cwd: '/' },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk}`.slice(-1000);
  });
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', (status, signal) => {
    failure ??= stderr.trim() || `systemd-run ended with ${signal ?? `status ${status}`}`;
  });
  const began = performance.now();
  for (;;) {
    const scope = await activeScope(mount);
    if (scope !== null) break;
    if (failure !== null || performance.now() - began > STARTED_WITHIN_MS)
      throw new SlipwayError('start_failed', {
        message: `systemd did not make ${APPS_SCOPE}: ${failure ?? `it is not active after ${STARTED_WITHIN_MS / 1000} s`}`,
        next: `systemctl status ${APPS_SCOPE}`,
      });
    await sleep(LOOK_MS);
  }
  child.stderr.destroy();
  child.unref();
  return (await activeScope(mount)) ?? path.join(mount, 'slipway.slice', APPS_SCOPE);
}

/** Null while it is not there, or its keeper has not moved yet. */
async function activeScope(mount: string): Promise<string | null> {
  const args = ['show', '--property=ControlGroup', '--value', APPS_SCOPE];
  const group = await promisify(execFile)('systemctl', args, { env: TOOL_ENVIRONMENT, cwd: '/' }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  if (group === '') return null;
  const directory = path.join(mount, group);
  const isReady = fs.existsSync(path.join(directory, 'holder')) && !hasProcess(directory);
  return isReady ? directory : null;
}

function hasProcess(directory: string): boolean {
  try {
    return fs.readFileSync(path.join(directory, 'cgroup.procs'), 'latin1') !== '';
  } catch {
    return true;
  }
}
