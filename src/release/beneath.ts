import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, SlipwayError } from '../kernel/index.ts';

/*
 * Root works in trees that other users may change at the same time, so a path that was looked at may lead elsewhere a
 * moment later. What is opened stays what it is: below, everything goes by open directories, one name at a time.
 */

/** Not among Node's constants, the same number on x86-64 and arm64: opens whatever it is without touching it. */
export const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** By number, because `self` is a link, which costs a twentieth of the time over a large tree. */
const OPEN = `/proc/${process.pid}/fd`;

/** A path that stands for an open file, or for the name in an open directory (openat(2), which Node does not have). */
export function pathOf(fd: number, name?: string): string {
  return name === undefined ? `${OPEN}/${fd}` : `${OPEN}/${fd}/${name}`;
}

/** What an open directory is called, for people. */
export function nameOf(fd: number): string {
  return fs.readlinkSync(pathOf(fd));
}

/** The directories, open, that a release consists of and lies in. */
export interface OpenRelease {
  top: number;
  /** The folder of all releases, on the same file system: what is half made lies here, where `sweep` finds it. */
  aside: number;
  /** The folder around that one: of a site, its root. */
  root: number;
}

/** Opens a release for as long as `use` takes. It and the folder of all releases may be no symbolic links. */
export async function withRelease<T>(
  directory: string,
  use: (release: OpenRelease) => Promise<T>,
): Promise<T> {
  const releases = path.dirname(path.resolve(directory));
  const root = openRoot(path.dirname(releases));
  const opened = [root];
  try {
    const aside = openDirectory(root, path.basename(releases));
    opened.push(aside);
    const top = openDirectory(aside, path.basename(directory));
    opened.push(top);
    return await use({ top, aside, root });
  } finally {
    for (const fd of opened) fs.closeSync(fd);
  }
}

/** For a path that nobody else can change: its links are followed. */
export function openRoot(directory: string): number {
  try {
    return fs.openSync(directory, O_PATH | O_DIRECTORY);
  } catch (error) {
    throw notOpened(error, directory);
  }
}

/** @throws SlipwayError `release_unknown` where there is no such name, `failed` where it is a link or a file */
export function openDirectory(parent: number, name: string): number {
  try {
    return fs.openSync(pathOf(parent, name), O_PATH | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    throw notOpened(error, path.join(nameOf(parent), name));
  }
}

function notOpened(error: unknown, directory: string): unknown {
  const hint = 'nothing was changed; what was live is as it was';
  if (errnoOf(error) === 'ENOENT')
    return new SlipwayError('release_unknown', { message: `${directory} is gone from the disk`, hint });
  if (errnoOf(error) !== 'ENOTDIR') return error;
  return new SlipwayError('failed', {
    message: `${directory} is no directory but a ${isLink(directory) ? 'symbolic link, which is never followed' : 'file'}`,
    hint,
    next: `ls -ld ${directory}`,
  });
}

function isLink(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
