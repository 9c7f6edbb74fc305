import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onAbort, SlipwayError } from '../../kernel/index.ts';

/** How long another publisher is waited for. */
const WAIT_S = 60;

/**
 * Holds a folder against other publishers. Node has no flock(2), so flock(1) of util-linux has it: it lives until its stdin
 * ends, with us at the latest.
 * @throws SlipwayError `publish_conflict` where another one has it for a minute; the signal's reason
 */
export async function lockFolder(folder: string, signal: AbortSignal): Promise<AsyncDisposable> {
  signal.throwIfAborted();
  const args = ['--exclusive', '--wait', String(WAIT_S), folder, 'sh', '-c', 'echo; exec cat'];
  const child = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => undefined);
  const closed = once(child, 'close').catch(() => undefined);
  using _ = { [Symbol.dispose]: onAbort(signal, () => child.kill()) };
  const held = await Promise.race([once(child.stdout, 'data').then(() => true), closed.then(() => false)]);
  signal.throwIfAborted();
  if (!held)
    throw new SlipwayError('publish_conflict', {
      message: `${folder} is held by another publisher for ${WAIT_S} s, or flock(1) of util-linux is missing`,
      hint: 'nothing was changed',
      next: `fuser -v ${folder}`,
    });
  return {
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
    },
  };
}
