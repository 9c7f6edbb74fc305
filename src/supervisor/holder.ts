import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Writable } from 'node:stream';
import type { Account } from './account.ts';
import { asUser } from './as-user.ts';
import type { ControlGroup } from './cgroup/index.ts';
import { bootId, parseStat, pidNamespaceOf } from './proc.ts';
import type { ProcessIdentity } from './run-processes.ts';

/** What holders, and what stands by to become an app, have in their command line before the path of the run's files. */
export const HOLDER_NAME = 'slipway-holder';

/** A pipe beside the folder of the records, which keeps holders waiting whose app has ended. */
export const HOLD = 'hold';

/**
 * The holder: a tiny sh that starts the app in a session of its own, waits for it, and leaves its pid and exit status
 * in files. It lets an app outlive the agent, and lets a later agent learn how it ended.
 *
 * - What becomes the app waits for a line on the holder's standard input first, so that it can stand by: all that it is to be
 *   (in its control group and session, with its signals) it is by then, and one exec is left. If the agent dies before, the
 *   input ends, and so do the two.
 * - Each moves into its control group itself: moved by the agent, what they start meanwhile would stay behind. The app's
 *   first instruction runs in its group.
 * - It takes in the orphans of its run (PR_SET_CHILD_SUBREAPER, which perl sets before it becomes the shell), and when
 *   the app has ended it waits, for a pipe that nobody writes to, until the agent has seen what is left, and ends it.
 * - It writes its own /proc/self/stat before it becomes the app: pid and start time, with no window in which the app runs
 *   unrecorded.
 * - It leaves the directory of the app: it would keep that from being removed while it waits.
 * - `&` leaves SIGINT and SIGQUIT ignored in the child: env(1) sets them back, or a stop by SIGINT would do nothing.
 * - Where there is no record (the input ended, the group or a limit is not to be had, the disk is full) it ends with the status
 *   of what was to become the app, which says most of it.
 * - `$?` cannot tell exit 137 from SIGKILL; `jobs` can: "Done(137)" against "Killed" (dash), "Exit 137" (bash).
 * - The tools by their paths: a search through a long PATH takes longer than they do.
 * - No rename: an external mv costs as much as the start itself. A reader waits for the last line instead.
 * - Its variables have names that no app's environment has: assigned here, they would change there.
 *
 * $1 path of the run's files without their ending, $2 the record's first line, $3 the control group of holders, $4 that
 * of the run (both empty where there are none), $5 open files, or empty, $6 what waits for the line and becomes the app
 * (APP_SCRIPT), the rest: the app's argv.
 */
const HOLDER_SCRIPT = `
_slipway_run=$1 _slipway_record=$2 _slipway_holders=$3 _slipway_group=$4 _slipway_files=$5 _slipway_app=$6; shift 6
[ -z "$_slipway_holders" ] || echo 0 >"$_slipway_holders/cgroup.procs" || exit 125
read -r _slipway_self </proc/self/stat
exec 3<&0 </dev/null
( [ -z "$_slipway_group" ] || echo 0 >"$_slipway_group/cgroup.procs" || exit 125
  [ -z "$_slipway_files" ] || ulimit -n "$_slipway_files" || exit 125
  exec /usr/bin/env --default-signal=INT,QUIT /usr/bin/setsid /bin/sh -c "$_slipway_app" ${HOLDER_NAME} \\
    "$_slipway_run" "$_slipway_record" "$_slipway_self" "$@" ) &
exec >/dev/null 2>&1 3<&-
cd /
wait $!
_slipway_status=$?
[ -e "$_slipway_run.start" ] || exit $_slipway_status
{ jobs; echo $_slipway_status; } >"$_slipway_run.exit" && read -r _slipway_line <>"\${_slipway_run%/*}/../${HOLD}"
exit $_slipway_status`;

/** $1 path of the run's files without their ending, $2 and $3 the first lines of the record, the rest: the app's argv. */
const APP_SCRIPT = `
read -r _slipway_main </proc/self/stat
read -r _slipway_line <&3 || exit 0
exec 3<&-
printf '%s\\n' "$2" "$3" "$_slipway_main" >"$1.start"
shift 3
exec "$@"`;

