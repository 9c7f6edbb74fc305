import { spawn } from 'node:child_process';
import { SlipwayError } from './errors.ts';

const STDERR_MAX_CHARACTERS = 2000;

export interface ToolOptions {
  signal?: AbortSignal | undefined;
  /** Whom it runs as; null or missing: the agent's own user. */
  as?: { uid: number; gid: number } | null | undefined;
  /** Open files of ours that it gets as 3, 4 and so on: the user that it runs as need not come to them by their paths. */
  files?: readonly number[];
}

/**
 * Runs a program of the system by argv. Settles only when it has ended, also after an abort (then with the signal's
 * reason). Rejects with `disk_full` or `failed`: the program's own words tell them apart, so they are asked for in English.
 */
export function runTool(argv: readonly [string, ...string[]], options: ToolOptions = {}): Promise<void> {
  const { signal, as = null, files = [] } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    // setpriv and not a uid of Node's: that would keep the groups of root.
    const asUser = as ? ['setpriv', `--reuid=${as.uid}`, `--regid=${as.gid}`, '--clear-groups', '--'] : [];
    const [program = '', ...args] = [...asUser, ...argv];
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe', ...files],
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      cwd: '/',
    });
    const abort = () => void child.kill('SIGKILL');
    signal?.addEventListener('abort', abort, { once: true });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, STDERR_MAX_CHARACTERS);
    });
    let spawnError: Error | null = null;
    child.on('error', (error) => {
      spawnError = error;
    });
    child.on('close', (status, killedBy) => {
      signal?.removeEventListener('abort', abort);
      if (status === 0) return resolve();
      if (signal?.aborted) return reject(signal.reason);
      const why = spawnError?.message ?? (stderr.trim() || `exit status ${status ?? killedBy}`);
      const full = /No space left on device|Disk quota exceeded/.test(stderr);
      reject(
        new SlipwayError(full ? 'disk_full' : 'failed', { message: `${argv.join(' ')} failed: ${why}` }),
      );
    });
  });
}
