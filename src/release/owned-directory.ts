import fs from 'node:fs';
import path from 'node:path';
import { closing, nameOf, pathOf, SlipwayError, uniqueName } from '../kernel/index.ts';
import { openDirectory } from './beneath.ts';
import type { Owner } from './permission-rule.ts';

export interface Ownership {
  /** Null: that of whoever makes it. */
  owner: Owner | null;
  mode: number;
}

/**
 * Makes a directory where there is nothing of that name; true where it did. It appears with its owner and mode, so that a
 * kill in between leaves none that is somebody else's and is taken for an old one.
 */
export function makeDirectory(parent: number, name: string, { owner, mode }: Ownership): boolean {
  if (lstat(parent, name)) return false;
  const temporary = pathOf(parent, uniqueName(name));
  fs.mkdirSync(temporary, { mode: 0o700 });
  try {
    const fd = fs.openSync(temporary, fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW);
    try {
      // Whoever may write in `parent` could have put another directory there.
      if (fs.readdirSync(pathOf(fd)).length > 0)
        throw new SlipwayError('path_refused', { message: `${nameOf(fd)} was changed while it was made` });
      if (owner) fs.fchownSync(fd, owner.uid, owner.gid);
      fs.fchmodSync(fd, mode);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, pathOf(parent, name));
    return true;
  } catch (error) {
    fs.rmdirSync(temporary);
    throw error;
  }
}

/**
 * Opens the directory that holds the last name of a relative path, and makes the folders on the way where they are
 * missing; `use` is given that directory and the last name. A link on the way would lead out, and is refused.
 */
export async function withParent(
  base: number,
  relative: string,
  ownership: Ownership,
  use: (parent: number, name: string) => void | Promise<void>,
): Promise<void> {
  const folders = relative.split('/');
  const name = folders.pop() ?? '';
  const opened: number[] = [];
  try {
    let parent = base;
    for (const folder of folders) {
      if (lstat(parent, folder)?.isDirectory() === false) throw isInTheWay(parent, folder, relative);
      makeDirectory(parent, folder, ownership);
      parent = openDirectory(parent, folder);
      opened.push(parent);
    }
    await use(parent, name);
  } finally {
    for (const fd of opened) fs.closeSync(fd);
  }
}

export function lstat(parent: number, name: string): fs.Stats | undefined {
  return fs.lstatSync(pathOf(parent, name), { throwIfNoEntry: false });
}

/** Whether a directory is empty. */
export function isEmpty(parent: number, name: string): boolean {
  const fd = openDirectory(parent, name);
  using _ = closing(fd);
  return fs.readdirSync(pathOf(fd)).length === 0;
}

function isInTheWay(parent: number, folder: string, relative: string): SlipwayError {
  const file = path.join(nameOf(parent), folder);
  const what = lstat(parent, folder)?.isSymbolicLink() ? 'a symbolic link' : 'no directory';
  return new SlipwayError('path_refused', {
    message: `${relative} cannot be shared: ${file} is ${what}, and only directories may lead to what is shared`,
    hint: 'it was left as it is; what was live is as it was',
    next: `ls -ld ${file}`,
  });
}
