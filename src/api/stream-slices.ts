import { type Clock, systemClock } from '../kernel/index.ts';

/** So long all streams together may work in one turn of the event loop. */
const SLICE_MS = 4;
/** More than so many at once leave half of the time to others. */
const FEW = 4;

/**
 * Shares the event loop between the streams and all else that the agent does: two hundred who read at once take turns, and a
 * process that has crashed is not started later for them.
 */
export class StreamSlices {
  private readonly clock: Clock;
  private readonly waiting: { stream: object; go: () => void }[] = [];
  private beganMs: number | null = null;
  private holder: object | null = null;

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
  }

  /** Null: the stream may go on at once; else when it may. */
  next(stream: object): Promise<void> | null {
    if (this.beganMs === null) {
      this.begin(stream);
      return null;
    }
    const isOver = this.clock.monotonicMs() - this.beganMs >= SLICE_MS;
    if (!isOver && (this.holder === stream || this.waiting.length === 0)) {
      this.holder = stream;
      return null;
    }
    return new Promise((go) => this.waiting.push({ stream, go }));
  }

  private begin(stream: object): void {
    this.beganMs = this.clock.monotonicMs();
    this.holder = stream;
    setImmediate(() => this.end());
  }

  private end(): void {
    const workedMs = this.clock.monotonicMs() - (this.beganMs ?? 0);
    if (this.waiting.length > FEW && workedMs >= SLICE_MS) setTimeout(() => this.goOn(), workedMs);
    else this.goOn();
  }

  private goOn(): void {
    this.beganMs = null;
    const next = this.waiting.shift();
    if (!next) return;
    this.begin(next.stream);
    next.go();
  }
}
