import { formatDuration, onAbort, SlipwayError, systemClock } from '../kernel/index.ts';

/** One attempt with one time limit over all its stages. Whatever is waited for, its end tells. */
export class Attempt implements Disposable {
  /** What is waited for at present; completes the sentence "waited in vain for ...". */
  stage = 'an answer';
  private readonly what: string;
  private readonly endsAt: number;
  private readonly timer: NodeJS.Timeout;
  private readonly controller = new AbortController();
  private readonly forget: () => void;

  /** `what` begins the sentence "... was given up". */
  constructor(options: { what: string; timeoutMs: number; signal?: AbortSignal }) {
    const { what, timeoutMs, signal } = options;
    this.what = what;
    this.endsAt = systemClock.monotonicMs() + timeoutMs;
    this.timer = setTimeout(() => this.controller.abort(this.timedOut(timeoutMs)), timeoutMs);
    this.forget = onAbort(signal, (reason) => this.controller.abort(reason));
  }

  get remainingMs(): number {
    return Math.max(1, this.endsAt - systemClock.monotonicMs());
  }

  /** Calls `reject` with the reason when the attempt is over; the result takes that back. */
  onAbort(reject: (reason: unknown) => void): () => void {
    return onAbort(this.controller.signal, reject);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.forget();
  }

  private timedOut(timeoutMs: number): SlipwayError {
    return new SlipwayError('otp_timeout', {
      message: `${this.what} was given up after ${formatDuration(timeoutMs)}: waited in vain for ${this.stage}`,
      hint: 'a process that hangs or is stopped, a host that is overloaded, or a firewall that drops what it does not like',
    });
  }
}
