import fs from 'node:fs';
import path from 'node:path';
import { type Asking, atOnce, fstat, open, readlink, soon } from './asking.ts';
import { SlipwayError } from './errors.ts';
import { nameOf, O_PATH, pathOf } from './place.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const MAX_LINKS = 40;
const EVERYBODY_READS = 0o004;
const EVERYBODY_WRITES = 0o002;
const GROUP_WRITES = 0o020;
/** S_ISVTX: of what lies in the folder, each may move only what is theirs. */
const STICKY = 0o1000;

/** Users whom what lies on a way may belong to, beside root and the agent's own; null: anybody. */
export type Owners = readonly number[] | null;

/** Where one is on a way that is gone one name at a time. */
interface Place {
  /** Open without being touched. */
  fd: number;
  stat: fs.Stats;
  /** The first folder in which others may have put what lies further on; null where only we and root can have done so. */
  sharedFrom: string | null;
  /** Whose that folder is; null where it is only its mode that lets others in. */
  holder: number | null;
}

/**
 * Opens a file for reading. Where others may change the way to it, no link is followed, and it is opened only where whoever
 * could have put it there can read it without us: a link to what root alone reads, or a second name of it, gives nothing away.
 * @throws SlipwayError `permission`, with what mends it; an error of the file system, for the file as it is really called
 */
export function openOwned(file: string, owners: Owners): number {
  return atOnce(openFile(file, owners));
}

/** The same for a file that may be on a disk which does not answer. */
export function openOwnedSoon(file: string, owners: Owners): Promise<number> {
  return soon(openFile(file, owners));
}

/** Opens a directory without touching it. @throws as `openOwned` */
export function openOwnedDirectory(directory: string, owners: Owners): { fd: number; stat: fs.Stats } {
  const { fd, stat } = atOnce(goTo(directory, owners));
  if (stat.isDirectory()) return { fd, stat };
  fs.closeSync(fd);
  throw Object.assign(new Error(`${directory} is no directory`), { code: 'ENOTDIR', path: directory });
}

/**
 * Refuses what others than root and the agent's own user may write to, or could have put in its place: it, and each
 * folder that leads to it. Of what is not there yet, the folders that are.
 * @throws SlipwayError `permission`
 */
export function refuseOthers(file: string): void {
  const meant = path.resolve(file);
  const { there, stat, sharedFrom } = nearest(meant);
  const isOpen = isWritable(stat) && (there === meant || !isSticky(stat));
  const shared = sharedFrom ?? (isOpen ? there : null);
  if (shared === null) return;
  throw new SlipwayError('permission', {
    message: `others than root may write to ${shared}, and so change ${file}`,
    hint: 'it is not used; nothing was changed',
    next: `chmod go-w ${shared}`,
  });
}

/**
 * Refuses what belongs to others than root and the agent's own user, or everybody may write to, and what lies in such a
 * folder. Groups are let be: that of /var/log may write to it on some systems.
 * @throws SlipwayError `permission`
 */
export function refuseStrangers(file: string): void {
  nearest(path.resolve(file));
}

/** It, or what there is of the folders that lead to it. */
function nearest(file: string): { there: string; stat: fs.Stats; sharedFrom: string | null } {
  let there = file;
  while (there !== '/' && !fs.lstatSync(there, { throwIfNoEntry: false })) there = path.dirname(there);
  const { fd, stat, sharedFrom } = atOnce(goTo(there, []));
  fs.closeSync(fd);
  return { there, stat, sharedFrom };
}

function* openFile(file: string, owners: Owners): Asking<number> {
  const end = yield* goTo(file, owners);
  try {
    refuseUnreadable(end, owners);
    return yield* openAt(pathOf(end.fd), O_RDONLY | O_NONBLOCK, () => nameOf(end.fd));
  } finally {
    fs.closeSync(end.fd);
  }
}

