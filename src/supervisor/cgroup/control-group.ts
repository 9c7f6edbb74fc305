import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, onAbort, withSpareDescriptor } from '../../kernel/index.ts';

/** A missed event costs so long at most. */
const LOOK_MS = 500;

/**
 * One control group (Linux, Documentation/admin-guide/cgroup-v2.rst): what is started in it stays in it, with all that it
 * starts, whatever it does to its environment, session or parent. Only root gets a process in or out.
 */
export class ControlGroup {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get name(): string {
    return path.basename(this.directory);
  }

  exists(): boolean {
    return fs.existsSync(this.directory);
  }

  /** It may be there already. */
  make(): void {
    fs.mkdirSync(this.directory, { recursive: true });
  }

  /** Pids of its processes, and of those in groups that were made below it. Empty where it is not there. */
  pids(): number[] {
    const own = this.read('cgroup.procs').split('\n').filter(Boolean).map(Number);
    // A process of another pid namespace is told as 0.
    return [...own.filter((pid) => pid > 0), ...this.children().flatMap((child) => child.pids())];
  }

  /** Whether a process is in the group itself. */
  holdsProcess(): boolean {
    return this.read('cgroup.procs') !== '';
  }

  /** Whether a process lives in it or below it. */
  isPopulated(): boolean {
    return /^populated 1$/m.test(this.read('cgroup.events'));
  }

  /** Resolves when its last process has ended; rejects with the signal's reason. */
  async untilEmpty(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.isPopulated()) return;
    const empty = Promise.withResolvers<void>();
    const look = () => {
      if (!this.isPopulated()) empty.resolve();
    };
    // Watched first, then read: what happens in between is seen by one of the two.
    const unwatch = this.watchEvents(look);
    const timer = setInterval(look, LOOK_MS);
    const forget = onAbort(signal, empty.reject);
    try {
      look();
      await empty.promise;
    } finally {
      unwatch();
      clearInterval(timer);
      forget();
    }
  }

  /** Moves a process into it, with nothing of what it has started. False where the process is gone. */
  take(pid: number): boolean {
    try {
      fs.writeFileSync(path.join(this.directory, 'cgroup.procs'), String(pid));
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ESRCH') return false;
      throw error;
    }
  }

  /** SIGKILL to all that is in it and below it, at once: what forks meanwhile is killed, too. */
  kill(): void {
    if (this.killAtOnce()) return;
    for (const pid of this.pids())
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in between.
      }
  }

  /** Takes the empty group away. One with a process in it stays, and one that cannot be removed: it does no harm. */
  remove(): void {
    try {
      for (const child of this.children()) child.remove();
      fs.rmdirSync(this.directory);
    } catch {
      // The next agent sweeps it.
    }
  }

  children(): ControlGroup[] {
    try {
      return withSpareDescriptor(() => fs.readdirSync(this.directory, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => new ControlGroup(path.join(this.directory, name)));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** The text of one of its files; empty where there is none. */
  read(file: string): string {
    try {
      return withSpareDescriptor(() => fs.readFileSync(path.join(this.directory, file), 'latin1'));
    } catch (error) {
      if (['ENOENT', 'ENODEV', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) return '';
      throw error;
    }
  }

  write(file: string, text: string): void {
    fs.writeFileSync(path.join(this.directory, file), text);
  }

  /** Linux 5.14 and later. */
  private killAtOnce(): boolean {
    const file = path.join(this.directory, 'cgroup.kill');
    if (!fs.existsSync(file)) return false;
    try {
      fs.writeFileSync(file, '1');
      return true;
    } catch (error) {
      // Removed in between: nothing is left in it.
      return ['ENOENT', 'ENODEV'].includes(errnoOf(error) ?? '');
    }
  }

  private watchEvents(look: () => void): () => void {
    try {
      const watcher = fs.watch(path.join(this.directory, 'cgroup.events'), look);
      watcher.on('error', () => undefined);
      return () => watcher.close();
    } catch {
      // No watch is to be had (EMFILE, ENOSPC), or the group is gone: the timer sees it.
      return () => undefined;
    }
  }
}

/** Path of the group that a process is in, below the root of the hierarchy; null where it is gone, or that cannot be told. */
export function groupPathOf(pid: number): string | null {
  try {
    return /^0::(\/.*)$/m.exec(fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}
