import type { Signal } from '@preact/signals';
import { kept, type Store } from '../browser/index.ts';

/** What the reader has chosen, in this browser. */
export interface Preferences {
  theme: Signal<'system' | 'light' | 'dark'>;
  zone: Signal<'local' | 'utc'>;
  /** How long ago something was, or when. */
  times: Signal<'relative' | 'exact'>;
  /** Single keys can be in the way of who speaks to the computer: they can be turned off. */
  keys: Signal<'on' | 'off'>;
}

export function createPreferences(store: Store): Preferences {
  return {
    theme: kept(store, 'theme', ['system', 'light', 'dark']),
    zone: kept(store, 'zone', ['local', 'utc']),
    times: kept(store, 'times', ['relative', 'exact']),
    keys: kept(store, 'keys', ['on', 'off']),
  };
}
