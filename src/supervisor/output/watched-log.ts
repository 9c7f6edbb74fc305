import fs from 'node:fs';
import { nextTick } from '../../kernel/index.ts';
import { measureLog } from './log-span.ts';
import { isCalm, lookIntervalMs } from './look-interval.ts';
import { dueSizeBytes, isSettled } from './rotation.ts';
import type { Extent } from './rotation-state.ts';
import { appendMark } from './time-marks.ts';

export interface RotationLimits {
  maxSizeBytes: number;
  keep: number;
}

const MARK_EVERY_MS = 1000;
/** While a log grows it is looked at as often as that, so that it is known to the second what was written when. */
const GROWING_LOOK_MS = 1000;
/** Nobody knows when what was found at the first look was written. */
const UNKNOWN_MS = 86_400_000;
const RETRY_MS = 5_000;
const RETRY_MAX_MS = 60_000;

/** What the schedule knows of one log between two looks. */
export class WatchedLog {
  readonly file: string;
  limits: RotationLimits;
  /** The next look, on the monotonic clock. */
  dueMs = 0;
  isQueued = false;
  problem: string | null = null;
  /** Null until it is read, and again after each rotation. */
  private extent: Extent | null = null;
  /** The last look; absolute offset of the end. */
  private seen: { atMs: number; end: number } | null = null;
  /** Whether no rotation is known to be half done. */
  private isSettled = false;
  /** Whether the present hole was tried to be closed: some file systems refuse, and then it stays. */
  private hasTriedToClose = false;
  private failures = 0;
  /** The end of the log at the last mark, and when that was, on the monotonic clock. */
  private mark = { atMs: Number.NEGATIVE_INFINITY, end: 0 };
  /** The last look at which all was marked, on the monotonic clock. */
  private markedAtMs: number | null = null;

  constructor(file: string, limits: RotationLimits) {
    this.file = file;
    this.limits = limits;
  }

  /**
   * One stat. `nowMs` is monotonic; `wallMs` is what the mark says. Sets the next due time; returns whether `rotate` has something to do: the log is too large, a rotation is
   * to be ended, or the log is calm and its hole to be closed.
   */
  look(nowMs: number, wallMs: number): boolean {
    this.isSettled ||= isSettled(this.file);
    const stat = fs.statSync(this.file, { throwIfNoEntry: false });
    const size = stat?.size ?? 0;
    if (!this.extent || size < this.extent.hole) this.extent = measureLog(this.file);
    const { base, hole } = this.extent;
    const end = base + size;
    const roomBytes = dueSizeBytes(this.limits.maxSizeBytes) - (size - hole);
    const { seen } = this;
    const growth = {
      grownBytes: end - (seen?.end ?? end),
      elapsedMs: nowMs - (seen?.atMs ?? nowMs),
      roomBytes,
    };
    const interval = lookIntervalMs(growth);
    this.dueMs = nextTick(nowMs, growth.grownBytes > 0 ? Math.min(interval, GROWING_LOOK_MS) : interval);
    this.seen = { atMs: nowMs, end };
    // The last mark counts, not the last look: the end of a burst is marked even where its start was.
    if (size > 0 && end !== this.mark.end && nowMs - this.mark.atMs >= MARK_EVERY_MS) {
      this.mark = { atMs: nowMs, end };
      // It was written to last at its change time, which is closer than the time of the look.
      const atMs = Math.min(wallMs, stat?.mtimeMs ?? wallMs);
      const withinMs = this.markedAtMs === null ? UNKNOWN_MS : nowMs - this.markedAtMs - (wallMs - atMs);
      appendMark(this.file, { atMs, end, withinMs: Math.max(0, withinMs) });
    }
    if (end === this.mark.end) this.markedAtMs = nowMs;
    if (!this.isSettled || roomBytes <= 0) return true;
    // One look alone does not tell how fast a log grows.
    if (hole === 0 || this.hasTriedToClose || !seen || !isCalm(growth)) return false;
    this.hasTriedToClose = true;
    return true;
  }

  /** `wasDue` false: it was not too large; the time of its next look stays. */
  rotated(wasDue: boolean): void {
    this.extent = null;
    this.failures = 0;
    this.problem = null;
    if (!wasDue) return;
    this.dueMs = 0;
    this.hasTriedToClose = false;
  }

  failed(nowMs: number): void {
    this.isSettled = false;
    this.hasTriedToClose = false;
    this.dueMs = nowMs + Math.min(RETRY_MS * 2 ** this.failures, RETRY_MAX_MS);
    this.failures++;
  }
}
