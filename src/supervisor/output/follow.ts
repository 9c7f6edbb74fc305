import { sleep, systemClock } from '../../kernel/index.ts';
import { Lag } from './lag.ts';
import { LineCounter } from './line-counter.ts';
import type { LineTimes } from './line-times.ts';
import type { Line } from './lines.ts';
import type { LogCursor } from './log-cursor.ts';
import { recentSpan } from './recent-span.ts';
import { lineStartFrom } from './start-offset.ts';

/** Looks at the logs as often as that while somebody follows them; an event for every write would slow the writer down. */
const FOLLOW_MS = 150;
/** A follower gets no line that was there for longer before it. */
const MAX_LAG_MS = 5000;
/** A follower who was too slow goes on so far before the end. */
const TAIL_BYTES = 16 * 1024;
/** Between two looks at how late he is. */
const LINES_AT_ONCE = 32;

export interface FollowedLog {
  file: string;
  cursor: LogCursor;
  times: LineTimes;
}

/**
 * Lines that are written from now on, each as soon as it is whole. Where `onGap` is given, a follower who is `maxLagMs` late
 * goes on near the end, and it is told how many lines were left out, and up to where; else he gets all that is kept, however late.
 */
export async function* followLogs<Log extends FollowedLog>(
  logs: readonly Log[],
  options: {
    signal: AbortSignal | undefined;
    onGap: ((log: Log, gap: { lines: number; end: number }) => void) | undefined;
    maxLagMs?: number | undefined;
  },
): AsyncGenerator<{ log: Log; lines: Line[] }> {
  const { signal, onGap, maxLagMs = MAX_LAG_MS } = options;
  using counters = new DisposableStack();
  const followed = logs.map((log) => ({
    ...{ log, lag: new Lag(maxLagMs) },
    counter: onGap ? counters.use(LineCounter.of(log.file)).counter : null,
  }));
  let lookedMs = systemClock.monotonicMs();
  while (!signal?.aborted) {
    const now = systemClock.monotonicMs();
    for (const { log, lag } of followed) {
      const { end } = recentSpan(log.file);
      log.times.looked(end, now - lookedMs);
      lag.looked(end);
    }
    lookedMs = now;
    for (const { log, lag, counter } of followed) {
      let unread: Line[] = [];
      reading: for await (const lines of log.cursor.newLines()) {
        for (let from = 0; from < lines.length; from += LINES_AT_ONCE) {
          if (signal?.aborted) return;
          yield { log, lines: lines.slice(from, from + LINES_AT_ONCE) };
          unread = lines.slice(from + LINES_AT_ONCE);
          if (counter && lag.isTooLong(unread[0]?.start ?? log.cursor.reached)) break reading;
        }
      }
      if (!counter || !onGap || !lag.isTooLong(unread[0]?.start ?? log.cursor.reached)) continue;
      const from = unread[0]?.start ?? log.cursor.reached;
      const end = await lineStartFrom(Math.max(from, recentSpan(log.file).end - TAIL_BYTES), log.file);
      const lines = await counter.count(from, end);
      log.cursor.goTo(end);
      if (lines > 0) onGap(log, { lines, end });
    }
    await sleep(FOLLOW_MS, signal ? { signal } : {}).catch(() => {});
  }
}
