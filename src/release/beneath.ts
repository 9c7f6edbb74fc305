import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, nameOf, O_PATH, pathOf, SlipwayError } from '../kernel/index.ts';

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;

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

/** Opens a path that nobody else can change: its links are followed. */
export function openRoot(directory: string): number {
  try {
    return fs.openSync(directory, O_PATH | O_DIRECTORY);
  } catch (error) {
    throw notOpened(error, directory);
  }
}

/** @throws SlipwayError `release_unknown` where there is no such name, `path_refused` where it is a link or a file */
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
  return new SlipwayError('path_refused', {
    message: `${directory} is no directory but a ${isLink(directory) ? 'symbolic link, which is never followed' : 'file'}`,
    hint,
    next: `ls -ld ${directory}`,
  });
}

function isLink(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
