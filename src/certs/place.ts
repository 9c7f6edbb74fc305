import fs from 'node:fs';
import { closing, errnoOf, SlipwayError, writeFileDurable } from '../kernel/index.ts';

/** Whom files and folders are to belong to. */
export interface Owner {
  uid: number;
  gid: number;
}

/** Keys, and what leads to them, are for one user's eyes, and nobody writes into them: they are replaced. */
const FILE_MODE = 0o400;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** Makes the file what it is to be: text, mode, owner. Leaves it alone where it is so already. */
export function placeFile(file: string, text: string, owner: Owner): void {
  if (!isAsWanted(file, text, owner)) writeFileDurable(file, text, { mode: FILE_MODE, owner });
}

function isAsWanted(file: string, text: string, owner: Owner): boolean {
  try {
    const { mode, uid, gid } = fs.lstatSync(file);
    const isFile = (mode & fs.constants.S_IFMT) === fs.constants.S_IFREG;
    const isPlaced = (mode & 0o7777) === FILE_MODE && uid === owner.uid && gid === owner.gid;
    return isFile && isPlaced && fs.readFileSync(file, 'utf8') === text;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Makes the folder, or gives it its mode and owner. What it lies in has to be there, and stays as it is.
 * @throws SlipwayError `path_refused` where it is a link, or no folder: root would be led wherever somebody else wants
 */
export function placeFolder(folder: string, { mode, owner }: { mode: number; owner: Owner }): void {
  const fd = makeAndOpen(folder, mode);
  using _ = closing(fd);
  const found = fs.fstatSync(fd);
  if (found.uid !== owner.uid || found.gid !== owner.gid) fs.fchownSync(fd, owner.uid, owner.gid);
  if ((found.mode & 0o7777) !== mode) fs.fchmodSync(fd, mode);
}

function makeAndOpen(folder: string, mode: number): number {
  try {
    fs.mkdirSync(folder, { mode });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  try {
    return fs.openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (!['ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
    throw new SlipwayError('path_refused', {
      message: `${folder} is a link or a file, and certificates are only put into a folder`,
      hint: 'nothing was changed',
      next: `ls -ld ${folder}`,
      cause: error,
    });
  }
}
