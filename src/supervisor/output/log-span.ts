import fs from 'node:fs';
import { closing, errnoOf } from '../../kernel/index.ts';
import { type Extent, provenExtent, readState } from './rotation-state.ts';

/** Absolute offsets of the bytes that are in the log itself, not in a rotated file. */
export interface LogSpan {
  start: number;
  end: number;
}

export function logSpan(file: string): LogSpan {
  const { base, hole, size } = measureLog(file);
  return { start: base + hole, end: base + Math.max(hole, size) };
}

/** A log that does not exist is empty. */
export function measureLog(file: string): Extent & { size: number } {
  const fd = openIfThere(file);
  if (fd === null) {
    const { base, hole, pending } = readState(file);
    return { base: base + (pending?.step === 'punch' ? pending.to : hole), hole: 0, size: 0 };
  }
  using _ = closing(fd);
  return { ...extentOf(file, fd), size: fs.fstatSync(fd).size };
}

/**
 * The extent at this moment, also in the midst of a rotation: what the copy holds no longer counts as the log's, cut already or
 * not. Without a lock: bytes that were read are those of the extent if it is the same before and after.
 */
export function extentOf(file: string, fd: number): Extent {
  const state = readState(file);
  if (state.pending?.step === 'punch') return { base: state.base, hole: state.pending.to };
  return provenExtent(fd, state);
}

function openIfThere(file: string): number | null {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
