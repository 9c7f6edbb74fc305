import type { Clock } from '../../kernel/index.ts';

const MOST = 60;
/** One is forgotten each. */
const EACH_MS = 1000;
const MOST_ADDRESSES = 1000;

/**
 * How many wrong credentials an address has sent lately. Nobody guesses 256 bits; who tries costs the agent less so, and sees that
 * it is noticed. Nobody is kept out who comes with the right ones.
 */
export class WrongClaims {
  private readonly clock: Clock;
  private readonly byAddress = new Map<string, { count: number; atMs: number }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Whether there were too many, this one included. */
  add(address: string): boolean {
    const now = this.clock.monotonicMs();
    const before = this.byAddress.get(address);
    const count = 1 + Math.max(0, before ? before.count - (now - before.atMs) / EACH_MS : 0);
    // Whoever comes again is the newest; the oldest is forgotten.
    this.byAddress.delete(address);
    this.byAddress.set(address, { count: Math.min(count, MOST + 1), atMs: now });
    const [oldest] = this.byAddress.keys();
    if (this.byAddress.size > MOST_ADDRESSES && oldest !== undefined) this.byAddress.delete(oldest);
    return count > MOST;
  }
}
