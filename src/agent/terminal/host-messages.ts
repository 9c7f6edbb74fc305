import type { TerminalSize } from '../../api/index.ts';
import type { Launch } from '../../supervisor/index.ts';

export interface ShellExit {
  status: number | null;
  signal: string | null;
}

/** From the agent to the process that holds a shell; the first is `start`. */
export type ToHost =
  | {
      type: 'start';
      launch: Launch;
      /** What all that it starts bears in the environment, as SLIPWAY_RUN. */
      marker: string;
      /** Null: the program gets the host's own input and output. */
      size: TerminalSize | null;
      /** Whether input is kept until the console asks for it. */
      afterPrompt: boolean;
    }
  | { type: 'resize'; size: TerminalSize };

export type FromHost =
  | { type: 'started' }
  /** After all output; nothing that the program has started is left. */
  | ({ type: 'ended' } & ShellExit);
