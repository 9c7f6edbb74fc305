import type { ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Client, Feed } from '../client/index.ts';
import type { Keys, Preferences, SessionModel, StatusModel, Toasts } from '../models/index.ts';
import type { Router } from '../router/index.ts';

/** What every page may use. Made once, by `shell/start.tsx`. */
export interface Slipway {
  client: Client;
  feed: Feed;
  router: Router;
  session: SessionModel;
  status: StatusModel;
  preferences: Preferences;
  toasts: Toasts;
  keys: Keys;
  now: ReadonlySignal<number>;
}

export const SlipwayContext = createContext<Slipway | null>(null);

export function useSlipway(): Slipway {
  const slipway = useContext(SlipwayContext);
  if (slipway === null) throw new Error('there is no Slipway around this component');
  return slipway;
}
