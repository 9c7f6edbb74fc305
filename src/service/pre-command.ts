import { runOnce } from '../deployment/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { SlipwayError, splitCommand } from '../kernel/index.ts';
import type { ServiceContext, ServiceStep } from './context.ts';
import { environmentOf } from './launch.ts';
import { releaseScript } from './script.ts';

const LEFT = 'no instance was touched';

/** Runs a pre-command once, from the new release. */
export async function runPreCommand(step: ServiceStep, command: string): Promise<void> {
  const { context, deployment, position, release } = step;
  await runOnce(step, {
    unit: `pre-${deployment.id}-${position}`,
    what: `pre-command "${command}"`,
    argv: preCommandArgv(context, { release, command }),
    cwd: context.layout.releaseDirectory(release.number, release.version),
    env: environmentOf(context, await context.account(), 'pre'),
    timeoutMs: context.configuration.preCommandTimeoutMs,
    stop: context.configuration.stop,
    code: 'pre_command_failed',
    hint: LEFT,
  });
}

/**
 * Arguments of the release's own script, or a command of a `command` runtime.
 * @throws SlipwayError `pre_command_failed` where only a shell would understand it
 */
export function preCommandArgv(
  { configuration, layout }: Pick<ServiceContext, 'configuration' | 'layout'>,
  { release, command }: { release: Pick<ReleaseRow, 'number' | 'version'>; command: string },
): string[] {
  if (configuration.runtime === 'command') return wordsOf(command);
  // `eval` takes the rest as one expression, blanks and all, as the release's own script would get it quoted.
  const expression = /^eval\s+(.*)$/s.exec(command.trim())?.[1];
  const args = expression === undefined ? wordsOf(command) : ['eval', expression];
  const directory = layout.releaseDirectory(release.number, release.version);
  return [releaseScript(configuration, directory), ...args];
}

function wordsOf(command: string): string[] {
  const split = splitCommand(command);
  if ('argv' in split) return split.argv;
  throw new SlipwayError('pre_command_failed', {
    message: `pre-command "${command}" ${split.problem}`,
    hint: `put it into single quotes; ${LEFT}`,
  });
}
