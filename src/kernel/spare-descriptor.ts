import fs from 'node:fs';
import { errnoOf } from './errors.ts';

let spare: number | null = null;

/**
 * Does something short and synchronous that opens a file, also where the process has as many open as it may: one descriptor
 * is set aside for that. What the kernel says of processes must be read at all times, else a living one counts as gone.
 */
export function withSpareDescriptor<T>(read: () => T): T {
  spare ??= openSpare();
  try {
    return read();
  } catch (error) {
    if (!['EMFILE', 'ENFILE'].includes(errnoOf(error) ?? '') || spare === null) throw error;
    fs.closeSync(spare);
    try {
      return read();
    } finally {
      spare = openSpare();
    }
  }
}

function openSpare(): number | null {
  try {
    return fs.openSync('/dev/null', 'r');
  } catch {
    return null;
  }
}
