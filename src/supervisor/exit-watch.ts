import type { Holders } from './holders.ts';
import { isAlive } from './proc.ts';
import type { Run, RunExit } from './run.ts';
import { type RunFolder, signalName } from './run-folder.ts';

/** The end of a run without a holder is seen by looking alone. */
const LOOK_MS = 1000;
/** The holder of an adopted run is no child of ours: whether it still lives is looked at, seldom. */
const SELDOM_LOOK_MS = 10_000;
const EXIT_WRITTEN_WITHIN_MS = 1000;

interface Watched {
  run: Run;
  onExit: (exit: RunExit) => void;
  /** `ours`: a child of this process, whose end is an event. */
  holder: 'ours' | 'other' | 'gone';
  /** Runs from when the app was gone and its holder had not written how. */
  overdue?: NodeJS.Timeout;
}

interface ExitWatchOptions {
  folder: RunFolder;
  holders: Holders;
  /** A run has ended with its holder, or without one, and nobody knows how. */
  onUnknownExit: () => void;
}

/** Sees how runs end: by what their holders write, or by looking where there is no holder. */
export class ExitWatch {
  private readonly options: ExitWatchOptions;
  private readonly watched = new Map<string, Watched>();
  private timer: NodeJS.Timeout | null = null;
  private lookMs: number | null = null;

  constructor(options: ExitWatchOptions) {
    this.options = options;
  }

  close(): void {
    if (this.timer) clearInterval(this.timer);
    this.watched.clear();
  }

  /** Calls `onExit` once when the run has ended, which may be at once. */
  watch(run: Run, onExit: (exit: RunExit) => void): void {
    const { holders } = this.options;
    const holder = holders.isOwn(run.id) ? 'ours' : holders.lives(run.id) ? 'other' : 'gone';
    this.watched.set(run.id, { run, onExit, holder });
    this.examine(run.id);
    this.schedule();
  }

  unwatch(id: string): void {
    clearTimeout(this.watched.get(id)?.overdue);
    this.watched.delete(id);
  }

  /** Resolves when the run has ended; who watches it already is told as well. */
  async untilExit(run: Run): Promise<void> {
    const before = this.watched.get(run.id);
    await new Promise<void>((resolve) => {
      this.watch(run, (exit) => {
        before?.onExit(exit);
        resolve();
      });
    });
  }

  /** Looks how a run has ended, where it is watched. */
  examine(id: string, isOverdue = false): void {
    const watched = this.watched.get(id);
    if (!watched) return;
    const { folder, holders } = this.options;
    let exit = folder.exit(watched.run);
    if (!exit) return;
    if (isUnknown(exit) && !isOverdue) {
      // The app is gone a moment before its holder has written how.
      if (holders.lives(id)) {
        watched.overdue ??= setTimeout(() => this.examine(id, true), EXIT_WRITTEN_WITHIN_MS).unref();
        return;
      }
      // It may have ended between the two looks: then it has left the file.
      exit = folder.exit(watched.run) ?? exit;
    }
    this.tell(watched, exit);
  }

  /** The holder has ended: for there was no room to write how the app ended, or before it. */
  holderEnded(id: string, status: number | null): void {
    const watched = this.watched.get(id);
    if (!watched) return;
    watched.holder = 'gone';
    const exit = this.options.folder.exit(watched.run);
    if (!exit) return this.schedule();
    // A full disk leaves no exit file; the holder's own status still says most of it.
    if (!isUnknown(exit) || status === null) this.tell(watched, exit);
    else
      this.tell(watched, status > 128 ? { ...exit, signal: signalName(status - 128) } : { ...exit, status });
  }

  private tell({ run, onExit }: Watched, exit: RunExit): void {
    this.unwatch(run.id);
    if (isUnknown(exit)) this.options.onUnknownExit();
    onExit(exit);
  }

  /** No timer at all while every run has a holder that is our child. */
  private schedule(): void {
    const all = new Set([...this.watched.values()].map(({ holder }) => holder));
    const next = all.has('gone') ? LOOK_MS : all.has('other') ? SELDOM_LOOK_MS : null;
    if (next === this.lookMs) return;
    this.lookMs = next;
    if (this.timer) clearInterval(this.timer);
    this.timer = next === null ? null : setInterval(() => this.look(), next).unref();
  }

  private look(): void {
    for (const [id, watched] of this.watched) {
      if (watched.holder === 'other' && !this.options.holders.lives(id)) watched.holder = 'gone';
      if (watched.holder !== 'ours' && !isAlive(watched.run)) this.examine(id);
    }
    this.schedule();
  }
}

function isUnknown(exit: RunExit): boolean {
  return exit.status === null && exit.signal === null;
}
