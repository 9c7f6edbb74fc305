import fs from 'node:fs';
import { closing } from '../kernel/index.ts';

const RECORD_MAX_BYTES = 8192;
const RECORDS_MAX = 100_000;

/**
 * Whether the kernel's log says that it killed this process for want of memory. Reads /dev/kmsg (one record a read,
 * EAGAIN at the end; Documentation/ABI/testing/dev-kmsg); where that is forbidden the answer is no.
 */
export function killedForMemory(pid: number): boolean {
  let fd: number;
  try {
    fd = fs.openSync('/dev/kmsg', fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    return false;
  }
  const record = Buffer.alloc(RECORD_MAX_BYTES);
  const said = new RegExp(`Killed process ${pid}\\b`);
  using _ = closing(fd);
  for (let count = 0; count < RECORDS_MAX; count++) {
    try {
      if (said.test(record.toString('latin1', 0, fs.readSync(fd, record)))) return true;
    } catch (error) {
      // EPIPE: records were overwritten while we read; the next read goes on behind the gap.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return false;
    }
  }
  return false;
}
