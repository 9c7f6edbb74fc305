import fs from 'node:fs';

/*
 * A path that was looked at may lead elsewhere a moment later, where others may change what lies on it. What is open
 * stays what it is, so what is not ours alone is worked on by open directories, one name at a time.
 */

/**
 * Opens whatever it is without touching it. It is not among Node's constants, and the same number on x86-64 and arm64.
 */
export const O_PATH = 0o10000000;

/** The process goes by its number, because `self` is a link, which costs a twentieth of the time over a large tree. */
const OPEN = `/proc/${process.pid}/fd`;

/** A path that stands for an open file, or for the name in an open directory (openat(2), which Node does not have). */
export function pathOf(fd: number, name?: string): string {
  return name === undefined ? `${OPEN}/${fd}` : `${OPEN}/${fd}/${name}`;
}

/** Closes an open file or directory at the end of the block: `using _ = closing(fd)`. */
export function closing(fd: number): Disposable {
  return { [Symbol.dispose]: () => fs.closeSync(fd) };
}

/** What an open file or directory is called, for people. */
export function nameOf(fd: number): string {
  return fs.readlinkSync(pathOf(fd));
}
