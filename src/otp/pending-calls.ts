import { Event, onAbort, SlipwayError, systemClock } from '../kernel/index.ts';
import { describeCall, type RemoteCall } from './remote-call.ts';
import type { Term } from './term/index.ts';

export interface CallLimits {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** A call that waits for its answer. */
export interface PendingCall extends RemoteCall {
  resolve: (value: Term) => void;
  reject: (error: unknown) => void;
  timeoutMs: number;
  /** The end of its time, by `Clock.monotonicMs`. */
  deadlineMs: number;
  /** Takes the listener of its signal away. */
  forget: (() => void) | null;
  /** Called when it is no longer waited for, at its time-out or because its signal says so. */
  onAbandoned: (() => void) | null;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The calls under way on a connection, each by its key. An answer to one that is here no longer finds nothing. */
export class PendingCalls {
  /** The first one was opened, or the last one ended. */
  readonly turnedBusyOrIdle = new Event<void>();
  private readonly peer: string;
  private readonly calls = new Map<number, PendingCall>();
  // One timer, for the earliest deadline: a timer for each call costs more than all else that a call needs here.
  private timer: NodeJS.Timeout | undefined;
  private timerMs = Number.POSITIVE_INFINITY;
  private end: Error | null = null;

  constructor(peer: string) {
    this.peer = peer;
  }

  /**
   * Resolves or rejects as what `take(key)` gives is told to.
   * @throws SlipwayError `otp_timeout`; the signal's reason; what `rejectAll` is given
   */
  open(key: number, { module, fn, args }: RemoteCall, { timeoutMs, signal }: CallLimits): Promise<Term> {
    return new Promise((resolve, reject) => {
      if (this.end) return reject(this.end);
      if (signal?.aborted) return reject(signal.reason);
      const deadlineMs = systemClock.monotonicMs() + timeoutMs;
      const forget = signal ? onAbort(signal, (reason) => this.abandon(key, reason)) : null;
      this.calls.set(key, {
        module,
        fn,
        args,
        resolve,
        reject,
        timeoutMs,
        deadlineMs,
        forget,
        onAbandoned: null,
      });
      if (this.calls.size === 1) this.turnedBusyOrIdle.emit();
      if (deadlineMs < this.timerMs) this.wakeAt(deadlineMs);
    });
  }

  get size(): number {
    return this.calls.size;
  }

  get(key: number): PendingCall | undefined {
    return this.calls.get(key);
  }

  /** The call of this key, once. */
  take(key: number): PendingCall | undefined {
    const call = this.calls.get(key);
    if (!call) return undefined;
    this.calls.delete(key);
    if (this.calls.size === 0) this.turnedBusyOrIdle.emit();
    call.forget?.();
    return call;
  }

  /** Those that are opened later, too. */
  rejectAll(error: Error): void {
    this.end = error;
    for (const key of [...this.calls.keys()]) this.take(key)?.reject(error);
    clearTimeout(this.timer);
  }

  private abandon(key: number, reason: unknown): void {
    const call = this.take(key);
    call?.reject(reason);
    call?.onAbandoned?.();
  }

  private wakeAt(deadlineMs: number): void {
    clearTimeout(this.timer);
    this.timerMs = deadlineMs;
    const delayMs = Math.min(Math.max(0, Math.ceil(deadlineMs - systemClock.monotonicMs())), MAX_TIMER_MS);
    this.timer = setTimeout(() => this.expire(), delayMs);
    // It may outlast the calls; what they wait for keeps the process up.
    this.timer.unref();
  }

  private expire(): void {
    const nowMs = systemClock.monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const [key, call] of this.calls)
      if (call.deadlineMs <= nowMs) this.abandon(key, this.timeout(call));
      else next = Math.min(next, call.deadlineMs);
    this.timerMs = next;
    if (next < Number.POSITIVE_INFINITY) this.wakeAt(next);
  }

  private timeout(call: PendingCall): SlipwayError {
    return new SlipwayError('otp_timeout', {
      message: `${describeCall(call)} did not return within ${call.timeoutMs} ms on ${this.peer}`,
      hint: 'it may still be running there; an answer that comes later is ignored',
    });
  }
}
