import type { FileHandle } from 'node:fs/promises';
import { messageOf, runTool, SlipwayError } from '../../kernel/index.ts';

/*
 * The system calls that Node lacks, by util-linux's tools. They get the log as descriptor 3, so that they work on the
 * file that was copied even if its name has been given to another since.
 */
const LOG = 3;
const LOCK_TIMEOUT_S = 10;

/**
 * Takes the lock on the log's open file. A tool inherits that open file, so the lock outlives a killed agent for
 * as long as a tool of its still works on the log: the next agent waits here until the file is quiet.
 */
export async function lockLog(log: FileHandle): Promise<void> {
  try {
    await onLog(log, ['flock', '--exclusive', '--timeout', String(LOCK_TIMEOUT_S), String(LOG)]);
  } catch (cause) {
    const message = `another process has held its lock for ${LOCK_TIMEOUT_S} s (or flock failed: ${messageOf(cause)})`;
    throw new SlipwayError('log_failed', { message, cause });
  }
}

/** Frees the blocks of the first `length` bytes; positions stay. May be done again. */
export async function punchHead(log: FileHandle, length: number): Promise<void> {
  await punchHole(log, { offset: 0, length });
}

/** Frees the blocks of any part of a file; positions stay. May be done again. */
export async function punchHole(
  log: FileHandle,
  { offset, length }: { offset: number; length: number },
): Promise<void> {
  await onLog(log, ['fallocate', '--punch-hole', ...range(offset, length)]);
}

/** Removes the first `length` bytes; what follows moves to position 0. Not every file system can (tmpfs, btrfs). */
export async function collapseHead(log: FileHandle, length: number): Promise<void> {
  await onLog(log, ['fallocate', '--collapse-range', ...range(0, length)]);
}

const range = (offset: number, length: number) => [
  '--offset',
  String(offset),
  '--length',
  String(length),
  `/proc/self/fd/${LOG}`,
];

async function onLog(log: FileHandle, argv: [string, ...string[]]): Promise<void> {
  await runTool(argv, { files: [log.fd] });
}
