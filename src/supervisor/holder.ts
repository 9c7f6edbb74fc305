import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Account } from './account.ts';
import { bootId } from './proc.ts';

/**
 * The holder: a tiny sh that starts the app in a session of its own, waits for it, and leaves its pid and exit status
 * in files. It lets an app outlive the agent, and lets a later agent learn how it ended.
 *
 * - It waits for a line on its standard input first, so that one can stand by: to fork the agent and start a shell takes
 *   as long as all the rest. If the agent dies before, the input ends, and so does the holder.
 * - The subshell writes its own /proc/self/stat before it becomes the app: pid and start time, with no window in which
 *   the app runs unrecorded.
 * - `&` leaves SIGINT and SIGQUIT ignored in the child: env(1) sets them back, or a stop by SIGINT would do nothing.
 * - The marker that everything the app starts inherits is set in the subshell: the holder itself does not bear it.
 * - `$?` cannot tell exit 137 from SIGKILL; `jobs` can: "Done(137)" against "Killed" (dash), "Exit 137" (bash).
 * - The tools by their paths: a search through a long PATH takes longer than they do.
 * - No rename: an external mv costs as much as the start itself. A reader waits for the last line instead.
 * - Its variables have names that no app's environment has: assigned here, they would change there.
 *
 * $1 path of the run's files without their ending, $2 boot id, the rest: the app's argv.
 */
const HOLDER_SCRIPT = `
_slipway_run=$1 _slipway_boot=$2; shift 2
read -r _slipway_line || exit 0
exec </dev/null
( read -r _slipway_line </proc/self/stat; echo "$_slipway_boot $_slipway_line" >"$_slipway_run.start"
  export SLIPWAY_RUN="$_slipway_run"; exec /usr/bin/env --default-signal=INT,QUIT /usr/bin/setsid "$@" ) &
exec >/dev/null 2>&1
wait $!
_slipway_status=$?
{ jobs; echo $_slipway_status; } >"$_slipway_run.exit"
exit $_slipway_status`;

export interface HolderOptions {
  /** Path of the run's files without their ending: `<data>/run/<run id>`. */
  runPath: string;
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Whom the app runs as; null for the agent's own user. */
  account: Account | null;
  stdoutFd: number;
  stderrFd: number;
}

export interface Holder {
  process: ChildProcess;
  /** A line starts the app; its end ends a holder that has not started any. */
  stdin: Writable;
}

/**
 * Starts a holder, which starts the app once it gets a line. From then on it hangs on nothing of the agent's: own
 * session, output straight into files, no pipe.
 */
export function spawnHolder(options: HolderOptions): Holder {
  // setpriv and not Node's uid/gid: those drop the supplementary groups.
  const asUser =
    options.account === null
      ? []
      : [
          '/usr/bin/setpriv',
          `--reuid=${options.account.uid}`,
          `--regid=${options.account.gid}`,
          '--init-groups',
          '--',
        ];
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', HOLDER_SCRIPT, 'slipway-holder', options.runPath, bootId, ...asUser, ...options.argv],
    {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['pipe', options.stdoutFd, options.stderrFd],
    },
  );
  child.unref();
  const { stdin } = child;
  if (!stdin) throw new Error('a process without the pipe that was asked for');
  // Broken where the holder ended first: its end is told of by `exit`.
  stdin.on('error', () => undefined);
  return { process: child, stdin };
}

/** The text of `<run>.start`, or null while it is not whole. */
export function parseStart(text: string): { bootId: string; statLine: string } | null {
  const match = /^(\S+) (.+)\n$/.exec(text);
  return match?.[1] && match[2] ? { bootId: match[1], statLine: match[2] } : null;
}

/** The text of `<run>.exit`: status, or number of the signal; null while it is not whole. */
export function parseExit(text: string): { status: number | null; signalNumber: number | null } | null {
  const match = /^([\s\S]*?)(\d+)\n$/.exec(text);
  if (!match || (match[1] !== '' && !match[1]?.endsWith('\n'))) return null;
  const code = Number(match[2]);
  const byItself = /\b(Done|Exit)\b/.test(match[1] ?? '') || code <= 128;
  return byItself ? { status: code, signalNumber: null } : { status: null, signalNumber: code - 128 };
}
