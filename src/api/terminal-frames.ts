import type { WireError } from './wire-error.ts';

/*
 * What goes over the WebSocket of a shell. Binary frames are bytes as the terminal has them, both ways; text frames are
 * the JSON of the shapes below. Either side bounds what the other can make it hold:
 *
 * - of input, at most `INPUT_WINDOW_BYTES` may be on the way; the agent says by `taken` how much the program's side has
 *   taken. An input that the program does not read cannot stop the other frames that way.
 * - of output, the agent sends on as the socket takes it; a reader that does not read holds the program up.
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

/** The first frame. */
export interface OpenFrame {
  type: 'open';
  app: string;
  /** Null: the only one. */
  instance: string | null;
  /** Null where input and output are pipes. */
  size: TerminalSize | null;
  variables: TerminalVariables;
}

export type ClientFrame =
  | OpenFrame
  | ({ type: 'resize' } & TerminalSize)
  /** There will be no more input. */
  | { type: 'end' };

export type AgentFrame =
  /** It runs. Input may be sent before, and is kept. */
  | { type: 'opened' }
  | { type: 'taken'; bytes: number }
  /** Last, after all output: how the program ended. */
  | { type: 'exited'; status: number | null; signal: string | null }
  /** Last: why there is no shell, or no longer. */
  | { type: 'failed'; error: WireError };

/** A larger frame from a client ends the shell. */
export const MAX_FRAME_BYTES = 64 * 1024;
export const INPUT_WINDOW_BYTES = 256 * 1024;
