import { isAlive, processStat } from './proc.ts';
import { type ProcessIdentity, send } from './run-processes.ts';

/** The holders of the runs that are known, by run. */
export class Holders {
  /** Children of this process. */
  private readonly own = new Map<string, number>();
  /** Null where a run has none, or nobody knows it. */
  private readonly known = new Map<string, ProcessIdentity | null>();

  /** One that this process has started. */
  add(id: string, pid: number): void {
    this.own.set(id, pid);
  }

  learn(id: string, holder: ProcessIdentity | null): void {
    this.known.set(id, holder);
  }

  /** The child of this process has ended. */
  noteExit(id: string): void {
    this.own.delete(id);
  }

  isOwn(id: string): boolean {
    return this.own.has(id);
  }

  get(id: string): ProcessIdentity | null {
    return this.known.get(id) ?? null;
  }

  lives(id: string): boolean {
    const holder = this.get(id);
    return holder !== null && isAlive(holder);
  }

  /** Ends it, where it waits for somebody to look at what its run has left. */
  end(id: string): void {
    const holder = this.get(id) ?? processStat(this.own.get(id) ?? 0);
    if (holder) send(holder, 'SIGKILL');
    this.known.delete(id);
  }
}
