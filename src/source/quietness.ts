import type { Stats } from 'node:fs';
import type { Clock } from '../kernel/index.ts';
import { fileIdentity } from './stat.ts';

/** For how long a file has been left alone. */
export class Quietness {
  private readonly clock: Clock;
  private identity: string | null = null;
  private seenAt = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** By the file's own time of modification or, since that may lie in the future, by how long it has looked the same to us. */
  ms(stat: Stats): number {
    const identity = fileIdentity(stat);
    const now = this.clock.now();
    if (identity !== this.identity) {
      this.identity = identity;
      this.seenAt = now;
    }
    return Math.max(now - stat.mtimeMs, now - this.seenAt);
  }
}
