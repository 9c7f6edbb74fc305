// Erlang/OTP documentation, Distribution Protocol, section "Protocol between Connected Nodes", on ticks; kernel(6),
// net_ticktime and net_tickintensity.

import { type Term, Tuple } from './term/index.ts';

/** How often to tick, and after how many intervals without a byte from the peer it is taken for dead. */
export interface TickRhythm {
  intervalMs: number;
  silentIntervals: number;
}

/** What both sides do where nobody has changed `net_ticktime` (60 s): a tick every 15 s, dead after four of them. */
export const DEFAULT_RHYTHM: TickRhythm = { intervalMs: 15_000, silentIntervals: 4 };

/** Reads `net_kernel:get_net_ticktime/0`, `Seconds` or `{ongoing_change_to, Seconds}`, in milliseconds; else null. */
export function netTickTimeMs(answer: Term): number | null {
  const seconds = answer instanceof Tuple ? answer.elements[1] : answer;
  return typeof seconds === 'number' ? seconds * 1000 : null;
}

/**
 * The rhythm for a peer with this `net_ticktime`: we tick often enough for it, and do not take it for dead where it
 * ticks less often than we do. An idle peer sends a tick within two quarters of its tick time.
 */
export function rhythmFor(netTickTimeMs: number, ours: TickRhythm = DEFAULT_RHYTHM): TickRhythm {
  const intervalMs = Math.max(1, Math.min(ours.intervalMs, Math.floor(netTickTimeMs / 4)));
  const silentMs = Math.max(ours.intervalMs * ours.silentIntervals, netTickTimeMs);
  return { intervalMs, silentIntervals: Math.ceil(silentMs / intervalMs) };
}

/**
 * Counts intervals in which the peer was silent. Intervals, not time: where this process itself was stopped for a while,
 * or the clock was set, what the peer has sent meanwhile is still to be read.
 */
export class Silence {
  private intervals = 0;
  private lastReceivedAt: number;

  constructor(lastReceivedAt: number) {
    this.lastReceivedAt = lastReceivedAt;
  }

  /** Called at the end of an interval. True: the peer was silent for so many in a row that it is taken for dead. */
  endInterval(lastReceivedAt: number, { silentIntervals }: TickRhythm): boolean {
    this.intervals = lastReceivedAt === this.lastReceivedAt ? this.intervals + 1 : 0;
    this.lastReceivedAt = lastReceivedAt;
    return this.intervals >= silentIntervals;
  }
}
