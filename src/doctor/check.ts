import { runTool } from '../kernel/index.ts';
import { commandAndNote } from '../wording/index.ts';

/** One thing that was looked at. */
export interface Check {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  /** What was found, in words. */
  message: string;
  /** The command that mends it; null where all is well, or no one command does. */
  mend: string | null;
  /** What belongs to the mend, and is no command. */
  note: string | null;
}

export const ok = (name: string, message: string): Check => ({
  ...{ name, state: 'ok', message, mend: null, note: null },
});
export const warn = (name: string, message: string, mend: string | null): Check => ({
  ...{ name, state: 'warn', message, ...mendOf(mend) },
});
export const fail = (name: string, message: string, mend: string | null): Check => ({
  ...{ name, state: 'fail', message, ...mendOf(mend) },
});

/** `mend` as errors have it: a command, and behind it in parentheses what is no command. */
function mendOf(mend: string | null): Pick<Check, 'mend' | 'note'> {
  if (mend === null) return { mend, note: null };
  const { command, note } = commandAndNote(mend);
  return { mend: command, note };
}

const TIMEOUT_MS = 30_000;

/** What a program prints; null where it is missing or ends with another status than 0. */
export function outputOf(program: string, args: string[]): Promise<string | null> {
  return runTool([program, ...args], { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null);
}
