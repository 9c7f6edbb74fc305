import { formatSize } from '../kernel/index.ts';
import { Refusal } from './refusal.ts';

/** What an archive may cost at most. */
export interface Limits {
  /** Bytes that may come out of it, the headers of a tar included. */
  sizeBytes: number;
  /**
   * Bytes out per byte in, looked at once 64 MB came out. Releases compress 2 to 6 times and logs up to 50 times; deflate
   * reaches 1,032 at most, with zeros.
   */
  ratio: number;
  /** Files, directories and links, the folders that it only implies included. */
  entries: number;
}

export const defaultLimits: Limits = { sizeBytes: 20 * 1024 ** 3, ratio: 200, entries: 500_000 };

const RATIO_FROM_BYTES = 64 * 1024 ** 2;

/** Counts what comes out of a decompressor, so that a bomb is refused while it goes off, not after. */
export class OutputMeter {
  private readonly limits: Limits;
  private readonly bytesIn: () => number;
  private bytesOut = 0;

  /** `bytesIn`: compressed bytes that were used up so far. */
  constructor(limits: Limits, bytesIn: () => number) {
    this.limits = limits;
    this.bytesIn = bytesIn;
  }

  add(bytes: number): void {
    this.bytesOut += bytes;
    if (this.bytesOut > this.limits.sizeBytes)
      throw new Refusal(`it unpacks to more than the limit of ${formatSize(this.limits.sizeBytes)}`);
    if (this.bytesOut > RATIO_FROM_BYTES && this.bytesOut > this.bytesIn() * this.limits.ratio)
      throw new Refusal(
        `it unpacks to more than ${this.limits.ratio} times its size, as a decompression bomb does`,
      );
  }
}
