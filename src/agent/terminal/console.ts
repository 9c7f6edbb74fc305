import type { AskedConsole, Terminal } from '../../api/index.ts';
import { Backlog } from './backlog.ts';
import type { ShellExit } from './host-messages.ts';
import type { Snapshot } from './screen.ts';
import { Viewer, type Watched } from './viewer.ts';

export interface ConsoleOptions {
  id: string;
  terminal: Terminal;
  /** What the terminal shows; null where nobody can tell. */
  snapshot: () => Promise<Snapshot | null>;
  /** Nobody has looked at it for as long as one is kept. */
  onForgotten: () => void;
  idleMs: number;
}

const BACKLOG_BYTES = 256 * 1024;
/** Whoever writes to it sees all that it says: behind by more, the program waits. Others may fall behind. */
const AHEAD_BYTES = BACKLOG_BYTES / 2;
const SNAPSHOTS = 3;
/** How it ended nobody can tell. */
const LOST = { status: null, signal: 'SIGHUP' } as const;

/** A shell that outlives the connection of the page which opened it. */
export class Console implements Watched {
  readonly id: string;
  readonly backlog = new Backlog(BACKLOG_BYTES);
  readonly terminal: Terminal;
  private readonly options: ConsoleOptions;
  private readonly viewers = new Set<Viewer>();
  private controller: Viewer | null = null;
  private idle: NodeJS.Timeout | undefined;
  exit: ShellExit | null = null;

  constructor(options: ConsoleOptions) {
    this.options = options;
    this.id = options.id;
    this.terminal = options.terminal;
    const { output, ended } = options.terminal;
    output.on('data', (bytes: Buffer) => {
      this.backlog.add(bytes);
      for (const viewer of [...this.viewers]) viewer.wake();
      this.holdUp();
    });
    const close = (exit: ShellExit) => {
      this.exit = exit;
      for (const viewer of [...this.viewers]) viewer.close(exit);
    };
    ended.then(close, () => close(LOST));
    this.waitForViewers();
  }

  get viewerCount(): number {
    return this.viewers.size;
  }

  /** The page that has opened it. */
  open(name: string): Viewer {
    return this.add(new Viewer(this, { name, position: 0, screen: null }), true);
  }

  /** A page that comes back, or another one. */
  async attach({ viewer: name, after, size, take }: AskedConsole): Promise<Viewer> {
    const { position, screen } = await this.place(after);
    // It is the same page: what it had before is a connection that broke.
    for (const each of [...this.viewers]) if (each.name === name) each.hangUp();
    const viewer = this.add(new Viewer(this, { name, position, screen }), take);
    if (this.exit === null) viewer.resize(size);
    else viewer.close(this.exit);
    return viewer;
  }

  isController(viewer: Viewer): boolean {
    return this.controller === viewer;
  }

  progressed(): void {
    this.holdUp();
  }

  left(viewer: Viewer): void {
    if (!this.viewers.delete(viewer)) return;
    if (this.controller === viewer) {
      this.controller = null;
      const [next] = this.viewers;
      if (next) this.control(next);
    }
    this.holdUp();
    this.waitForViewers();
  }

  end(): void {
    clearTimeout(this.idle);
    this.terminal.hangUp();
  }

  private add(viewer: Viewer, take: boolean): Viewer {
    clearTimeout(this.idle);
    this.viewers.add(viewer);
    if (take || this.controller === null) this.control(viewer);
    return viewer;
  }

  private control(viewer: Viewer): void {
    const before = this.controller;
    this.controller = viewer;
    if (before && before !== viewer) before.console.controlled.emit(true);
    viewer.console.controlled.emit(false);
  }

  /** Where a page that has seen so much reads on; what stands for what it did not see. */
  private async place(after: number | null): Promise<{ position: number; screen: string | null }> {
    if (after !== null && after >= this.backlog.start && after <= this.backlog.end)
      return { position: after, screen: null };
    for (let turn = 0; turn < SNAPSHOTS; turn++) {
      const snapshot = await this.options.snapshot();
      if (snapshot === null) break;
      if (snapshot.sequence >= this.backlog.start)
        return { position: snapshot.sequence, screen: snapshot.text };
    }
    return { position: this.backlog.start, screen: '' };
  }

  private holdUp(): void {
    const { output } = this.terminal;
    const behind = this.controller === null ? 0 : this.backlog.end - this.controller.position;
    if (behind > AHEAD_BYTES) output.pause();
    else if (output.isPaused()) output.resume();
  }

  private waitForViewers(): void {
    if (this.viewers.size > 0 || this.exit !== null) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(this.options.onForgotten, this.options.idleMs).unref();
  }
}
