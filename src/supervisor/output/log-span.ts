import fs from 'node:fs';
import { closing, errnoOf } from '../../kernel/index.ts';
import { type Extent, provenExtent, type RotationState, readState } from './rotation-state.ts';

/** Absolute offsets of the bytes that are in no rotated file: the front of the first line, and what the log itself holds. */
export interface LogSpan {
  start: number;
  end: number;
}

export function logSpan(file: string): LogSpan {
  const { base, hole, front, size } = measureLog(file);
  return { start: base + hole - front.length, end: base + Math.max(hole, size) };
}

/** Absolute offset of the first byte in the log itself: where to go on in one that somebody truncated. */
export function fileStart(file: string): number {
  const { base, hole } = measureLog(file);
  return base + hole;
}

/** A log that does not exist is empty. */
export function measureLog(file: string): Extent & { size: number } {
  const fd = openIfThere(file);
  if (fd === null) {
    const { base, hole, front } = toldExtent(readState(file));
    return { base: base + hole, hole: 0, front, size: 0 };
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
  return state.pending?.step === 'punch' ? toldExtent(state) : provenExtent(fd, state);
}

function toldExtent({ base, hole, front, pending }: RotationState): Extent {
  return pending?.step === 'punch' ? { base, hole: pending.to, front: pending.front } : { base, hole, front };
}

function openIfThere(file: string): number | null {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
