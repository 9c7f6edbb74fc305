import { type Clock, withDeadline } from '../kernel/index.ts';
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
  const signalled = new Signalled(stop.signal);
  if (main !== null && signalledBeforeMs !== null) signalled.skip(main);
  const ms = Math.max(0, stop.graceMs - (signalledBeforeMs ?? 0));
  const ended = await withDeadline({ ms, clock }, async (signal) => {
    if (main !== null && stop.to !== 'all') await signalMain({ ...options, main, signalled, signal });
    // Twice, for what was just being started by one of them.
    for (let look = 0; look < 2; look++) signalled.send(processes.list());
    await processes.untilEmpty({ clock, signal });
  });
  if (ended === 'late') await killAll(processes, clock);
}

/** Resolves when the main process has ended. */
async function signalMain(options: {
  main: ProcessIdentity;
  exited: Promise<unknown>;
  signalled: Signalled;
  processes: RunProcesses;
  stop: StopSettings;
  signal: AbortSignal;
  clock: Clock;
}): Promise<void> {
  const { main, exited, signalled, processes, signal, clock } = options;
  const forwards = options.stop.to === 'main' || !isShell(main.pid);
  signalled.send([main]);
  if (!forwards) {
    const ms = SHELL_FORWARDS_NOTHING_AFTER_MS;
    if ((await withDeadline({ ms, clock, signal }, () => exited)) === 'late')
      signalled.send(processes.list());
  }
  await exited;
  signal.throwIfAborted();
}

async function killAll(processes: RunProcesses, clock: Clock): Promise<void> {
  const empty = (signal: AbortSignal) => processes.untilEmpty({ clock, signal });
  do processes.kill();
  while (
    // Killed, a process may yet have to finish what the kernel does for it.
    (await withDeadline({ ms: KILL_AGAIN_MS, clock }, empty)) === 'late'
  );
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
