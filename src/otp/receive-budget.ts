/** All nodes together may have so much read in one turn of the event loop: other things have their turn in between. */
const TURN_BYTES = 512 * 1024;
/** What it takes to handle a frame, however small. */
const FRAME_COST_BYTES = 256;
/** All nodes together may have so much of frames that have not come to their end. */
const HELD_BYTES = 32 * 1024 ** 2;

/** What all nodes together may cost: one that floods takes nothing from those that do not. */
export class ReceiveBudget {
  private left = TURN_BYTES;
  private isRenewalDue = false;
  private waiting = new Set<() => void>();
  private readonly held = new Map<object, { bytes: number; giveUp: () => void }>();
  private heldBytes = 0;

  /** Whether another frame may be handled in this turn. If not, `resume` is called in one of the next. */
  mayHandle(resume: () => void): boolean {
    if (this.left > 0) return true;
    this.waiting.add(resume);
    return false;
  }

  handled(bytes: number): void {
    this.left -= Math.max(bytes, FRAME_COST_BYTES);
    if (this.isRenewalDue) return;
    this.isRenewalDue = true;
    setImmediate(() => this.renew());
  }

  /** So much waits of one link now. Where all together is too much, the one that holds most is given up. */
  hold(link: object, bytes: number, giveUp: () => void): void {
    this.heldBytes += bytes - (this.held.get(link)?.bytes ?? 0);
    if (bytes === 0) this.held.delete(link);
    else this.held.set(link, { bytes, giveUp });
    // One alone is bounded by what it may send.
    if (this.heldBytes <= HELD_BYTES || this.held.size === 1) return;
    const most = [...this.held.values()].reduce((a, b) => (b.bytes > a.bytes ? b : a));
    most.giveUp();
  }

  private renew(): void {
    this.isRenewalDue = false;
    this.left = TURN_BYTES;
    const resumed = this.waiting;
    this.waiting = new Set();
    for (const resume of resumed) resume();
  }
}

export const receiveBudget = new ReceiveBudget();
