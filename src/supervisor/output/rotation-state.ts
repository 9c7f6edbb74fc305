import fs from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, SlipwayError } from '../../kernel/index.ts';

/**
 * The place of the bytes of a log. Absolute offsets count every byte ever written to the log, so they outlive
 * rotations: position `p` of the file is the absolute offset `base + p`.
 */
export interface Extent {
  base: number;
  /** Leading bytes of the file that were cut and are a hole, bytes. */
  hole: number;
  /**
   * The bytes before position `hole` that no rotated file holds: the front of the line that the cut went through, as latin1. They are
   * the log's first ones, and the first of the next rotated file.
   */
  front: string;
}

/** A front has at most so many bytes. */
export const FRONT_MAX_BYTES = 64 * 1024;

/** What `<log>.rotation` holds; without the file, nothing was ever cut. */
export interface RotationState extends Extent {
  /**
   * The step that is under way, so that the next start can end it.
   * `punch`: the copy and the new front hold everything up to position `to`, which is to be taken out of the file.
   * `collapse`: the hole at the head is to be removed; the byte behind it is not NUL.
   */
  pending: { step: 'punch'; to: number; front: string } | { step: 'collapse' } | null;
}

const stateFile = (file: string) => `${file}.rotation`;

/** @throws log_failed where the file holds something else. */
export function readState(file: string): RotationState {
  let text: string;
  try {
    text = fs.readFileSync(stateFile(file), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { base: 0, hole: 0, front: '', pending: null };
    throw error;
  }
  const state = parseState(text);
  if (state) return state;
  throw new SlipwayError('log_failed', {
    message: `${stateFile(file)} is damaged, so ${file} is not rotated`,
    hint: 'nothing was cut; with the file removed, rotation starts anew and offsets count from 0',
    next: `rm ${stateFile(file)}`,
  });
}

/**
 * Replaces the state so that a kill or a power loss leaves the old or the new. Off the event loop, for an fsync beside
 * a busy log takes its time; the temporary name is fixed, for the log is locked.
 */
export async function writeState(file: string, state: RotationState): Promise<void> {
  const temporary = `${stateFile(file)}.new`;
  {
    await using handle = await open(temporary, 'w', 0o640);
    await handle.writeFile(JSON.stringify(state));
    await handle.sync();
  }
  await rename(temporary, stateFile(file));
  await using directory = await open(path.dirname(file), 'r');
  await directory.sync();
}

/**
 * The extent as the file itself proves it. The byte behind a hole is never NUL when the hole is removed, so a file that
 * does not begin with NUL has no hole any more: it was collapsed, or somebody truncated it.
 */
export function provenExtent(fd: number, state: Extent): Extent {
  const { base, hole, front } = state;
  if (hole > 0 && (fs.fstatSync(fd).size <= hole || byteAt(fd, 0) !== 0))
    return { base: base + hole, hole: 0, front };
  return { base, hole, front };
}

/** The bytes of the front from an absolute offset on; none where that is behind it. */
export function frontFrom(offset: number, { base, hole, front }: Extent): Buffer {
  return Buffer.from(front.slice(Math.max(0, offset - (base + hole - front.length))), 'latin1');
}

/** The byte at a position; null past the end. */
export function byteAt(fd: number, position: number): number | null {
  const byte = Buffer.alloc(1);
  return fs.readSync(fd, byte, 0, 1, position) === 1 ? (byte[0] ?? null) : null;
}

/** Earlier versions kept no front: their rotated files end where the log begins. */
interface Kept {
  base: number;
  hole: number;
  front?: string;
  pending: { step: 'punch'; to: number; front?: string } | { step: 'collapse' } | null;
}

function parseState(text: string): RotationState | null {
  try {
    const { base, hole, front = '', pending } = JSON.parse(text) as Kept;
    if (!isOffset(base) || !isOffset(hole) || !isFront(front)) return null;
    if (pending === null || pending.step === 'collapse') return { base, hole, front, pending };
    const { step, to, front: next = '' } = pending;
    if (step !== 'punch' || !isOffset(to) || !isFront(next)) return null;
    return { base, hole, front, pending: { step, to, front: next } };
  } catch {
    return null;
  }
}

const isOffset = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFront = (value: unknown) => typeof value === 'string' && value.length <= FRONT_MAX_BYTES;
