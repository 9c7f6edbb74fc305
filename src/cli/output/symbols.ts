/** Signs for a state, as the terminal's locale allows. */
export interface Symbols {
  done: string;
  failed: string;
  skipped: string;
  frames: readonly string[];
}

const UNICODE: Symbols = {
  done: '✔',
  failed: '✖',
  skipped: '○',
  frames: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};
const ASCII: Symbols = { done: '+', failed: 'x', skipped: '-', frames: ['|', '/', '-', '\\'] };

export function symbolsOf(env: NodeJS.ProcessEnv): Symbols {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}
