import { spawn } from 'node:child_process';
import { onAbort } from './abort.ts';
import { errnoOf, messageOf, SlipwayError } from './errors.ts';

const STDOUT_MAX_CHARACTERS = 1024 ** 2;
const STDERR_MAX_CHARACTERS = 4096;
const FULL = /No space left on device|Disk quota exceeded/;

export interface ToolOptions {
  signal?: AbortSignal | undefined;
  /** Whom it runs as; null or missing: the agent's own user. */
  as?: { uid: number; gid: number } | null | undefined;
  /** Open files of ours that it reads from and writes to; without the second one, what it writes is returned. */
  stdin?: number;
  stdout?: number;
  /** In place of `stdin`: what it reads. */
  input?: Buffer;
  /** Those that it gets as 3, 4 and so on: the user that it runs as need not come to them by their paths. */
  files?: readonly number[];
}

/**
 * Runs a program of the system by argv, in a group of its own, and gives what it wrote. The environment is bare: no secret of
 * the agent's gets out. Settles only when it has ended, also after an abort, which ends its group (then with the signal's
 * reason). Rejects with `disk_full` or `tool_failed`: the program's own words tell them apart, so they are asked for in English.
 */
export function runTool(argv: readonly [string, ...string[]], options: ToolOptions = {}): Promise<string> {
  const {
    signal,
    as = null,
    input,
    stdin = input ? 'pipe' : 'ignore',
    stdout = 'pipe',
    files = [],
  } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    // setpriv and not a uid of Node's: that would keep the groups of root.
    const asUser = as ? ['setpriv', `--reuid=${as.uid}`, `--regid=${as.gid}`, '--clear-groups', '--'] : [];
    const [program = '', ...args] = [...asUser, ...argv];
    const child = spawn(program, args, {
      stdio: [stdin, stdout, 'pipe', ...files],
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      cwd: '/',
      detached: true,
    });
    const abort = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if (errnoOf(error) !== 'ESRCH') throw error;
      }
    };
    const forget = onAbort(signal, abort);
    // Where descriptors ran out there are no pipes, and an error follows. Who ends without reading says why by its status.
    child.stdin?.on('error', () => undefined).end(input);
    let written = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (written.length < STDOUT_MAX_CHARACTERS) written += text;
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < STDERR_MAX_CHARACTERS) stderr += text;
    });
    child.on('error', (cause) => {
      forget();
      reject(
        new SlipwayError('tool_failed', { message: `${program} cannot be run: ${messageOf(cause)}`, cause }),
      );
    });
    child.on('close', (status, killedBy) => {
      forget();
      if (signal?.aborted) return reject(signal.reason);
      if (status === 0) return resolve(written);
      // One line for each file that found no room is the same a hundred times.
      const full = stderr.split('\n').find((line) => FULL.test(line));
      if (full !== undefined)
        return reject(new SlipwayError('disk_full', { message: `the disk is full: ${full.trim()}` }));
      const message = stderr.trim() || `${argv[0]} ended with ${killedBy ?? `status ${status}`}`;
      reject(new SlipwayError('tool_failed', { message }));
    });
  });
}
