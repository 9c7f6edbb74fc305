import { type Clock, sleep } from '../kernel/index.ts';
import type { ProcessStat } from './proc.ts';
import { isShell, type ProcessIdentity, type RunProcesses, send } from './run-processes.ts';

export interface StopSettings {
  signal: NodeJS.Signals;
  graceMs: number;
  /**
   * Who gets the signal first. `main`: the main process alone. `all`: everything at once. Null: the main process; where
   * that is a shell, which forwards nothing, the others a second later.
   */
  to: 'main' | 'all' | null;
}

/** A main process that forwards the signal does so at once. */
const SHELL_FORWARDS_NOTHING_AFTER_MS = 1000;
const KILL_AGAIN_MS = 200;

/**
 * Ends a run: signal, grace, KILL of all that is left. No process gets the signal twice, for to many programs a second one
 * says that they are to drop what they do. What the main process leaves when it has ended gets it then.
 * Resolves when nothing is left.
 */
export async function endRun(options: {
  processes: RunProcesses;
  /** Null where it has ended already. */
  main: ProcessIdentity | null;
  /** Resolves when the main process has ended. */
  exited: Promise<unknown>;
  stop: StopSettings;
  /** How long ago the main process got the signal, where it has got it already. */
  signalledBeforeMs: number | null;
  clock: Clock;
}): Promise<void> {
  const { processes, main, stop, clock, signalledBeforeMs } = options;
  const over = new AbortController();
  const late = Promise.withResolvers<'late'>();
  const graceMs = Math.max(0, stop.graceMs - (signalledBeforeMs ?? 0));
  const cancelLate = clock.after(graceMs, () => late.resolve('late'));
  const signalled = new Signalled(stop.signal);
  if (main !== null && signalledBeforeMs !== null) signalled.skip(main);
  try {
    if (main !== null && stop.to !== 'all') {
      const exited = options.exited.then(() => 'exited' as const);
      if ((await signalMain({ ...options, main, exited, late: late.promise, signalled })) === 'late')
        return await killAll(processes, clock);
    }
    // Twice, for what was just being started by one of them.
    for (let look = 0; look < 2; look++) signalled.send(processes.list());
    const empty = processes.untilEmpty({ clock, signal: over.signal }).then(() => 'empty' as const);
    if ((await Promise.race([empty, late.promise])) === 'empty') return;
    over.abort();
    await empty.catch(() => undefined);
    await killAll(processes, clock);
  } finally {
    cancelLate();
    over.abort();
  }
}

async function signalMain(options: {
  main: ProcessIdentity;
  exited: Promise<'exited'>;
  late: Promise<'late'>;
  signalled: Signalled;
  processes: RunProcesses;
  stop: StopSettings;
  clock: Clock;
}): Promise<'exited' | 'late'> {
  const { main, exited, late, signalled, processes, clock } = options;
  const forwards = options.stop.to === 'main' || !isShell(main.pid);
  signalled.send([main]);
  if (forwards) return await Promise.race([exited, late]);
  const over = new AbortController();
  const waited = sleep(SHELL_FORWARDS_NOTHING_AFTER_MS, { clock, signal: over.signal }).then(
    () => 'waited' as const,
    () => 'waited' as const,
  );
  const first = await Promise.race([exited, late, waited]);
  over.abort();
  if (first !== 'waited') return first;
  signalled.send(processes.list());
  return await Promise.race([exited, late]);
}

async function killAll(processes: RunProcesses, clock: Clock): Promise<void> {
  for (;;) {
    processes.kill();
    // Killed, a process may yet have to finish what the kernel does for it.
    const again = new AbortController();
    const cancel = clock.after(KILL_AGAIN_MS, () => again.abort());
    try {
      return await processes.untilEmpty({ clock, signal: again.signal });
    } catch (error) {
      if (!again.signal.aborted) throw error;
    } finally {
      cancel();
    }
  }
}

/** Who has got the signal: nobody gets it twice. */
class Signalled {
  private readonly signal: NodeJS.Signals;
  private readonly known = new Set<string>();

  constructor(signal: NodeJS.Signals) {
    this.signal = signal;
  }

  /** Counts it for one that has got it. */
  skip({ pid, startTicks }: ProcessIdentity): void {
    this.known.add(`${pid}:${startTicks}`);
  }

  send(targets: readonly (ProcessIdentity | ProcessStat)[]): void {
    for (const target of targets) {
      const key = `${target.pid}:${target.startTicks}`;
      if (!this.known.has(key)) send(target, this.signal);
      this.known.add(key);
    }
  }
}
