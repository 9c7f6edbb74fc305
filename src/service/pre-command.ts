import { runOnce } from '../deployment/index.ts';
import { environmentOf, preCommandArgv } from './launch.ts';
import type { ServiceStep } from './steps.ts';

/** Runs a pre-command once, from the new release. */
export async function runPreCommand(step: ServiceStep): Promise<void> {
  const { context, deployment, position, release } = step;
  const command = step.step.argument ?? '';
  await runOnce(step, {
    unit: `pre-${deployment.id}-${position}`,
    what: `pre-command "${command}"`,
    argv: preCommandArgv(context, release, command),
    cwd: context.layout.releaseDirectory(release.number, release.version),
    env: environmentOf(context, await context.account(), null),
    timeoutMs: context.configuration.preCommandTimeoutMs,
    stop: context.configuration.stop,
    code: 'pre_command_failed',
    hint: 'no instance was touched',
  });
}
