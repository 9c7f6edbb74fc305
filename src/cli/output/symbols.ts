/** Signs for a state, as the terminal's locale allows. */
export interface Symbols {
  done: string;
  failed: string;
  skipped: string;
  /** Failed, and nothing hangs on it. */
  warning: string;
  /** It stands before what a step printed. */
  gutter: string;
  /** One column of a bar. */
  bar: string;
  frames: readonly string[];
}

const UNICODE: Symbols = {
  done: '✔',
  failed: '✖',
  skipped: '○',
  warning: '!',
  gutter: '│',
  bar: '█',
  frames: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};
const ASCII: Symbols = {
  done: '+',
  failed: 'x',
  skipped: '-',
  warning: '!',
  gutter: '|',
  bar: '#',
  frames: ['|', '/', '-', '\\'],
};

export function symbolsOf(env: NodeJS.ProcessEnv): Symbols {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}
