import colors from 'picocolors';

export type Colors = ReturnType<typeof colors.createColors>;

/** Standard output or standard error, and what it can show. */
export interface Channel {
  write: (text: string) => void;
  /** Colours where a person looks and has not forbidden them, else plain text. */
  colors: Colors;
  /** Whether a person looks at it, on a terminal that can move its cursor. */
  live: boolean;
  columns: () => number;
}

export function channelOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Channel {
  const live = stream.isTTY && env.TERM !== 'dumb';
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough: `slipway logs shop | head`.
    if (error.code === 'EPIPE') process.exit(0);
    process.exit(1);
  });
  return {
    write: (text) => void stream.write(text),
    colors: colors.createColors(live && !env.NO_COLOR),
    live,
    columns: () => stream.columns || 80,
  };
}
