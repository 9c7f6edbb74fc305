import type { Clock } from '../../kernel/index.ts';

/** So many of one kind pass at once; afterwards one in each spacing, the newest. */
const BURST = 30;
const SPACING_MS = 1000;
const SWEEP_AT = 1000;

interface Kind<T> {
  /** How many may pass at once, as of `atMs`. */
  left: number;
  atMs: number;
  held: { value: T } | null;
}

/**
 * Lets values through, of each kind not more than one in a second for long: of those that come faster the newest is held
 * back until it is its turn, and takes the place of the one held before. So a crash loop does not become a flood, and what
 * passes last is what holds.
 */
export class Spacing<T> {
  private readonly kinds = new Map<string, Kind<T>>();
  private readonly clock: Clock;
  private readonly pass: (value: T) => void;

  constructor(clock: Clock, pass: (value: T) => void) {
    this.clock = clock;
    this.pass = pass;
  }

  add(name: string, value: T): void {
    const kind = this.kindOf(name);
    if (kind.held) kind.held.value = value;
    else if (kind.left >= 1) {
      kind.left--;
      this.pass(value);
    } else {
      kind.held = { value };
      this.clock.after((1 - kind.left) * SPACING_MS, () => this.release(kind));
    }
  }

  /** What is held back passes now. */
  flush(): void {
    for (const kind of this.kinds.values()) this.release(kind);
  }

  private release(kind: Kind<T>): void {
    const { held } = kind;
    if (!held) return;
    this.refill(kind);
    kind.left = Math.max(0, kind.left - 1);
    kind.held = null;
    this.pass(held.value);
  }

  private kindOf(name: string): Kind<T> {
    const known = this.kinds.get(name);
    if (known) {
      this.refill(known);
      return known;
    }
    if (this.kinds.size >= SWEEP_AT) this.sweep();
    const kind = { left: BURST, atMs: this.clock.monotonicMs(), held: null };
    this.kinds.set(name, kind);
    return kind;
  }

  private refill(kind: Kind<T>): void {
    const now = this.clock.monotonicMs();
    kind.left = Math.min(BURST, kind.left + (now - kind.atMs) / SPACING_MS);
    kind.atMs = now;
  }

  /** Those that have been quiet for long are as if they had never been. */
  private sweep(): void {
    for (const [name, kind] of this.kinds) {
      this.refill(kind);
      if (kind.left >= BURST && !kind.held) this.kinds.delete(name);
    }
  }
}
