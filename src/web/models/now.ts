import { type ReadonlySignal, signal } from '@preact/signals';
import type { BrowserClock } from '../browser/index.ts';

/** The reader's time in milliseconds, to the second, for what says how long ago something was. */
export function createNow(clock: BrowserClock): { now: ReadonlySignal<number>; start: () => () => void } {
  const now = signal(clock.now());
  return {
    now,
    start() {
      const timer = setInterval(() => {
        now.value = clock.now();
      }, 1000);
      return () => clearInterval(timer);
    },
  };
}
