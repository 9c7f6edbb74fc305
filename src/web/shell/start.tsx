import { effect } from '@preact/signals';
import { render } from 'preact';
import { browserClock } from '../browser/index.ts';
import { createClient, createFeed } from '../client/index.ts';
import { type Slipway, SlipwayContext } from '../context/index.ts';
import {
  createKeys,
  createNow,
  createPreferences,
  createSession,
  createStatus,
  createToasts,
} from '../models/index.ts';
import { createRouter } from '../router/index.ts';
import { Frame } from './frame.tsx';
import { findPage } from './routes.ts';
import { followSession, lookAtSession } from './session-start.ts';
import { showInTab } from './title.ts';

/** Puts the parts together, once for the whole window: the only place that knows all of them. */
export function start(window: Window & typeof globalThis): void {
  const { document, localStorage, navigator } = window;
  const session = createSession();
  const client = createClient({
    fetch: window.fetch.bind(window),
    onUnauthorized: () => session.noteUnauthorized(),
  });
  const feed = createFeed({
    client,
    clock: browserClock,
    tabs: { locks: navigator.locks ?? null, channel: () => new BroadcastChannel('slipway') },
  });
  const preferences = createPreferences(localStorage);
  const now = createNow(browserClock);
  const isVisible = () => document.visibilityState === 'visible';
  const slipway: Slipway = {
    client,
    feed,
    session,
    router: createRouter(window),
    status: createStatus({ client, feed, clock: browserClock, isVisible }),
    preferences,
    keys: createKeys(preferences, browserClock),
    toasts: createToasts(),
    now: now.now,
  };
  effect(() => {
    document.documentElement.dataset['theme'] = slipway.preferences.theme.value;
  });
  slipway.router.start();
  now.start();
  showInTab(document, slipway);
  followSession(slipway, (path) => findPage(path)?.route.open ?? false);
  // Who comes by an invitation is nobody yet.
  if (slipway.router.place.value.path !== '/invitation') void lookAtSession(slipway);
  document.addEventListener('visibilitychange', () => {
    if (!isVisible()) return;
    if (feed.state.value.is === 'down') feed.retry();
    // In another tab one may have logged in again, and as somebody else; or the role was changed.
    if (['open', 'ended'].includes(session.state.value)) void lookAtSession(slipway);
  });
  const place = document.getElementById('app');
  if (place === null) return;
  render(
    <SlipwayContext.Provider value={slipway}>
      <Frame />
    </SlipwayContext.Provider>,
    place,
  );
}
