import fs from 'node:fs';
import path from 'node:path';
import {
  closing,
  type ErrorCode,
  formatDuration,
  messageOf,
  SlipwayError,
  withDeadline,
} from '../kernel/index.ts';
import {
  ageMs,
  describeExit,
  NO_LIMITS,
  type ProcessStat,
  type Run,
  type RunExit,
  type StopSettings,
} from '../supervisor/index.ts';
import { AgentEnds } from './agent-ends.ts';
import type { AppContext } from './context.ts';
import type { StepContext } from './procedure.ts';
import { followOutput, openOutput } from './run-output.ts';

export interface RunOnceOptions {
  /** `pre-<deployment>-<position>` or `hook-<deployment>-<position>`: what the next agent finds it by. */
  unit: string;
  /** What a person calls it: `hook before.deploy`. */
  what: string;
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** How it is ended where it takes too long, and what it has left behind where it ended by itself. */
  stop: StopSettings;
  /** It runs as the agent's own user, not as the app's. */
  asAgent?: boolean;
  /** The code of its failure. */
  code: ErrorCode;
  hint?: string;
}

export const HOOK_STOP = { signal: 'SIGTERM', graceMs: 10_000, to: null } as const;

type OnceStep = StepContext & { context: AppContext };

/** Children that end with their parent, as a `tee` does, get so long to do so. */
const SETTLE_MS = 1000;
const NAMES_SHOWN = 5;

/**
 * Runs a command once, as the app's user, and tells what it prints meanwhile. It runs under a holder like an instance: it
 * outlives the agent, and the next agent finds it, or how it ended, instead of running it a second time. Nothing that it
 * started is left when this resolves or rejects.
 * Errors: `code` where it ends otherwise than with status 0, or is not done in time; `start_failed`; the signal's reason.
 */
export async function runOnce(step: OnceStep, options: RunOnceOptions): Promise<void> {
  const { context, release, signal } = step;
  const say = (line: string) => step.say(line);
  const found = (await context.runs.found()).find(
    ({ run }) => run.app === context.id && run.unit === options.unit && run.release === release.number,
  );
  signal.throwIfAborted();
  if (found) say('... found again: it was begun before the agent ended');
  const run = found?.run ?? (await launch(step, options));
  const over = new AbortController();
  const file = outputFile(context, options.unit);
  const output = followOutput({ file, clock: context.clock, step, over: over.signal }).catch(
    (error: unknown) => say(`... its output cannot be read: ${messageOf(error)}`),
  );
  let ending: Ending;
  try {
    ending = await untilEnded(step, run, options);
  } finally {
    over.abort(signal.reason);
    await output;
  }
  const { failure, left } = ending;
  if (left.length > 0) say(`... ${describeLeft(left)}`);
  if (failure === null) return;
  throw new SlipwayError(options.code, {
    message: `${options.what} ${failure}`,
    ...(options.hint === undefined ? {} : { hint: options.hint }),
    next: `slipway show ${step.deployment.id}`,
  });
}

async function launch(step: OnceStep, options: RunOnceOptions): Promise<Run> {
  const { unit, argv, cwd, env, asAgent = false } = options;
  const { context, release, signal } = step;
  const account = asAgent ? null : await context.account();
  await context.runs.containment.inPlace();
  signal.throwIfAborted();
  const fd = openOutput(outputFile(context, unit), account);
  using _ = closing(fd);
  return await context.runs.launch(
    { app: context.id, unit, release: release.number, generation: 0 },
    { argv, cwd, env, account, limits: NO_LIMITS, stdoutFd: fd, stderrFd: fd },
  );
}

interface Ending {
  /** Null where it ended with status 0. */
  failure: string | null;
  /** What it had left behind. */
  left: ProcessStat[];
}

async function untilEnded(
  { context, signal }: OnceStep,
  run: Run,
  { timeoutMs, stop }: RunOnceOptions,
): Promise<Ending> {
  const { clock, runs } = context;
  const exited = new Promise<RunExit>((resolve) => runs.exits.watch(run, resolve));
  try {
    const exit = await withDeadline({ ms: timeoutMs - ageMs(run), clock, signal }, () => exited);
    if (exit !== 'late') {
      const left = await endLeftOvers(context, run, stop);
      return { left, failure: exit.status === 0 ? null : `ended with ${describeExit(exit)}` };
    }
    await runs.end(run, { stop, exited });
    return { left: [], failure: `took longer than ${formatDuration(timeoutMs)} and was ended` };
  } catch (error) {
    if (signal.aborted && !(signal.reason instanceof AgentEnds)) await runs.end(run, { stop, exited });
    throw error;
  }
}

async function endLeftOvers(
  { runs, clock }: AppContext,
  run: Run,
  stop: RunOnceOptions['stop'],
): Promise<ProcessStat[]> {
  const processes = runs.processes(run);
  const settled = await withDeadline({ ms: SETTLE_MS, clock }, (signal) =>
    processes.untilEmpty({ clock, signal }),
  );
  if (settled !== 'late') return [];
  const left = processes.list();
  await runs.end(run, { stop });
  return left;
}

function describeLeft(left: readonly ProcessStat[]): string {
  // A process gives itself its name.
  const names = new Set(left.map(({ command }) => command.replace(/[^ -~]/g, '?')));
  const shown = [...names].slice(0, NAMES_SHOWN).join(', ');
  return `ended ${left.length} ${left.length === 1 ? 'process' : 'processes'} that it left behind: ${shown}`;
}

const UNIT = /^(?:pre|hook|reload)-(\d+)-\d+$/;

/**
 * Nobody asks any more how the commands of a deployment ended, once it has ended itself, nor those of the deployments
 * before. One that runs still is ended: its agent died between the end of the deployment and its own.
 */
export async function forgetRunOnce(context: AppContext, deployment: number): Promise<void> {
  const { runs, id } = context;
  for (const { run } of await runs.found()) {
    const of = UNIT.exec(run.unit)?.[1];
    if (run.app !== id || of === undefined || Number(of) > deployment) continue;
    await runs.end(run, { stop: HOOK_STOP });
    runs.forget(run.id);
    fs.rmSync(outputFile(context, run.unit), { force: true });
  }
}

/** When an agent starts: of all deployments but the one that goes on. */
export async function sweepRunOnce(context: AppContext): Promise<void> {
  const { journal, key } = context;
  const running = journal.tables.openDeployments(key).find(({ state }) => state === 'running');
  await forgetRunOnce(context, running ? running.id - 1 : Number.POSITIVE_INFINITY);
}

function outputFile({ dataDirectory, id }: AppContext, unit: string): string {
  return path.join(dataDirectory, 'output', `${id}.${unit}`);
}