function* goTo(file: string, owners: Owners): Asking<Place> {
  const names = namesOf(file);
  let at = root();
  let links = 0;
  try {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const next = yield* enter(at, name);
      fs.closeSync(at.fd);
      at = next;
      if (!next.stat.isSymbolicLink()) {
        refuseOwner(next, owners);
        continue;
      }
      refuseLink(next);
      if (++links > MAX_LINKS)
        throw Object.assign(new Error(`${file} has too many links`), { code: 'ELOOP' });
      const link = nameOf(next.fd);
      names.unshift(...namesOf(path.resolve(path.dirname(link), yield* readlink(link))));
      fs.closeSync(at.fd);
      at = root();
    }
    return at;
  } catch (error) {
    fs.closeSync(at.fd);
    throw error;
  }
}

function root(): Place {
  const fd = fs.openSync('/', O_PATH | O_DIRECTORY);
  return { fd, stat: fs.fstatSync(fd), sharedFrom: null, holder: null };
}

function* enter(from: Place, name: string): Asking<Place> {
  const fd = yield* openAt(pathOf(from.fd, name), O_PATH | O_NOFOLLOW, () =>
    path.join(nameOf(from.fd), name),
  );
  const stat = yield* fstat(fd);
  if (from.sharedFrom !== null || !isOpenTo(from.stat, stat))
    return { fd, stat, sharedFrom: from.sharedFrom, holder: from.holder };
  return { fd, stat, sharedFrom: nameOf(from.fd), holder: isOurs(from.stat.uid) ? null : from.stat.uid };
}

/** Opens what stands for a file; an error names the file as it is really called. */
function* openAt(place: string, flags: number, realName: () => string): Asking<number> {
  try {
    return yield* open(place, flags);
  } catch (error) {
    const real = realName();
    const { message } = error as Error;
    throw Object.assign(error as Error, { path: real, message: message.replace(place, () => real) });
  }
}

/** Whether others may have put the entry where it is. In a folder such as /tmp nobody can move what is ours. */
function isOpenTo(folder: fs.Stats, entry: fs.Stats): boolean {
  if (!isOurs(folder.uid)) return true;
  if (!isWritable(folder)) return false;
  return !(isSticky(folder) && isOurs(entry.uid) && (entry.isDirectory() || entry.nlink === 1));
}

function refuseLink({ fd, sharedFrom }: Place): void {
  if (sharedFrom === null) return;
  const link = nameOf(fd);
  throw new SlipwayError('permission', {
    message: `${link} is a symbolic link, and others than root may change ${sharedFrom}: it is not followed`,
    hint: 'put there what it leads to; nothing was changed',
    next: `ls -l ${link}`,
  });
}

function refuseOwner({ fd, stat }: Place, owners: Owners): void {
  if (owners === null) return;
  const { uid, mode } = stat;
  if (!isOurs(uid) && !owners.includes(uid))
    throw new SlipwayError('permission', {
      message: `${nameOf(fd)} belongs to uid ${uid}, who is a stranger here`,
      hint: 'it is not used; nothing was changed',
      next: `chown ${process.geteuid?.()} ${nameOf(fd)}`,
    });
  if ((mode & EVERYBODY_WRITES) === 0 || isSticky(stat)) return;
  throw new SlipwayError('permission', {
    message: `everybody may write to ${nameOf(fd)} (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`,
    hint: 'it is not used; nothing was changed',
    next: `chmod o-w ${nameOf(fd)}`,
  });
}

function refuseUnreadable({ fd, stat, sharedFrom, holder }: Place, owners: Owners): void {
  const { uid, mode } = stat;
  const isTheirs = uid === holder || (!isOurs(uid) && owners?.includes(uid));
  if (sharedFrom === null || isTheirs || (mode & EVERYBODY_READS) !== 0) return;
  throw new SlipwayError('permission', {
    message: `${nameOf(fd)} is for uid ${uid} alone to read, and others may have put it into ${sharedFrom}`,
    hint: 'it was not read; nothing was changed',
    next: `ls -l ${nameOf(fd)}`,
  });
}

function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function isSticky({ mode }: fs.Stats): boolean {
  return (mode & STICKY) !== 0;
}

/** Whether others than its owner may write to it. Root's group, and that of the agent's own user, are no others. */
function isWritable({ mode, gid }: fs.Stats): boolean {
  if ((mode & EVERYBODY_WRITES) !== 0) return true;
  return (mode & GROUP_WRITES) !== 0 && gid !== 0 && gid !== process.getegid?.();
}

function namesOf(file: string): string[] {
  return path.resolve(file).split('/').filter(Boolean);
}
