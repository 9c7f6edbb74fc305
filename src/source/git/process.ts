import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, onAbort, SlipwayError, sleep } from '../../kernel/index.ts';
import type { Containment } from '../containment.ts';

export interface GitCall {
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
  clock: Clock;
  signal: AbortSignal;
  /** Ends it when it has written nothing for so long. */
  silenceMs: number;
  input?: Uint8Array;
  /** Takes what git writes as it comes, of which nothing is held then. What it throws ends git, and is what `runGit` rejects with. */
  take?: (chunk: Buffer) => void;
  containment?: Containment;
}

/** git ended with another status than 0. Nothing of it is for people: `explain` makes a sentence of it. */
export class GitFailure extends Error {
  readonly stderr: string;

  constructor(call: GitCall, ended: string, stderr: string) {
    super(`git ${subcommandOf(call.args)} ${ended}: ${stderr.trim()}`);
    this.name = 'GitFailure';
    this.stderr = stderr;
  }
}

/** Held at once; what is larger is taken as it comes. */
const MAX_OUTPUT_BYTES = 80 * 1024 ** 2;
const KEPT_STDERR_BYTES = 16 * 1024;
const KILL_AFTER_MS = 3000;
const GROUP_LOOK_MS = 5;

/**
 * Runs git and gives what it wrote. When the signal is aborted, or git is silent for too long or writes too much, its whole
 * process group is ended, and only then this rejects. Errors: `GitFailure`, `timeout`, `start_failed`; the signal's reason.
 */
export function runGit(call: GitCall): Promise<Buffer> {
  const { signal, clock } = call;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const git = ['git', ...call.args];
    const [file = 'git', ...args] = call.containment?.enter(git) ?? git;
    const child = spawn(file, args, {
      env: call.environment,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Where descriptors ran out there are no pipes, and the error follows in a moment.
    child.once('error', (error) => reject(notStarted(error)));
    if (child.pid === undefined) return;
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = '';
    let lastSignOfLife = clock.monotonicMs();
    let broken: { reason: unknown } | null = null;
    let cancelKill = () => {};

    function end(reason: unknown) {
      if (broken) return;
      broken = { reason };
      // git takes its lock files away when it is asked to end.
      signalGroup(child, 'SIGTERM');
      if (child.exitCode !== null || child.signalCode !== null) endLeftovers();
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
      cancelKill = () => clearTimeout(timer);
    }
    const forget = onAbort(signal, end);
    let cancelSilence = watchSilence();
    function watchSilence(): () => void {
      const leftMs = lastSignOfLife + call.silenceMs - clock.monotonicMs();
      return clock.after(leftMs, () => {
        if (clock.monotonicMs() - lastSignOfLife >= call.silenceMs) end(tooSilent(call));
        else cancelSilence = watchSilence();
      });
    }

    child.stdout.on('data', (chunk: Buffer) => {
      lastSignOfLife = clock.monotonicMs();
      if (call.take) return take(chunk);
      stdoutBytes += chunk.length;
      if (stdoutBytes > MAX_OUTPUT_BYTES) end(tooMuch(call));
      else stdout.push(chunk);
    });
    function take(chunk: Buffer) {
      if (broken) return;
      try {
        call.take?.(chunk);
      } catch (error) {
        end(error);
      }
    }
    child.stderr.on('data', (chunk: Buffer) => {
      lastSignOfLife = clock.monotonicMs();
      stderr = (stderr + chunk.toString()).slice(-KEPT_STDERR_BYTES);
    });
    // It need not read what it is given.
    child.stdin.on('error', () => {});
    child.stdin.end(call.input ?? '');

    function settle(finish: () => void) {
      cancelKill();
      cancelSilence();
      forget();
      finish();
    }
    child.on('error', (error) => settle(() => reject(notStarted(error))));
    child.on('exit', () => {
      if (broken) endLeftovers();
    });
    /** Ends what git, which has ended itself, left behind. */
    function endLeftovers() {
      signalGroup(child, 'SIGKILL');
      // What has left the group may hold the pipes open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    }
    child.on('close', (status, killedBy) =>
      settle(() => {
        const { reason } = broken ?? {};
        if (broken)
          untilGone(call, child).then(
            () => reject(reason),
            () => reject(reason),
          );
        else if (status === 0) resolve(Buffer.concat(stdout));
        else
          reject(
            new GitFailure(
              call,
              killedBy ? `was ended by ${killedBy}` : `ended with status ${status}`,
              stderr,
            ),
          );
      }),
    );
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // None of the group is left.
  }
}

async function untilGone({ containment, clock }: GitCall, child: ChildProcess): Promise<void> {
  await (containment ? containment.end() : untilGroupIsGone(child, clock));
}

/** What was killed may yet finish what the kernel does for it, in folders that are about to be removed. */
async function untilGroupIsGone({ pid }: ChildProcess, clock: Clock): Promise<void> {
  if (pid === undefined) return;
  const start = clock.monotonicMs();
  // A group of orphans that nobody reaps lasts for ever.
  while (clock.monotonicMs() - start < KILL_AFTER_MS) {
    try {
      process.kill(-pid, 0);
    } catch {
      return;
    }
    await sleep(GROUP_LOOK_MS, { clock });
  }
}

/** The first word that is no option: `-c` and `--git-dir` have values. */
function subcommandOf(args: readonly string[]): string {
  return args.find((word, index) => !word.startsWith('-') && args[index - 1] !== '-c') ?? '';
}

function tooSilent(call: GitCall): SlipwayError {
  return new SlipwayError('timeout', {
    message: `git ${subcommandOf(call.args)} gave no sign of life for ${Math.round(call.silenceMs / 1000)} s and was ended`,
    hint: 'what is live was left as it was',
  });
}

function tooMuch(call: GitCall): SlipwayError {
  return new SlipwayError('offer_invalid', {
    message: `git ${subcommandOf(call.args)} wrote more than ${MAX_OUTPUT_BYTES} bytes and was ended`,
    hint: 'the repository has too many refs or files; what is live was left as it was',
  });
}

function notStarted(error: NodeJS.ErrnoException): SlipwayError {
  return new SlipwayError('start_failed', {
    message: error.code === 'ENOENT' ? 'git is not installed' : `git cannot be started: ${error.message}`,
    hint: 'what is live was left as it was',
    next: 'apt-get install git',
    cause: error,
  });
}
