import { type Clock, systemClock } from '../../src/kernel/index.ts';

export const DAY_MS = 86_400_000;

/**
 * Time that stands still until it is moved: `advance` lets it pass, `setWall` sets the wall clock as an administrator
 * does, and no timer knows of it. An hour behind, so that no file that a test writes is old by it.
 */
export class ManualClock implements Clock {
  /** The delays that were asked for. */
  readonly delaysMs: number[] = [];
  /** How many timers have fired. */
  fired = 0;
  private wallMs: number;
  private passedMs = 0;
  private timers: { dueMs: number; fn: () => void }[] = [];

  constructor(wallMs = Date.now() - 3_600_000) {
    this.wallMs = wallMs;
  }

  now(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.passedMs;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { dueMs: this.passedMs + Math.max(0, ms), fn };
    this.delaysMs.push(ms);
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  setWall(byMs: number): void {
    this.wallMs += byMs;
  }

  advance(ms: number): void {
    const end = this.passedMs + ms;
    for (;;) {
      const next = this.timers.filter(({ dueMs }) => dueMs <= end).toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (!next) break;
      this.passTo(next.dueMs);
      this.timers.splice(this.timers.indexOf(next), 1);
      this.fired++;
      next.fn();
    }
    this.passTo(end);
  }

  get pending(): number {
    return this.timers.length;
  }

  private passTo(momentMs: number): void {
    this.wallMs += momentMs - this.passedMs;
    this.passedMs = momentMs;
  }
}

/** Time passes as it does, and `pass` makes it pass at once: what is due by then happens before it returns. */
export class PassingClock implements Clock {
  private aheadMs = 0;
  private timers: { ms: number; dueMs: number; fire: () => void; cancel: () => void }[] = [];
  private readonly asked: number[] = [];

  now(): number {
    return Date.now() + this.aheadMs;
  }

  monotonicMs(): number {
    return performance.now() + this.aheadMs;
  }

  after(ms: number, fn: () => void): () => void {
    const fire = () => {
      timer.cancel();
      fn();
    };
    const end = systemClock.after(ms, fire);
    const cancel = () => {
      end();
      this.timers = this.timers.filter((other) => other !== timer);
    };
    const timer = { ms, dueMs: this.monotonicMs() + ms, fire, cancel };
    this.timers.push(timer);
    this.asked.push(ms);
    return cancel;
  }

  pass(ms: number): void {
    this.aheadMs += ms;
    const now = this.monotonicMs();
    const due = this.timers.filter(({ dueMs }) => dueMs <= now).toSorted((a, b) => a.dueMs - b.dueMs);
    for (const timer of due) if (this.timers.includes(timer)) timer.fire();
  }

  /** How many were asked to wait for so long, and how many of them wait still. */
  waits(ms: number): { asked: number; pending: number } {
    const isSo = (each: number) => each === ms;
    return {
      asked: this.asked.filter(isSo).length,
      pending: this.timers.filter((timer) => isSo(timer.ms)).length,
    };
  }
}
