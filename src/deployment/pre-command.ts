import fs from 'node:fs';
import path from 'node:path';
import { formatDuration, redact, SlipwayError, sleep } from '../kernel/index.ts';
import {
  describeExit,
  endProcesses,
  openLog,
  processesOf,
  type Run,
  type RunExit,
} from '../supervisor/index.ts';
import { environmentOf, preCommandArgv } from './launch.ts';
import type { StepContext } from './steps.ts';

const OUTPUT_MAX_BYTES = 256 * 1024;

/**
 * Runs a pre-command once, from the new release. It runs under a holder like an instance: it outlives the agent, and
 * the next agent finds it, or how it ended, instead of running it a second time.
 */
export async function runPreCommand(step: StepContext): Promise<void> {
  const { context, deployment, position, signal, say } = step;
  const unit = `pre-${deployment.id}-${position}`;
  const outputFile = path.join(context.dataDirectory, 'run', `${context.id}.${unit}.output`);
  const before = (await context.runs.found()).find(({ run }) => run.app === context.id && run.unit === unit);
  const run = before?.run ?? (await start(step, unit, outputFile));
  if (before) say('found again: it was begun before the agent ended');
  const exit = before?.exit ?? (await ended(step, run, signal));
  for (const line of readOutput(outputFile)) say(line);
  if (exit.status === 0) return;
  throw new SlipwayError('pre_command_failed', {
    message: `pre-command "${step.step.argument}" ended with ${describeExit(exit)}`,
    hint: 'no instance was touched',
    next: `slipway show ${deployment.id}`,
  });
}

/** Once the deployment has ended, nobody asks any more how its pre-commands ended. */
export async function forgetPreCommands(step: Pick<StepContext, 'context' | 'deployment'>): Promise<void> {
  const { context, deployment } = step;
  for (const { run, exit } of await context.runs.found())
    if (exit && run.app === context.id && run.unit.startsWith(`pre-${deployment.id}-`)) {
      context.runs.forget(run.id);
      fs.rmSync(path.join(context.dataDirectory, 'run', `${context.id}.${run.unit}.output`), { force: true });
    }
}

async function start(
  { context, release, step }: StepContext,
  unit: string,
  outputFile: string,
): Promise<Run> {
  const account = await context.account();
  const fd = openLog(outputFile);
  try {
    return await context.runs.launch(
      { app: context.id, unit, release: release.number, generation: 0 },
      {
        argv: preCommandArgv(context, release, step.argument ?? ''),
        cwd: context.layout.releaseDirectory(release.number, release.version),
        account,
        stdoutFd: fd,
        stderrFd: fd,
        env: environmentOf(context, account, null),
      },
    );
  } finally {
    fs.closeSync(fd);
  }
}

async function ended({ context, step }: StepContext, run: Run, signal: AbortSignal): Promise<RunExit> {
  const { clock, runs, configuration } = context;
  const over = new AbortController();
  const exited = new Promise<RunExit>((resolve) => runs.watch(run, resolve));
  const late = sleep(configuration.preCommandTimeoutMs, {
    clock,
    signal: AbortSignal.any([signal, over.signal]),
  });
  try {
    const first = await Promise.race([exited, late]);
    if (first) return first;
    await end();
    throw new SlipwayError('pre_command_failed', {
      message: `pre-command "${step.argument}" took longer than ${formatDuration(configuration.preCommandTimeoutMs)} and was ended`,
      hint: 'no instance was touched',
    });
  } catch (error) {
    if (signal.aborted) await end();
    throw error;
  } finally {
    over.abort();
    late.catch(() => undefined);
  }

  async function end(): Promise<void> {
    const find = () => processesOf(runs.runPath(run.id), run.pid);
    await endProcesses({ find, ...configuration.stop, clock });
    await exited;
  }
}

function readOutput(file: string): string[] {
  let text: string;
  try {
    const { size } = fs.statSync(file);
    const buffer = Buffer.alloc(Math.min(size, OUTPUT_MAX_BYTES));
    const fd = fs.openSync(file, 'r');
    fs.readSync(fd, buffer, 0, buffer.length, Math.max(0, size - buffer.length));
    fs.closeSync(fd);
    text = buffer.toString();
    if (size > buffer.length) text = `... (${size - buffer.length} bytes before this are left out)\n${text}`;
  } catch {
    return [];
  }
  return redact(text)
    .split('\n')
    .filter((line, index, all) => line !== '' || index < all.length - 1);
}
