import type { AppKey, RunRow } from '../../journal/index.ts';
import { redact } from '../../kernel/index.ts';
import { describeExit, isInstance, type Run, type RunExit } from '../../supervisor/index.ts';

/** A command that runs, or is being started. */
export interface CronRun {
  name: string;
  /** The number of the release that it runs in. */
  release: number;
  /** Null until it is started. */
  run: Run | null;
  timeoutMs: number;
  /** Why it was started where that was not just its time; for a person. */
  why: string | null;
  /** Why it was ended, where it did not end by itself. */
  endedFor: { reason: string; isFailure: boolean } | null;
  /** Times at which it was due and not started again. */
  skipped: number;
  /** Gives its last lines on stderr; none where an earlier agent started it. */
  stderr: () => string[];
  /** Resolves when its command has ended, and that is recorded, or when it could not be started. */
  over: PromiseWithResolvers<void>;
  cancelLimit: () => void;
}

export const cronUnit = (name: string) => `cron-${name}`;

/** Name of the entry; null where the unit is none of cron. */
export function entryOf(unit: string): string | null {
  // A worker may be called so, too.
  return unit.startsWith('cron-') && !isInstance(unit) ? unit.slice('cron-'.length) : null;
}

export function cronRun(known: Pick<CronRun, 'name' | 'release' | 'run' | 'timeoutMs' | 'why'>): CronRun {
  return {
    ...known,
    endedFor: null,
    skipped: 0,
    stderr: () => [],
    over: Promise.withResolvers(),
    cancelLimit: () => undefined,
  };
}

export function startedRow(key: AppKey, run: Run, why: string | null): RunRow {
  return {
    id: run.id,
    ...key,
    unit: run.unit,
    release: run.release,
    kind: run.kind,
    pid: run.pid,
    startedAt: run.startedAt,
    endedAt: null,
    status: null,
    signal: null,
    reason: why,
    unexpected: null,
    stderr: null,
  };
}

export function endedRow(key: AppKey, options: { going: CronRun; run: Run; exit: RunExit }): RunRow {
  const { going, run, exit } = options;
  const failed = going.endedFor?.isFailure ?? exit.status !== 0;
  const stderr = failed ? going.stderr() : [];
  const lastWords = stderr.findLast((line) => line.trim() !== '')?.trim();
  const reasons = [
    going.why,
    going.endedFor?.reason ?? describeExit(exit),
    lastWords === undefined ? null : `on stderr: ${lastWords.slice(0, 200)}`,
    going.skipped === 0 ? null : `due ${going.skipped} more times while it ran, and not started again`,
  ];
  return {
    ...startedRow(key, run, null),
    endedAt: Math.round(exit.at),
    status: exit.status,
    signal: exit.signal,
    reason: redact(reasons.filter((reason) => reason !== null).join('; ')),
    unexpected: failed,
    stderr,
  };
}

/** The row of a run that never was: it has no process. */
export function notStartedRow(
  key: AppKey,
  options: { going: CronRun; appId: string; at: number; error: string },
): RunRow {
  const { going, appId, at, error } = options;
  const unit = cronUnit(going.name);
  return {
    ...{
      id: `${appId}.${unit}.not-started.${at}`,
      ...key,
      unit,
      release: going.release,
      kind: 'full',
      pid: 0,
    },
    ...{ startedAt: at, endedAt: at, status: null, signal: null, unexpected: true, stderr: null },
    reason: redact([...(going.why === null ? [] : [going.why]), `not started: ${error}`].join('; ')),
  };
}
