/** So many do their work at once, and so many wait for it. */
export class Bounded {
  private readonly limits: { atOnce: number; waiting: number };
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(limits: { atOnce: number; waiting: number }) {
    this.limits = limits;
  }

  /** Null where too many wait already: nothing was done. */
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.running < this.limits.atOnce) this.running += 1;
    else if (this.waiting.length >= this.limits.waiting) return null;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes on to the next one, so that nobody else takes it in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
