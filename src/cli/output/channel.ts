import { once } from 'node:events';
import colors from 'picocolors';
import { visible } from '../../kernel/index.ts';

export type Colors = ReturnType<typeof colors.createColors>;

/** Standard output or standard error, and what it can show. */
export interface Channel {
  /** Text, coloured perhaps. Whatever else a terminal would obey is written out: what others wrote may be in it. */
  write: (text: string) => void;
  /** Text as it is: what moves the cursor, and the logs of apps. */
  raw: (text: string) => void;
  /** Resolves when what was written has been taken, or is little: a slow reader slows a stream down. */
  drained: () => Promise<void>;
  /** Resolves when all that was written has been taken. */
  flushed: () => Promise<void>;
  /** Colours where a person looks and has not forbidden them, else plain text. */
  colors: Colors;
  /** Whether a person looks at it, on a terminal that can move its cursor. */
  live: boolean;
  isTerminal: boolean;
  columns: () => number;
  rows: () => number;
}

/** `onBroken` is told when nobody can read it any more: a closed pipe, a full disk. */
export function channelOf(options: {
  stream: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  onBroken: (error: NodeJS.ErrnoException) => void;
}): Channel {
  const { stream, env, onBroken } = options;
  // It is left out, and not false, where it is none.
  const live = stream.isTTY === true && env.TERM !== 'dumb';
  stream.on('error', onBroken);
  return {
    write(text) {
      stream.write(visible(text, { colours: true }));
    },
    raw(text) {
      stream.write(text);
    },
    drained: async () => {
      if (stream.writableNeedDrain) await once(stream, 'drain');
    },
    flushed: () =>
      new Promise((resolve) => {
        stream.write('', () => resolve());
      }),
    colors: colors.createColors(live && !env.NO_COLOR),
    live,
    isTerminal: stream.isTTY === true,
    columns: () => stream.columns || 80,
    rows: () => stream.rows || 24,
  };
}
