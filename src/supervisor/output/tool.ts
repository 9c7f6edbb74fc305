import { type StdioOptions, spawn } from 'node:child_process';
import { errnoOf, messageOf, SlipwayError } from '../../kernel/index.ts';

const STDERR_MAX_BYTES = 4096;

export interface ToolOptions {
  args: readonly string[];
  stdio: StdioOptions;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a system tool to its end, in a group of its own that an abort ends as a whole.
 * @throws disk_full or failed, with what the tool said. The environment is bare: no secret of the agent's gets out.
 */
export function runTool(command: string, options: ToolOptions): Promise<void> {
  const { args, stdio, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' };
    const child = spawn(command, args, { stdio, env, detached: true });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < STDERR_MAX_BYTES) stderr += text;
    });
    const abort = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGTERM');
      } catch (error) {
        if (errnoOf(error) !== 'ESRCH') throw error;
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.on('error', (error) => {
      signal?.removeEventListener('abort', abort);
      reject(
        new SlipwayError('failed', {
          message: `${command} cannot be run: ${messageOf(error)}`,
          cause: error,
        }),
      );
    });
    child.on('close', (status, killedBy) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) return reject(signal.reason);
      if (status === 0) return resolve();
      const message = stderr.trim() || `${command} ended with ${killedBy ?? `status ${status}`}`;
      const isFull = /No space left on device|Disk quota exceeded/.test(stderr);
      reject(new SlipwayError(isFull ? 'disk_full' : 'failed', { message }));
    });
  });
}
