import fs from 'node:fs';
import { errnoOf } from './errors.ts';
import { Event } from './events.ts';

/** How late something is seen where the kernel cannot tell of it. */
const LOOK_MS = 250;
/** inotify_init(2), inotify_add_watch(2): a user, or the kernel, has no more of them. */
const EXHAUSTED = ['EMFILE', 'ENFILE', 'ENOSPC', 'ENOMEM'];

/** Why folders are looked at from time to time, in words, once until it is over; null then. */
export const watchTrouble = new Event<string | null>();
/** What cannot be watched now. */
const troubled = new Set<object>();

/** Whether an error of fs.watch says that this host has no watches left, and not something about the folder. */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.includes(errnoOf(error) ?? '');
}

/** Tells that `who` cannot watch, and looks instead; once for all of them. */
export function tellUnwatched(who: object, error: unknown): void {
  const isTold = troubled.size > 0;
  troubled.add(who);
  if (isTold) return;
  watchTrouble.emit(
    `folders cannot be watched (${errnoOf(error)}), so they are looked at from time to time, and changes are seen later; see: sysctl fs.inotify`,
  );
}

/** Tells, where it was the last one, that all can be watched again. */
export function tellWatched(who: object): void {
  if (troubled.delete(who) && troubled.size === 0) watchTrouble.emit(null);
}

/**
 * Tells names in a folder that have appeared or were written to; maybe others, too. Where the kernel has no watches left it
 * tells all names every now and then, until it has: whatever else goes on must not end for that.
 */
export class FolderWatch {
  private readonly directory: string;
  private readonly onName: (name: string) => void;
  private watcher: fs.FSWatcher | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** Throws where there is no such folder. */
  constructor(directory: string, onName: (name: string) => void) {
    this.directory = directory;
    this.onName = onName;
    this.watch();
  }

  close(): void {
    this.watcher?.close();
    if (this.timer) clearInterval(this.timer);
    tellWatched(this);
  }

  private watch(): void {
    try {
      this.watcher = fs.watch(this.directory, (_event, name) => {
        if (name !== null) this.onName(name);
      });
    } catch (error) {
      if (!isExhausted(error)) throw error;
      return this.pollInstead(error);
    }
    this.watcher.on('error', (error) => this.pollInstead(error));
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    tellWatched(this);
  }

  private pollInstead(error: unknown): void {
    this.watcher?.close();
    this.watcher = null;
    tellUnwatched(this, error);
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  private look(): void {
    try {
      this.watch();
      // Some may have come between the last look and the watch.
      for (const name of fs.readdirSync(this.directory)) this.onName(name);
    } catch {
      // Gone, or the process has no descriptors left: the next look may find more.
    }
  }
}
