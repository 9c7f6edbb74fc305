import fs from 'node:fs';
import path from 'node:path';
import { uniqueName } from './names.ts';

/**
 * Writes a whole file so that a reader, or the next start after a power loss, sees the old text or the new one:
 * temporary name, fsync, rename(2), fsync of the directory.
 */
export function writeFileDurable(file: string, text: string | Uint8Array, mode = 0o600): void {
  const temporary = uniqueName(file);
  try {
    const fd = fs.openSync(temporary, 'wx', mode);
    try {
      fs.writeFileSync(fd, text);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(path.dirname(file));
}

/** fsync of a directory: makes a rename or an unlink in it survive a power loss. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Points a symbolic link elsewhere with one rename(2), so that a reader finds the old target or the new one, never none.
 * `target` is written as given (relative links stay relative). Reads the link back.
 */
export function switchLink(link: string, target: string): void {
  if (readLink(link) === target) return;
  const temporary = uniqueName(link);
  fs.symlinkSync(target, temporary);
  try {
    fs.renameSync(temporary, link);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(path.dirname(link));
  const found = readLink(link);
  if (found !== target) throw new Error(`${link} points to ${found} after it was switched to ${target}`);
}

/** The text of a symbolic link, or null where there is none. */
export function readLink(link: string): string | null {
  try {
    return fs.readlinkSync(link);
  } catch {
    return null;
  }
}
