import { once } from 'node:events';
import os from 'node:os';
import type { OutputStream } from '../../api/index.ts';

/** Bytes, for a character may come in two parts. */
export async function showOutput(bytes: Buffer, stream: OutputStream): Promise<void> {
  const to = stream === 'stderr' ? process.stderr : process.stdout;
  if (!to.write(bytes)) await once(to, 'drain');
}

/** What the program ended with, or 128 and the number of the signal, as a shell would tell it. */
export function statusOf({ status, signal }: { status: number | null; signal: string | null }): number {
  return status ?? 128 + (os.constants.signals[signal as NodeJS.Signals] ?? 0);
}
