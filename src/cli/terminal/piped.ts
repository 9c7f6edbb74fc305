import type { RemoteShell } from '../../api/index.ts';

/** Sends what comes through a pipe, as fast as it is taken, and its end. */
export async function piped(shell: RemoteShell, signal: AbortSignal): Promise<void> {
  try {
    for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
      if (signal.aborted) return;
      await shell.send(chunk as Buffer);
    }
    shell.endInput();
  } catch {
    // Nothing more can be read.
    shell.endInput();
  }
}
