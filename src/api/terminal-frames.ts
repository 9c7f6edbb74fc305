import type { WireError } from './wire-error.ts';

/*
 * What goes over the WebSocket of a shell. Binary frames are bytes as the terminal has them, both ways; text frames are
 * the JSON of the shapes below. Either side bounds what the other can make it hold:
 *
 * - of input, at most `INPUT_WINDOW_BYTES` may be on the way; the agent says by `taken` how much the program's side has
 *   taken. An input that the program does not read cannot stop the other frames that way.
 * - of output, the agent sends on as the socket takes it; a reader that does not read holds the program up.
 *
 * A one-off command on pipes has two outputs: a `stream` frame says of which one the binary frames are that follow it.
 */

export interface TerminalSize {
  columns: number;
  rows: number;
}

export const MAX_COLUMNS = 1000;
export const MAX_ROWS = 1000;

/** What a program has to know of the terminal that it writes to. Nothing else is taken over. */
export const TERMINAL_VARIABLES = ['TERM', 'COLORTERM', 'LANG', 'LC_ALL', 'LC_CTYPE'] as const;

export type TerminalVariables = Partial<Record<(typeof TERMINAL_VARIABLES)[number], string>>;

/** The first frame, for a shell of its own. */
export interface OpenFrame {
  type: 'open';
  /** Null: the host itself, as the agent's user. */
  app: string | null;
  /** Null: the only one. */
  instance: string | null;
  /** Null where input and output are pipes. */
  size: TerminalSize | null;
  variables: TerminalVariables;
  /**
   * A one-off command, as argv, in the live release of the app, in the place of a console of an instance; on a terminal it may
   * be empty: a shell there.
   */
  command?: string[] | undefined;
  /**
   * Names the page that opens it. What a page opens is a console: it is kept when the connection breaks, and the page may
   * come back to it. Without a name the shell ends with its connection.
   */
  viewer?: string | undefined;
}

/** The first frame, for a console that is there already. */
export interface AttachFrame {
  type: 'attach';
  console: string;
  viewer: string;
  /** How many bytes of its output the page has seen; null: none that it still shows. */
  after: number | null;
  size: TerminalSize;
  /** Whether to write to it, also where another page does. Without it, the second one to look may only read. */
  take: boolean;
}

export type ClientFrame =
  | OpenFrame
  | AttachFrame
  | ({ type: 'resize' } & TerminalSize)
  /** For a one-off command on pipes, and what it has started in its group: a terminal sends them by its keys. */
  | { type: 'signal'; signal: ForwardedSignal }
  /** There will be no more input. */
  | { type: 'end' };

/** What a page is told of its console; of a shell that ends with its connection, nothing. */
export interface OpenedConsole {
  console?: string;
  /** How many bytes of output were before those that follow. */
  sequence?: number;
  /** What a terminal is to be given, after a reset, before what follows; null: it shows all that was before. */
  screen?: string | null;
  read_only?: boolean;
}

export const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;

export type ForwardedSignal = (typeof FORWARDED_SIGNALS)[number];

/** The first output is `stdout`, until something else is said. */
export type OutputStream = 'stdout' | 'stderr';

export type AgentFrame =
  /** It runs. Input may be sent before, and is kept. */
  | ({ type: 'opened' } & OpenedConsole)
  /** Another page writes to the console now, or no longer does. */
  | { type: 'control'; read_only: boolean }
  | { type: 'taken'; bytes: number }
  | { type: 'stream'; stream: OutputStream }
  /** Last, after all output: how the program ended. */
  | { type: 'exited'; status: number | null; signal: string | null }
  /** Last: why there is no shell, or no longer. */
  | { type: 'failed'; error: WireError };

/** A larger frame from a client ends the shell. */
export const MAX_FRAME_BYTES = 64 * 1024;
export const INPUT_WINDOW_BYTES = 256 * 1024;
