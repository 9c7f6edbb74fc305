import fs from 'node:fs';
import path from 'node:path';
import { HOOK_STOP, runOnce, type StepContext } from '../deployment/index.ts';
import { errnoOf, SlipwayError } from '../kernel/index.ts';
import type { SiteContext } from './context.ts';
import { groupWritable } from './group-writable.ts';
import { hookEnvironment } from './hook-environment.ts';
import { hasWindowsLineEnds, UNIX_LINE_ENDS } from './line-ends.ts';

const BASH = '/bin/bash';
const FOLDERS = ['.slipway', '.amezmo'];
/** Around a changed .env nobody waits for long. */
const CONFIG_TIMEOUT_MS = 15_000;

export interface HookOptions {
  /** The name of its file: `before.pull`, `rollback/before`. */
  name: string;
  /** The release whose copy runs, and in which it runs. */
  directory: string;
  timeoutMs: number;
}

/**
 * Runs a hook where the release has it.
 * Errors: `hook_failed` where it ends otherwise than with status 0, is not done in time, or is a link out of the release.
 */
export async function runHook(
  step: StepContext & { context: SiteContext },
  { name, directory, timeoutMs }: HookOptions,
): Promise<'ran' | 'none'> {
  const { context, deployment, position, say } = step;
  const { environment } = context.configuration;
  const file = findHook({ directory, environment, name });
  if (file === null) return 'none';
  say(path.relative(directory, file));
  const crlf = hasWindowsLineEnds(file)
    ? `${path.relative(directory, file)} has Windows line ends (CRLF), and bash takes the CR for part of each command`
    : null;
  if (crlf !== null) say(`${crlf}; next: ${UNIX_LINE_ENDS}`);
  await runOnce(step, {
    unit: `hook-${deployment.id}-${position}`,
    what: `hook ${name}`,
    argv: groupWritable(context.configuration, [BASH, file]),
    cwd: directory,
    env: hookEnvironment(step, { hook: name, account: await context.account(), runsIn: directory }),
    timeoutMs: name.startsWith('config/') ? Math.min(timeoutMs, CONFIG_TIMEOUT_MS) : timeoutMs,
    stop: HOOK_STOP,
    code: 'hook_failed',
  }).catch((error: unknown) => {
    if (crlf === null || !(error instanceof SlipwayError)) throw error;
    throw new SlipwayError(error.code, { message: `${error.message}: ${crlf}`, next: UNIX_LINE_ENDS });
  });
  return 'ran';
}

/**
 * The file of a hook, or null where the release has none: `.slipway` goes before `.amezmo`, and what is for this
 * environment alone before the general one.
 * @throws SlipwayError `hook_failed` where it is a link that leads out of the release, or nowhere
 */
export function findHook(options: { directory: string; environment: string; name: string }): string | null {
  const { directory, environment, name } = options;
  for (const hookPath of hookPaths(environment, name)) {
    const file = path.join(directory, hookPath);
    if (isHook(directory, file)) return file;
  }
  return null;
}

/** Where in a release the hook may be, best first. */
export function hookPaths(environment: string, name: string): string[] {
  return FOLDERS.flatMap((folder) => [path.join(folder, environment, name), path.join(folder, name)]);
}

function isHook(directory: string, file: string): boolean {
  if (!isThere(file)) return false;
  const real = realPath(file);
  const root = `${fs.realpathSync(directory)}/`;
  if (real?.startsWith(root)) return fs.statSync(real).isFile();
  throw new SlipwayError('hook_failed', {
    message: `${path.relative(directory, file)} is a link ${real === null ? 'that leads nowhere' : `out of the release, to ${real}`}`,
    hint: 'it was not run: a hook is a file of the release',
  });
}

function isThere(file: string): boolean {
  try {
    fs.lstatSync(file);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

function realPath(file: string): string | null {
  try {
    return fs.realpathSync(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}
