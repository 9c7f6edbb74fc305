import fs, { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { isDiskFull, messageOf, SlipwayError } from '../../kernel/index.ts';
import { collapseHead, lockLog, punchHead } from './cut.ts';
import { copyFile, rotatedFile, rotatedIndexes } from './files.ts';
import { copyHead, type HeadCopyOptions } from './head-copy.ts';
import {
  byteAt,
  type Extent,
  FRONT_MAX_BYTES,
  frontFrom,
  provenExtent,
  readState,
  writeState,
} from './rotation-state.ts';

/** Heads end at a multiple of this: collapse-range wants whole blocks (ext4, xfs) or clusters (ext4's bigalloc). */
const ALIGNMENT_BYTES = 64 * 1024;
const NEWLINE = 10;
/** What stays in the log at least, so that its last lines are found there. */
const TAIL_BYTES = 64 * 1024;
const MAX_SIZE_AT_LEAST_BYTES = 4 * TAIL_BYTES;
/** The length in a gzip file is modulo 4 GiB. */
const MAX_SIZE_AT_MOST_BYTES = 2 * 1024 ** 3;

/**
 * Before it collapses a file, ext4 writes out and forgets what follows, its writers waiting: up to 50 ms for each 64
 * MB. So a rotation leaves its hole, to be closed once the log is calm, unless it is that large.
 */
const HOLE_BYTES = 4 * 1024 ** 3;

/** `copied` and `committed` are the points before and after which a kill undoes or ends the rotation. */
export type RotationPhase =
  | 'locked'
  | 'copied'
  | 'committed'
  | 'punched'
  | 'renamed'
  | 'shifted'
  | 'recorded'
  | 'collapsed'
  | 'settled';

export interface FinishOptions {
  file: string;
  /** Rotated files kept, 1 to 9999. */
  keep: number;
  onPhase?: (phase: RotationPhase) => void;
}

export interface RotationOptions extends FinishOptions {
  /** Size at which the head is cut, bytes; taken as 256 KB where it is less, 2 GB where it is more. */
  maxSizeBytes: number;
  signal?: AbortSignal | undefined;
}

/**
 * Cuts the head of a log that is too large, below its O_APPEND writers, and keeps it as `<log>.1.gz`. Not a byte is
 * lost or doubled, whenever the agent is killed: before the state says `punch`, nothing was cut and the copy is thrown
 * away; from then on, the next call ends it first. The copy ends at a line: of the one that the cut goes through, the state keeps
 * the front. Of a log that is not too large, it closes the hole that rotations left.
 * @returns whether the log was large enough.
 * @throws disk_full or log_failed; the log is then as it was, or the next call goes on where this one stopped.
 */
export async function rotate(options: RotationOptions): Promise<boolean> {
  const { file, maxSizeBytes, signal, onPhase } = options;
  return await withLocked(options, async (log) => {
    onPhase?.('locked');
    const extent = await finish(log, options);
    const { hole } = extent;
    const to = headEnd(log.fd, { hole, maxSizeBytes });
    if (to === null) {
      await closeHole(log, extent, options);
      return false;
    }
    const front = frontBefore(to, log.fd);
    await copyHeadOrMakeRoom(options, {
      ...{ log, from: hole, to: to - front.length, target: copyFile(file), signal },
      front: frontFrom(0, extent),
    });
    onPhase?.('copied');
    await writeState(file, { ...extent, pending: { step: 'punch', to, front } });
    onPhase?.('committed');
    await finish(log, options);
    return true;
  });
}

/** Whether no rotation was left half done. */
export function isSettled(file: string): boolean {
  return readState(file).pending === null && !fs.existsSync(copyFile(file));
}

/** Brings the state to one without a pending step. Each step may be done again after a kill within it. */
async function finish(log: FileHandle, options: FinishOptions): Promise<Extent> {
  const { file, onPhase } = options;
  let state = readState(file);
  if (state.pending?.step === 'punch') {
    const { to, front } = state.pending;
    // A file that is shorter was truncated since, and what it holds is not in the copy.
    const { size } = await log.stat();
    if (size > to) await punchHead(log, to);
    onPhase?.('punched');
    await shift(options);
    onPhase?.('shifted');
    const isToCollapse = to >= HOLE_BYTES && canCollapse(log.fd, to);
    state = { base: state.base, hole: to, front, pending: isToCollapse ? { step: 'collapse' } : null };
    await writeState(file, state);
    onPhase?.('recorded');
  } else {
    await rm(copyFile(file), { force: true });
  }
  if (state.pending?.step === 'collapse') {
    // Refused by some file systems: then the hole stays.
    if (byteAt(log.fd, 0) === 0) await collapseHead(log, state.hole).catch(() => {});
    onPhase?.('collapsed');
    state = { ...provenExtent(log.fd, state), pending: null };
    await writeState(file, state);
    onPhase?.('settled');
  }
  return provenExtent(log.fd, state);
}

async function closeHole(log: FileHandle, extent: Extent, options: FinishOptions): Promise<void> {
  if (extent.hole === 0 || !canCollapse(log.fd, extent.hole)) return;
  await writeState(options.file, { ...extent, pending: { step: 'collapse' } });
  options.onPhase?.('recorded');
  await finish(log, options);
}

/** A hole before a NUL, or before nothing, stays: the file would not prove that it is gone. */
const canCollapse = (fd: number, hole: number) => (byteAt(fd, hole) ?? 0) !== 0;

async function copyHeadOrMakeRoom(options: FinishOptions, copy: HeadCopyOptions): Promise<void> {
  const oldest = rotatedFile(options.file, options.keep);
  try {
    await copyHead(copy);
  } catch (error) {
    if (!isFull(error) || !fs.existsSync(oldest)) throw error;
    // This rotation drops the oldest in any case; its room may be what is missing.
    await rm(oldest);
    await copyHead(copy);
  }
}

/** Makes the copy number 1. Fills the first gap only, so that a kill between two renames is made good by doing it again. */
async function shift({ file, keep, onPhase }: FinishOptions): Promise<void> {
  const indexes = rotatedIndexes(file);
  if (fs.existsSync(copyFile(file))) {
    let gap = 1;
    while (gap < keep && indexes.includes(gap)) gap++;
    for (let index = gap; index > 1; index--) {
      await rename(rotatedFile(file, index - 1), rotatedFile(file, index));
      onPhase?.('renamed');
    }
    await rename(copyFile(file), rotatedFile(file, 1));
  }
  for (const index of indexes) if (index > keep) await rm(rotatedFile(file, index), { force: true });
}

/** The size from which on a log is cut, bytes. */
export function dueSizeBytes(maxSizeBytes: number): number {
  return Math.min(Math.max(maxSizeBytes, MAX_SIZE_AT_LEAST_BYTES), MAX_SIZE_AT_MOST_BYTES);
}

/** The position up to which to cut, or null where the log is not too large. */
function headEnd(fd: number, { hole, maxSizeBytes }: { hole: number; maxSizeBytes: number }): number | null {
  const limit = dueSizeBytes(maxSizeBytes);
  if (fs.fstatSync(fd).size - hole < limit) return null;
  const end = hole + limit - TAIL_BYTES;
  return end - (end % ALIGNMENT_BYTES);
}

/**
 * What lies between the last newline before a position and the position, as latin1. None where there is no newline so near: a line
 * that is longer is cut in two.
 */
function frontBefore(to: number, fd: number): string {
  const bytes = Buffer.alloc(FRONT_MAX_BYTES);
  fs.readSync(fd, bytes, 0, bytes.length, to - bytes.length);
  const newline = bytes.lastIndexOf(NEWLINE);
  return newline < 0 ? '' : bytes.toString('latin1', newline + 1);
}

async function withLocked<T>(
  options: FinishOptions & { signal?: AbortSignal | undefined },
  use: (log: FileHandle) => Promise<T>,
) {
  const { file, signal } = options;
  try {
    // Made where it is missing: a rotation may have to be ended whose log somebody removed.
    await using log = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o640);
    await lockLog(log);
    return await use(log);
  } catch (error) {
    signal?.throwIfAborted();
    throw new SlipwayError(isFull(error) ? 'disk_full' : 'log_failed', {
      message: `${file} could not be rotated: ${messageOf(error)}`,
      hint: 'no line of it is lost: it grows until there is room, and is tried again',
      cause: error,
    });
  }
}

const isFull = (error: unknown) =>
  isDiskFull(error) || (error instanceof SlipwayError && error.code === 'disk_full');
