import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * A folder of its own under the system's temporary folder, removed when the test ends, however it ends. In what
 * sets up for several tests pass what `setUpAll` gives.
 */
export function temporaryFolder(cleanUp: (fn: () => Promise<void>) => void = onTestFinished): string {
  // Short, because the paths of Unix sockets in it are limited to 107 bytes.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-'));
  // Retried, as a process that was just killed may still be writing into it; rmSync waits in whole seconds, so not at all.
  cleanUp(() => fs.promises.rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  return folder;
}
