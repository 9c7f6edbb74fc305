import fs from 'node:fs';
import path from 'node:path';
import { HOOK_STOP, runOnce, type Skipped, type StepContext } from '../deployment/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { SiteContext } from './context.ts';
import { groupWritable } from './group-writable.ts';
import { hookEnvironment } from './hook-environment.ts';
import { directoryOf } from './release-directory.ts';

type SiteStep = StepContext & { context: SiteContext };

/** Errors: `hook_failed`; `start_failed` where the host has no composer. */
export async function runComposer(step: SiteStep): Promise<Skipped | void> {
  const directory = directoryOf(step);
  if (!fs.existsSync(path.join(directory, 'composer.json')))
    return { skipped: 'the release has no composer.json' };
  await runProgram(step, {
    program: 'composer',
    args: ['install', '--no-interaction', '--no-dev', '--prefer-dist', '--optimize-autoloader'],
    what: 'composer install',
    switch: 'auto_install_composer',
  });
}

/** Errors: `hook_failed`; `start_failed` where the host has no php. */
export async function runArtisan(step: SiteStep): Promise<Skipped | void> {
  const directory = directoryOf(step);
  if (!fs.existsSync(path.join(directory, 'artisan'))) return { skipped: 'the release has no artisan' };
  await runProgram(step, {
    program: 'php',
    args: ['artisan', 'migrate', '--force', '--no-interaction'],
    what: 'artisan migrate',
    switch: 'auto_artisan_migrations',
  });
}

async function runProgram(
  step: SiteStep,
  options: { program: string; args: string[]; what: string; switch: string },
): Promise<void> {
  const { context, deployment, position } = step;
  const { program, args, what } = options;
  const env = hookEnvironment(step, { hook: null, account: await context.account() });
  const file = findProgram(program, env.PATH ?? '');
  if (file === null)
    throw new SlipwayError('start_failed', {
      message: `${what}: this host has no ${program} in ${env.PATH ?? 'an empty PATH'}`,
      hint: 'what was live is as it was',
      next: `install ${program}, or set ${options.switch}: false`,
    });
  await runOnce(step, {
    unit: `hook-${deployment.id}-${position}`,
    what,
    argv: groupWritable(context.configuration, [file, ...args]),
    cwd: directoryOf(step),
    env,
    timeoutMs: context.configuration.hooks.timeoutMs,
    stop: HOOK_STOP,
    code: 'hook_failed',
    hint: 'what was live is as it was',
  });
}

function findProgram(program: string, searchPath: string): string | null {
  for (const folder of searchPath.split(':')) {
    const file = path.join(folder, program);
    if (path.isAbsolute(file) && isExecutable(file)) return file;
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
