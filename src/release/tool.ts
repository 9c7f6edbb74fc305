import { spawn } from 'node:child_process';
import { SlipwayError } from '../kernel/index.ts';

const STDERR_MAX_CHARACTERS = 2000;

/**
 * Runs a program of the system by argv. Settles only when it has ended, also after an abort (then with the signal's
 * reason). Rejects with `disk_full` or `failed`: the program's own words tell them apart, so they are asked for in English.
 */
export function runTool(argv: readonly [string, ...string[]], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const [program, ...args] = argv;
    const env = { PATH: process.env.PATH, LC_ALL: 'C' };
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    const abort = () => void child.kill('SIGKILL');
    signal?.addEventListener('abort', abort, { once: true });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
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
