import { monitorEventLoopDelay } from 'node:perf_hooks';

/** It is measured by a timer, which an agent that nobody looks at is spared. */
const FORGOTTEN_MS = 60_000;
const RESOLUTION_MS = 10;

/** How late the agent's own loop comes to what is due, in milliseconds: the 99th percentile since the last look. */
export class LoopLag {
  private histogram: ReturnType<typeof monitorEventLoopDelay> | null = null;
  private forget: NodeJS.Timeout | undefined;

  /** Null at the first look, and at one that comes after a long while. */
  look(): number | null {
    clearTimeout(this.forget);
    this.forget = setTimeout(() => this.close(), FORGOTTEN_MS).unref();
    if (this.histogram === null) {
      this.histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.histogram.enable();
      return null;
    }
    const lateMs = this.histogram.percentile(99) / 1e6 - RESOLUTION_MS;
    this.histogram.reset();
    return Math.round(Math.max(0, lateMs) * 10) / 10;
  }

  close(): void {
    clearTimeout(this.forget);
    this.histogram?.disable();
    this.histogram = null;
  }
}
