import { LogTail, logSpan } from '../supervisor/index.ts';

/** What is taken within so long is one note. */
const STEP_MS = 100;

/** One log on its way to one target: up to where it was taken, and up to where that is certain. */
export class SentLog {
  readonly unit: string;
  readonly stream: 'stdout' | 'stderr';
  readonly tail: LogTail;
  /** Bytes that were rotated away before they could be sent. */
  lostBytes = 0;
  /** Whether it may hold what was not read. */
  isDue = true;
  private readonly settleMs: number;
  private certain: number;
  private unsettled: { position: number; atMs: number }[] = [];

  constructor(options: {
    unit: string;
    stream: 'stdout' | 'stderr';
    file: string;
    from: number;
    pieceBytes: number;
    settleMs: number;
  }) {
    const { unit, stream, file, from, pieceBytes, settleMs } = options;
    this.unit = unit;
    this.stream = stream;
    this.settleMs = settleMs;
    this.certain = from;
    this.tail = new LogTail({ file, from, pieceBytes });
  }

  get name(): string {
    return `${this.unit} ${this.stream}`;
  }

  /** It was taken up to there. */
  took(position: number, nowMs: number): void {
    const atMs = Math.floor(nowMs / STEP_MS) * STEP_MS;
    const last = this.unsettled.at(-1);
    if (last?.atMs === atMs) last.position = position;
    else this.unsettled.push({ position, atMs });
  }

  /** Up to where it need not be sent again. `deliveredMs`: what was taken before then has arrived. */
  settled(nowMs: number, deliveredMs: number): number {
    let first = this.unsettled[0];
    while (first && nowMs - first.atMs >= this.settleMs && first.atMs + STEP_MS <= deliveredMs) {
      this.certain = first.position;
      this.unsettled.shift();
      first = this.unsettled[0];
    }
    return this.certain;
  }

  /** Whether some was taken that is not certain to have arrived. */
  hasUnsettled(nowMs: number, deliveredMs: number): boolean {
    this.settled(nowMs, deliveredMs);
    return this.unsettled.length > 0;
  }

  /** The connection was gone then: what it may have lost is sent again. */
  goBack(lostAtMs: number, deliveredMs: number): void {
    this.tail.goTo(this.settled(lostAtMs, deliveredMs));
    this.unsettled = [];
    this.isDue = true;
  }

  /** All that was taken has gone its way. */
  settleAll(): number {
    this.certain = this.unsettled.at(-1)?.position ?? this.certain;
    this.unsettled = [];
    return this.certain;
  }

  /** Bytes that the target has not had. */
  get behindBytes(): number {
    return Math.max(0, logSpan(this.tail.file).end - this.tail.position);
  }
}
