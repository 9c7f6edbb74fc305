/** The last bytes of an output, each known by its place in the whole. */
export class Backlog {
  private readonly ring: Buffer;
  /** How many bytes there were in all. */
  end = 0;

  constructor(sizeBytes: number) {
    this.ring = Buffer.alloc(sizeBytes);
  }

  get sizeBytes(): number {
    return this.ring.length;
  }

  /** The place of the first byte that is kept. */
  get start(): number {
    return Math.max(0, this.end - this.ring.length);
  }

  add(bytes: Buffer): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.ring.length));
    this.end += bytes.length;
    const at = (this.end - kept.length) % this.ring.length;
    const untilEdge = kept.copy(this.ring, at);
    kept.copy(this.ring, 0, untilEdge);
  }

  /** A copy of what stands there, none at the end or beyond it; null where it is kept no longer. */
  from(place: number, mostBytes: number): Buffer | null {
    if (place < this.start) return null;
    if (place >= this.end) return Buffer.alloc(0);
    const at = place % this.ring.length;
    const length = Math.min(mostBytes, this.end - place, this.ring.length - at);
    return Buffer.from(this.ring.subarray(at, at + length));
  }
}