/** prctl(2) by its number: perl has no name for it without modules. */
const PRCTL = { x64: 157, arm64: 167 }[process.arch as string];
const PR_SET_CHILD_SUBREAPER = 36;
const PERL = '/usr/bin/perl';
const SUBREAPER =
  PRCTL === undefined || !fs.existsSync(PERL)
    ? []
    : [PERL, '-e', `syscall(${PRCTL}, ${PR_SET_CHILD_SUBREAPER}, 1, 0, 0, 0); exec @ARGV`, '--'];

/** Exit status of a holder whose app did not come as far as to be run. */
export const NOT_ENTERED = 125;

export interface HolderOptions {
  /** Path of the run's files without their ending: `<data>/run/<run id>`. */
  runPath: string;
  /** The id of the data folder. */
  folderId: string;
  groups: { holders: ControlGroup; run: ControlGroup } | null;
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Whom the app runs as; null for the agent's own user. */
  account: Account | null;
  /** Open files that each of its processes may have; null for as many as the agent. */
  maxFiles: number | null;
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
  const { groups } = options;
  const { argv, env } = asUser(options, options.account);
  const [file = '', ...args] = [
    ...SUBREAPER,
    ...['/bin/sh', '-c', HOLDER_SCRIPT, HOLDER_NAME, options.runPath, recordHead(options.folderId)],
    ...[
      groups?.holders.directory ?? '',
      groups?.run.directory ?? '',
      String(options.maxFiles ?? ''),
      APP_SCRIPT,
    ],
    ...argv,
  ];
  const child: ChildProcess = spawn(file, args, {
    cwd: options.cwd,
    env,
    detached: true,
    stdio: ['pipe', options.stdoutFd, options.stderrFd],
  });
  // Where descriptors ran out there is no stdin, and the error follows in a moment: somebody must listen by then.
  child.on('error', () => undefined);
  child.unref();
  const { stdin } = child;
  if (!stdin) throw new Error('a process without the pipe that was asked for');
  // Broken where the holder ended first: its end is told of by `exit`.
  stdin.on('error', () => undefined);
  return { process: child, stdin };
}

/** What a holder leaves in `<run>.start`. */
export interface StartRecord {
  bootId: string;
  /** Null where a version before has written it. */
  folderId: string | null;
  pidNamespace: string | null;
  holder: ProcessIdentity | null;
  main: ProcessIdentity;
}

/** Reads the record of a start; null while it is not whole. */
export function parseStart(text: string): StartRecord | null {
  const former = /^(\S+) (\d+ \(.+)\n$/.exec(text);
  const main = parseStat(former?.[2] ?? '');
  // A version before wrote boot id and process in one line.
  if (former?.[1] && main)
    return { bootId: former[1], folderId: null, pidNamespace: null, holder: null, main };
  const [head = '', holderLine = '', mainLine = '', end] = text.split('\n');
  const [bootId, folderId, pidNamespace] = head.split(' ');
  const stats = { holder: parseStat(holderLine), main: parseStat(mainLine) };
  if (end !== '' || !bootId || !folderId || !pidNamespace || !stats.holder || !stats.main) return null;
  return { bootId, folderId, pidNamespace, holder: stats.holder, main: stats.main };
}

function recordHead(folderId: string): string {
  return `${bootId} ${folderId} ${pidNamespaceOf('self') ?? '-'}`;
}

/** The text of `<run>.exit`: status, or number of the signal; null while it is not whole. */
export function parseExit(text: string): { status: number | null; signalNumber: number | null } | null {
  const match = /^([\s\S]*?)(\d+)\n$/.exec(text);
  if (!match || (match[1] !== '' && !match[1]?.endsWith('\n'))) return null;
  const code = Number(match[2]);
  const byItself = /\b(Done|Exit)\b/.test(match[1] ?? '') || code <= 128;
  return byItself ? { status: code, signalNumber: null } : { status: null, signalNumber: code - 128 };
}
