import fs from 'node:fs';
import { type Clock, sleep } from '../../kernel/index.ts';

interface Ticks {
  at: number;
  busy: number;
  all: number;
}

/** Of a shorter time the kernel's ticks, a hundred a second, tell little. */
const SHORTEST_MS = 250;
/** What was long ago says nothing of now. */
const LONGEST_MS = 60_000;

/** How busy all processors are, in percent. Whoever asks soon after another gets what that one got. */
export class Processor {
  private readonly clock: Clock;
  private before: Ticks | null = null;
  private percent = 0;
  private looking: Promise<number> | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async look(): Promise<number> {
    this.looking ??= this.measure().finally(() => {
      this.looking = null;
    });
    return await this.looking;
  }

  private async measure(): Promise<number> {
    const now = this.read();
    const { before } = this;
    if (before !== null && now.at - before.at < SHORTEST_MS) return this.percent;
    if (before !== null && now.at - before.at <= LONGEST_MS) return this.since(before, now);
    await sleep(SHORTEST_MS, { clock: this.clock });
    return this.since(now, this.read());
  }

  private since(from: Ticks, to: Ticks): number {
    this.before = to;
    this.percent = percentBetween(from, to);
    return this.percent;
  }

  private read(): Ticks {
    return { at: this.clock.monotonicMs(), ...ticksOf(fs.readFileSync('/proc/stat', 'latin1')) };
  }
}

/** The sums of the first line of proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal. */
export function ticksOf(stat: string): { busy: number; all: number } {
  const numbers = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/).slice(1, 9).map(Number);
  const all = numbers.reduce((sum, each) => sum + each, 0);
  const [, , , idle = 0, waiting = 0] = numbers;
  return { busy: all - idle - waiting, all };
}

export function percentBetween(
  from: { busy: number; all: number },
  to: { busy: number; all: number },
): number {
  const all = to.all - from.all;
  if (all <= 0) return 0;
  return Math.round(Math.min(1, Math.max(0, (to.busy - from.busy) / all)) * 1000) / 10;
}
