import fs from 'node:fs';
import { SELDOM, waitFor } from './wait-for.ts';

/** The processes in whose environment a text is found: what git started for one cache. */
export function processesWith(text: string): number[] {
  return fs
    .readdirSync('/proc')
    .filter((pid) => {
      try {
        return /^\d+$/.test(pid) && fs.readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** A process that was killed is there until the kernel has done away with it. */
export async function untilNoneWith(text: string): Promise<void> {
  await waitFor(`the processes of ${text} to be gone`, () => processesWith(text).length === 0, SELDOM);
}

/** Ends them at once; one may have ended by itself meanwhile. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}
