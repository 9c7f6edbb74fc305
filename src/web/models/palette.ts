import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';

/** Something that can be gone to or done. */
export interface PaletteEntry {
  id: string;
  text: string;
  /** What it belongs to, as `App` or `Page`. */
  kind: string;
  /** The key that does the same. */
  keys?: string;
  run: () => void;
}

/** Finds what was typed, the best first, in the order of `texts` where nothing was. Gives indices. */
export type Finder = (texts: readonly string[], typed: string) => readonly number[];

export interface PaletteModel {
  typed: Signal<string>;
  found: ReadonlySignal<readonly PaletteEntry[]>;
  /** Index of the entry that Enter takes. */
  at: ReadonlySignal<number>;
  type(text: string): void;
  move(by: number): void;
}

const SHOWN = 12;

export function createPalette(entries: ReadonlySignal<readonly PaletteEntry[]>, find: Finder): PaletteModel {
  const typed = signal('');
  const chosen = signal(0);
  const found = computed(() => {
    const texts = entries.value.map(({ kind, text }) => `${text} ${kind}`);
    const order = typed.value.trim() === '' ? texts.keys() : find(texts, typed.value.trim());
    return [...order].flatMap((index) => entries.value[index] ?? []).slice(0, SHOWN);
  });
  return {
    typed,
    found,
    at: computed(() => Math.min(chosen.value, Math.max(0, found.value.length - 1))),
    type(text) {
      typed.value = text;
      chosen.value = 0;
    },
    move(by) {
      const count = found.value.length;
      if (count > 0) chosen.value = (Math.min(chosen.value, count - 1) + by + count) % count;
    },
  };
}
