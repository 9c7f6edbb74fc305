import type { Happening } from '../../api/pages/index.ts';
import type { FeedState } from './feed-state.ts';

/** What tabs tell each other. `hello`: a tab has come, and asks how things stand. */
export interface TabMessage {
  hello?: true;
  retry?: true;
  state?: FeedState;
  happening?: Happening | null;
  id?: string | undefined;
}

export interface TabsOptions {
  /** Null where the browser has none, as over plain HTTP from another host: then each tab leads itself. */
  locks: LockManager | null;
  channel: () => BroadcastChannel;
}

export interface Tabs {
  post(message: TabMessage): void;
  close(): void;
}

const NAME = 'slipway-events';

/**
 * Of all tabs one leads: it holds the connection, and the others hear from it. Over HTTP/1.1 a browser has six connections
 * to a host, and a stream in each tab would leave none. When the leader is closed, its lock goes to another tab.
 */
export function createTabs(
  { locks, channel: open }: TabsOptions,
  role: {
    lead: (signal: AbortSignal) => Promise<void>;
    greet: () => TabMessage;
    hear: (message: TabMessage) => void;
  },
): Tabs {
  const closed = new AbortController();
  const channel = locks === null ? null : open();
  let leads = false;
  const lead = async () => {
    leads = true;
    await role.lead(closed.signal);
  };
  if (channel !== null)
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (data.hello && leads) channel.postMessage(role.greet());
      if (data.retry ? leads : !data.hello && !leads) role.hear(data);
    };
  if (locks === null) void lead();
  else {
    channel?.postMessage({ hello: true });
    locks.request(NAME, { signal: closed.signal }, lead).catch(() => {
      // Closed before its turn came.
    });
  }
  return {
    post: (message) => channel?.postMessage(message),
    close() {
      closed.abort();
      channel?.close();
    },
  };
}
