/** Units that are to run and are not started yet: other apps come first. */
export class Hold {
  private readonly units: Set<string>;
  private readonly over = new AbortController();
  /** For what they wait, in words. */
  reason: string;

  /** `others`: ids of the apps that come first. */
  constructor(units: readonly string[], others: readonly string[]) {
    this.units = new Set(units);
    this.reason = waitsFor(others);
    this.endIfEmpty();
  }

  /** Aborted when none is held any more. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  has(unit: string): boolean {
    return this.units.has(unit);
  }

  all(): string[] {
    return [...this.units];
  }

  /** They may be started. */
  letGo(units: readonly string[]): void {
    for (const unit of units) this.units.delete(unit);
    this.endIfEmpty();
  }

  private endIfEmpty(): void {
    if (this.units.size === 0) this.over.abort();
  }
}

/** `waits for db-proxy (after)` */
export function waitsFor(others: readonly string[]): string {
  return `waits for ${others.join(', ')} (after)`;
}
