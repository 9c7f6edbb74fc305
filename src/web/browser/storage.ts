import { type Signal, signal } from '@preact/signals';

/** Text by name, as `localStorage` keeps it. */
export type Store = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * A choice of the reader's that outlives the page. A store that refuses (private windows, a full disk) costs the memory of it
 * and nothing else.
 */
export function kept<T extends string>(store: Store, name: string, choices: readonly [T, ...T[]]): Signal<T> {
  const before = read(store, name);
  const value = signal<T>(choices.find((choice) => choice === before) ?? choices[0]);
  value.subscribe((choice) => {
    if (choice !== read(store, name)) write(store, name, choice);
  });
  return value;
}

function read(store: Store, name: string): string | null {
  try {
    return store.getItem(`slipway.${name}`);
  } catch {
    return null;
  }
}

function write(store: Store, name: string, value: string): void {
  try {
    store.setItem(`slipway.${name}`, value);
  } catch {
    // See above.
  }
}
