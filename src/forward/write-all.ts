import type { Writable } from 'node:stream';
import { onAbort } from '../kernel/index.ts';

/** Resolves when the kernel has all of it. @throws Error `closed` where the stream is closed before; the signal's reason */
export function writeAll(stream: Writable, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed || signal.aborted) return reject(signal.reason ?? new Error('closed'));
    const closed = () => settle(() => reject(new Error('closed')));
    const settle = (end: () => void) => {
      forget();
      stream.off('close', closed);
      end();
    };
    const forget = onAbort(signal, (reason) => settle(() => reject(reason)));
    stream.once('close', closed);
    stream.write(bytes, (error) => settle(() => (error ? reject(error) : resolve())));
  });
}
