import type { ForwardedSignal, TerminalSize } from '../../api/index.ts';
import type { Launch, StopSettings } from '../../supervisor/index.ts';
import type { Snapshot } from './screen.ts';

export interface ShellExit {
  status: number | null;
  signal: string | null;
}

/** What the agent tells the process that holds a shell; the first is `start`. */
export type ToHost =
  | {
      type: 'start';
      launch: Launch;
      /** How all of it is ended. */
      stop: StopSettings;
      /** Directory of the control group that all of it runs in; null where there are none. */
      group: string | null;
      /** Null: the program gets the host's own input and output, and as its standard error descriptor 4. */
      size: TerminalSize | null;
      /** Whether input is kept until the console asks for it. */
      afterPrompt: boolean;
      /** Whether it is to tell, when it is asked, what the terminal shows. */
      kept: boolean;
    }
  /** What does the terminal show? */
  | { type: 'screen' }
  | { type: 'resize'; size: TerminalSize }
  /** To a program without a terminal, and its group. */
  | { type: 'signal'; signal: ForwardedSignal };

export type FromHost =
  | { type: 'started' }
  | ({ type: 'screen' } & Snapshot)
  /** It comes after all output; nothing that the program has started is left. */
  | ({ type: 'ended' } & ShellExit);
