import { describe, expect, it } from 'vitest';
import { KeepAlive } from '../../../src/otp/keep-alive.ts';
import { atom, tuple } from '../../../src/otp/term/index.ts';
import { DEFAULT_RHYTHM, netTickTimeMs, rhythmFor, Silence } from '../../../src/otp/ticks.ts';

describe('the rhythm of ticks', () => {
  it('is a tick every 15 s, and dead after a minute, for a peer with the default tick time', () => {
    expect(rhythmFor(60_000)).toEqual({ intervalMs: 15_000, silentIntervals: 4 });
    expect(DEFAULT_RHYTHM).toEqual({ intervalMs: 15_000, silentIntervals: 4 });
  });

  it('is faster for a peer that takes us for dead sooner', () => {
    const { intervalMs, silentIntervals } = rhythmFor(4_000);
    expect(intervalMs).toBe(1_000);
    expect(intervalMs * silentIntervals).toBe(60_000);
  });

  it('waits longer for a peer that ticks less often', () => {
    const { intervalMs, silentIntervals } = rhythmFor(3_600_000);
    expect(intervalMs).toBe(15_000);
    expect(intervalMs * silentIntervals).toBe(3_600_000);
  });
});

describe('the tick time that a node tells', () => {
  it('is in seconds, also of one that is changing it', () => {
    expect(netTickTimeMs(60)).toBe(60_000);
    expect(netTickTimeMs(tuple(atom('ongoing_change_to'), 4))).toBe(4_000);
    expect(netTickTimeMs(atom('ignored'))).toBeNull();
  });
});

describe('silence', () => {
  const rhythm = { intervalMs: 1, silentIntervals: 3 };

  it('is death after so many intervals in a row', () => {
    const silence = new Silence(5);
    expect([5, 5, 5].map((at) => silence.endInterval(at, rhythm))).toEqual([false, false, true]);
  });

  it('counts anew when a byte has come', () => {
    const silence = new Silence(5);
    expect([5, 5, 6, 6, 6, 6].map((at) => silence.endInterval(at, rhythm))).toEqual([
      ...[false, false, false, false, false],
      true,
    ]);
  });
});

describe('keeping a connection alive', () => {
  function begin() {
    const link = { lastReceivedAt: 0, ticks: 0, tick: () => void link.ticks++ };
    const timers: { ms: number; fn: () => void; isCancelled: boolean }[] = [];
    const clock = {
      now: () => 0,
      monotonicMs: () => 0,
      after(ms: number, fn: () => void) {
        const timer = { ms, fn, isCancelled: false };
        timers.push(timer);
        return () => {
          timer.isCancelled = true;
        };
      },
    };
    let deaths = 0;
    const rhythm = { intervalMs: 100, silentIntervals: 3 };
    const keepAlive = new KeepAlive({ link, clock, rhythm, onDead: () => void deaths++ });
    /** Ends the interval that runs, and gives its length. */
    const next = () => {
      const timer = timers.pop();
      if (!timer || timer.isCancelled) return null;
      timer.fn();
      return timer.ms;
    };
    return { link, next, keepAlive, deaths: () => deaths };
  }

  it('sends a tick at the end of every interval while the peer is heard', () => {
    const { link, next, deaths } = begin();
    for (let i = 1; i <= 10; i++) {
      link.lastReceivedAt = i;
      expect(next()).toBe(100);
    }
    expect(link.ticks).toBe(10);
    expect(deaths()).toBe(0);
  });

  it('gives a silent peer up, once, and sends nothing more', () => {
    const { link, next, deaths } = begin();
    while (next() !== null);
    expect(deaths()).toBe(1);
    expect(link.ticks).toBe(2);
  });

  it('goes over to another rhythm at once, and stops when told', () => {
    const { next, keepAlive } = begin();
    keepAlive.follow({ intervalMs: 7, silentIntervals: 9 });
    expect(next()).toBe(7);
    keepAlive.stop();
    expect(next()).toBeNull();
  });
});
