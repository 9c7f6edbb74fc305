import type { Signal } from '@preact/signals';
import { kept, type Store } from '../browser/index.ts';

/** What the reader has chosen, in this browser. */
export interface Preferences {
  theme: Signal<'system' | 'light' | 'dark'>;
  zone: Signal<'local' | 'utc'>;
  /** Single keys can be in the way of who speaks to the computer: they can be turned off. */
  keys: Signal<'on' | 'off'>;
}

export function createPreferences(store: Store): Preferences {
  return {
    theme: kept(store, 'theme', ['system', 'light', 'dark']),
    zone: kept(store, 'zone', ['local', 'utc']),
    keys: kept(store, 'keys', ['on', 'off']),
  };
}
