import { batch, type ReadonlySignal, signal } from '@preact/signals';
import {
  type AgentFrame,
  type AttachFrame,
  type ClientFrame,
  INPUT_WINDOW_BYTES,
  MAX_FRAME_BYTES,
  type OpenFrame,
  type TerminalSize,
} from '../../../api/pages/index.ts';
import type { BrowserClock } from '../../browser/index.ts';
import { Problem, problemOf } from '../../client/index.ts';

/** What a console is opened on; nulls for the host itself. */
export interface ConsoleTarget {
  app: string | null;
  instance: string | null;
}

export type ConsoleState =
  | { is: 'connecting' }
  | { is: 'live' }
  /** The shell goes on; it is tried again. */
  | { is: 'lost' }
  | { is: 'ended'; status: number | null; signal: string | null }
  | { is: 'refused'; problem: Problem };

/** The little of a WebSocket that is needed. */
export interface Connection {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

interface ConnectionListeners {
  onOpen: () => void;
  onText: (text: string) => void;
  onBytes: (bytes: Uint8Array) => void;
  onClose: () => void;
}

export interface ConsoleModel {
  state: ReadonlySignal<ConsoleState>;
  readOnly: ReadonlySignal<boolean>;
  /** Null until it runs. */
  id: ReadonlySignal<string | null>;
  type(text: string): void;
  resize(size: TerminalSize): void;
  /** Writes to it, in the place of another page. */
  take(): void;
  /** Begins anew after an end. */
  openAgain(): void;
  /** Tries at once: the network is back, the tab is looked at again. */
  retry(): void;
  start(): () => void;
}

interface ConsoleOptions {
  connect: (listeners: ConnectionListeners) => Connection;
  clock: BrowserClock;
  target: ConsoleTarget;
  /** Names this page, differently from the same page in another tab. */
  viewer: string;
  /** The console that this tab had before it was loaded anew; what remembers it. */
  remembered: string | null;
  remember: (id: string | null) => void;
  /** Takes output; `screen`: what a terminal is to show after a reset. */
  show: (output: { screen: string } | { bytes: Uint8Array }) => void;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

/** A console as this page has it: the shell itself is kept by the agent, and come back to after a break. */
export function createConsole(options: ConsoleOptions): ConsoleModel {
  const { clock, target, viewer, remember, show } = options;
  const state = signal<ConsoleState>({ is: 'connecting' });
  const readOnly = signal(false);
  const id = signal<string | null>(options.remembered);
  let size: TerminalSize = { columns: 80, rows: 24 };
  let connection: Connection | null = null;
  let open = new AbortController();
  let wake = () => {};
  /** How many bytes of output were shown; null: this page shows none of it. */
  let seen: number | null = null;
  let wantsControl = false;
  let isOpen = false;
  let waitMs = FIRST_WAIT_MS;
  let queue: Uint8Array<ArrayBuffer>[] = [];
  let onTheWay = 0;

  const tell = (frame: ClientFrame) => connection?.send(JSON.stringify(frame));
  const isOver = () => state.value.is === 'ended' || state.value.is === 'refused';

  function first(): OpenFrame | AttachFrame {
    if (id.value !== null)
      return { type: 'attach', console: id.value, viewer, after: seen, size, take: wantsControl };
    return {
      type: 'open',
      ...target,
      size,
      variables: { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
      viewer,
    };
  }

  function hear(frame: AgentFrame): void {
    if (frame.type === 'opened') {
      waitMs = FIRST_WAIT_MS;
      isOpen = true;
      wantsControl = false;
      if (typeof frame.screen === 'string') show({ screen: frame.screen });
      seen = frame.sequence ?? 0;
      batch(() => {
        id.value = frame.console ?? null;
        readOnly.value = frame.read_only ?? false;
        state.value = { is: 'live' };
      });
      remember(id.value);
      tell({ type: 'resize', ...size });
      pump();
    } else if (frame.type === 'control') readOnly.value = frame.read_only;
    else if (frame.type === 'taken') {
      onTheWay -= frame.bytes;
      pump();
    } else if (frame.type === 'exited') {
      state.value = { is: 'ended', status: frame.status, signal: frame.signal };
      remember(null);
    } else if (frame.type === 'failed') fail(problemOf(frame.error, 0));
  }

  /** A console that is not there any more was a former one, unless this page has seen it. */
  function fail(problem: Problem): void {
    if (problem.code === 'console_unknown' && seen === null) {
      id.value = null;
      remember(null);
    } else if (problem.code === 'shell_refused' && isOpen) seen = null;
    else {
      state.value = { is: 'refused', problem };
      remember(null);
    }
  }

  function pump(): void {
    while (isOpen && queue.length > 0) {
      const [next] = queue;
      if (next === undefined || onTheWay + next.length > INPUT_WINDOW_BYTES) return;
      queue.shift();
      onTheWay += next.length;
      connection?.send(next);
    }
  }

  /** One connection, until it ends. */
  function once(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      isOpen = false;
      onTheWay = 0;
      queue = [];
      connection = options.connect({
        onOpen: () => tell(first()),
        onText: (text) => hear(JSON.parse(text) as AgentFrame),
        onBytes(bytes) {
          seen = (seen ?? 0) + bytes.length;
          show({ bytes });
        },
        onClose: resolve,
      });
      signal.addEventListener('abort', () => connection?.close(), { once: true });
    });
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await once(signal);
      // Another one may have begun meanwhile.
      if (signal.aborted) return;
      connection = null;
      isOpen = false;
      if (isOver()) return;
      state.value = { is: 'lost' };
      const waiting = new AbortController();
      wake = () => waiting.abort();
      await clock.sleep(waitMs, AbortSignal.any([signal, waiting.signal]));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  const begin = () => {
    open.abort();
    open = new AbortController();
    state.value = { is: 'connecting' };
    void run(open.signal);
  };

  return {
    ...{ state, readOnly, id },
    type(text) {
      if (!isOpen || readOnly.value) return;
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; at += MAX_FRAME_BYTES)
        queue.push(bytes.slice(at, at + MAX_FRAME_BYTES));
      pump();
    },
    resize(next) {
      size = next;
      if (isOpen) tell({ type: 'resize', ...size });
    },
    take() {
      wantsControl = true;
      connection?.close();
      wake();
    },
    openAgain() {
      id.value = null;
      seen = null;
      remember(null);
      show({ screen: '' });
      begin();
    },
    retry: () => wake(),
    start() {
      begin();
      return () => open.abort();
    },
  };
}
