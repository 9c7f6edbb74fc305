import os from 'node:os';
import { type Clock, systemClock } from '../kernel/index.ts';

/** One that does not come up holds the others up no longer than this. */
const MAX_START_MS = 5000;

interface Waiting {
  begin: (end: () => void) => void;
}

/**
 * Who may start now. At most twice as many starts as there are processors are under way at a time: two hundred programs
 * that boot at once are all late, and the agent is deaf while it forks them. Apps take turns, so that none waits behind all
 * of another one; and what ends by itself is started again at once, as long as it is the only one of its app.
 */
export class Starts {
  private readonly most: number;
  private readonly clock: Clock;
  /** How many starts of each app are under way. */
  private readonly underWay = new Map<string, number>();
  /** Those of each app that wait; the one whose turn is next comes first. */
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly spares: (() => void)[] = [];
  private isGoingOn = false;

  constructor({
    most = 2 * os.availableParallelism(),
    clock = systemClock,
  }: { most?: number; clock?: Clock } = {}) {
    this.most = most;
    this.clock = clock;
  }

  /** Resolves when it is this start's turn, with what says that it is over: the program is up, or will not be. */
  begin({ app, isRestart }: { app: string; isRestart: boolean }): Promise<() => void> {
    const isFree = this.waiting.size === 0 && this.count < this.most;
    if (isFree || (isRestart && !this.underWay.has(app))) return Promise.resolve(this.admit(app));
    return new Promise((begin) => {
      this.waiting.set(app, [...(this.waiting.get(app) ?? []), { begin }]);
      this.beginNext();
    });
  }

  /** Resolves when something may be forked that nobody waits for: one in each turn of the event loop, after all starts. */
  spare(): Promise<void> {
    return new Promise((resolve) => {
      this.spares.push(resolve);
      this.beginNext();
    });
  }

  private get count(): number {
    return [...this.underWay.values()].reduce((sum, each) => sum + each, 0);
  }

  private admit(app: string): () => void {
    this.underWay.set(app, (this.underWay.get(app) ?? 0) + 1);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      cancel();
      const left = (this.underWay.get(app) ?? 1) - 1;
      if (left === 0) this.underWay.delete(app);
      else this.underWay.set(app, left);
      this.beginNext();
    };
    const cancel = this.clock.after(MAX_START_MS, end);
    return end;
  }

  /** One in each turn of the event loop, so that whatever else happens is seen in between. */
  private beginNext(): void {
    if (this.isGoingOn) return;
    this.isGoingOn = true;
    setImmediate(() => {
      this.isGoingOn = false;
      if (this.next()) this.beginNext();
    });
  }

  private next(): boolean {
    const [first] = this.waiting;
    if (!first) {
      this.spares.shift()?.();
      return this.spares.length > 0;
    }
    if (this.count >= this.most) return false;
    const [app, [start, ...others]] = first;
    this.waiting.delete(app);
    if (others.length > 0) this.waiting.set(app, others);
    start?.begin(this.admit(app));
    return true;
  }
}
