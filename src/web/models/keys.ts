import { type ReadonlySignal, signal } from '@preact/signals';
import type { Preferences } from './preferences.ts';

/** A key, or two one after the other (`g o`), and what it does. */
export interface Shortcut {
  keys: string;
  text: string;
  run: () => void;
}

export interface Keys {
  shortcuts: ReadonlySignal<readonly Shortcut[]>;
  add(shortcuts: readonly Shortcut[]): () => void;
  /** Whether the key is one of a shortcut. */
  press(key: string): boolean;
}

/** The second key of two has so long. */
const PAIR_MS = 1200;

export function createKeys({ keys }: Pick<Preferences, 'keys'>, clock: { monotonicMs(): number }): Keys {
  const shortcuts = signal<readonly Shortcut[]>([]);
  let before: { key: string; atMs: number } | null = null;
  return {
    shortcuts,
    add(added) {
      shortcuts.value = [...shortcuts.value, ...added];
      return () => {
        shortcuts.value = shortcuts.value.filter((each) => !added.includes(each));
      };
    },
    press(key) {
      if (keys.value === 'off') return false;
      const nowMs = clock.monotonicMs();
      const pair = before !== null && nowMs - before.atMs < PAIR_MS ? `${before.key} ${key}` : key;
      // The page's own come after those of the frame, and go first.
      const found =
        shortcuts.value.findLast((each) => each.keys === pair) ??
        shortcuts.value.findLast((each) => each.keys === key);
      before = found === undefined ? { key, atMs: nowMs } : null;
      found?.run();
      return found !== undefined;
    },
  };
}
