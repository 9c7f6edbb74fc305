import { formatDuration, SlipwayError, systemClock } from '../kernel/index.ts';

/** One attempt with one time limit over all its stages. Whatever is waited for, its end tells. */
export class Attempt implements Disposable {
  /** What is waited for at present; completes the sentence "waited in vain for ...". */
  stage = 'an answer';
  private readonly what: string;
  private readonly endsAt: number;
  private readonly timer: NodeJS.Timeout;
  private readonly outer: AbortSignal | null;
  private readonly controller = new AbortController();
  private readonly onOuterAbort = () => this.controller.abort(this.outer?.reason);

  /** `what` begins the sentence "... was given up". */
  constructor(options: { what: string; timeoutMs: number; signal?: AbortSignal }) {
    const { what, timeoutMs, signal } = options;
    this.what = what;
    this.endsAt = systemClock.monotonicMs() + timeoutMs;
    this.timer = setTimeout(() => this.controller.abort(this.timedOut(timeoutMs)), timeoutMs);
    this.outer = signal ?? null;
    this.outer?.addEventListener('abort', this.onOuterAbort, { once: true });
    if (this.outer?.aborted) this.onOuterAbort();
  }

  get remainingMs(): number {
    return Math.max(1, this.endsAt - systemClock.monotonicMs());
  }

  /** Calls `reject` with the reason when the attempt is over; the result takes that back. */
  onAbort(reject: (reason: unknown) => void): () => void {
    const { signal } = this.controller;
    const listener = () => reject(signal.reason);
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
    return () => signal.removeEventListener('abort', listener);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.onOuterAbort);
  }

  private timedOut(timeoutMs: number): SlipwayError {
    return new SlipwayError('otp_timeout', {
      message: `${this.what} was given up after ${formatDuration(timeoutMs)}: waited in vain for ${this.stage}`,
      hint: 'a process that hangs or is stopped, a host that is overloaded, or a firewall that drops what it does not like',
    });
  }
}
