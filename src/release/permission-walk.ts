import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, nameOf, O_PATH, pathOf } from '../kernel/index.ts';
import type { DirectoryQueue } from './directory-queue.ts';
import { makeOwnCopy } from './own-copy.ts';
import { isDevice, type Modes, type Owner, wantedMode } from './permission-rule.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = fs.constants;
/** Each folder on the way down holds a descriptor where every thread has enough to do. */
const MAX_NESTED = 1000;

/** What a thread is asked to do. Descriptors are the process's own. */
export interface PermissionsJob {
  /** The memory of the queue. */
  memory: SharedArrayBuffer;
  top: number;
  aside: number;
  owner: Owner | null;
  /** Null: they stay, and so does the directory itself. */
  modes: Modes | null;
  /** Users whose files are touched; null: whoever has put them there. */
  from: readonly number[] | null;
}

export interface PermissionCounts {
  /** The directory itself and everything below. */
  entries: number;
  changed: number;
  /**
   * Left as they are, though wrong: devices, what has names elsewhere (hard links) and is no file that everybody may read,
   * and what belongs to a stranger.
   */
  left: number;
}

/** Something in the tree that is open: a file or directory, or (`isOpaque`) only its place in the file system. */
interface Opened {
  fd: number;
  isOpaque: boolean;
}

/** An error and the path that it is about. */
export class EntryError extends Error {
  readonly path: string;

  constructor(cause: unknown, path: string) {
    super(String(cause), { cause });
    this.path = path;
  }
}

/** One thread's share of a tree. */
export class PermissionWalk {
  readonly counts: PermissionCounts = { entries: 0, changed: 0, left: 0 };
  private readonly job: PermissionsJob;
  private readonly queue: DirectoryQueue;

  constructor(job: PermissionsJob, queue: DirectoryQueue) {
    this.job = job;
    this.queue = queue;
  }

  run(): void {
    const { queue, job } = this;
    for (let fd = queue.take(); fd !== null; fd = queue.take()) {
      try {
        if (fd === job.top && job.modes) this.mendTop();
        this.walk(fd, 0);
      } finally {
        if (fd !== job.top) fs.closeSync(fd);
        queue.done();
      }
    }
  }

  private mendTop(): void {
    const { top } = this.job;
    try {
      this.counts.entries += 1;
      this.mend({ fd: top, isOpaque: true }, fs.fstatSync(top), { name: pathOf(top), isEnv: false });
    } catch (error) {
      throw new EntryError(error, nameOf(top));
    }
  }

  private walk(fd: number, nested: number): void {
    const folder = pathOf(fd, '');
    for (const name of namesIn(folder)) {
      if (this.queue.isStopped) return;
      // Names are bytes, not always UTF-8: as Latin-1 none is lost, and strings are faster than buffers.
      const entry = isAscii(name) ? folder + name : Buffer.from(folder + name, 'latin1');
      const isEnv = fd === this.job.top && name === '.env';
      try {
        this.visit({ name: entry, isEnv }, nested);
      } catch (error) {
        if (error instanceof EntryError) throw error;
        throw new EntryError(error, path.join(nameOf(fd), Buffer.from(name, 'latin1').toString()));
      }
    }
  }

  private visit(entry: { name: string | Buffer; isEnv: boolean }, nested: number): void {
    const opened = open(entry.name);
    if (opened === null) return;
    let isLeftToOthers = false;
    try {
      const stat = fs.fstatSync(opened.fd);
      this.counts.entries += 1;
      this.mend(opened, stat, entry);
      if (!stat.isDirectory()) return;
      isLeftToOthers = this.queue.offer(opened.fd);
      if (isLeftToOthers) return;
      if (nested === MAX_NESTED) throw new Error(`folders lie more than ${MAX_NESTED} deep in one another`);
      this.walk(opened.fd, nested + 1);
    } finally {
      if (!isLeftToOthers) fs.closeSync(opened.fd);
    }
  }

  private mend(opened: Opened, stat: fs.Stats, entry: { name: string | Buffer; isEnv: boolean }): void {
    const { owner, modes, aside } = this.job;
    const mode = modes && wantedMode(stat, modes, entry.isEnv);
    const isOthers = owner !== null && (stat.uid !== owner.uid || stat.gid !== owner.gid);
    const isWrong = mode !== null && (stat.mode & 0o7777) !== mode;
    if (!isOthers && !isWrong) return;
    if (isDevice(stat) || this.isStrangers(stat)) {
      this.counts.left += 1;
      return;
    }
    if (stat.nlink > 1 && !stat.isDirectory()) {
      // The other names may be outside of the release, and the file somebody else's.
      const copy = makeOwnCopy({ fd: opened.fd, stat, aside, owner, mode: mode ?? stat.mode & 0o777 });
      if (copy === null) {
        this.counts.left += 1;
        return;
      }
      fs.renameSync(copy, entry.name);
      this.counts.changed += 1;
      return;
    }
    // The owner comes first, for its change takes setuid and setgid away.
    if (isOthers) changeOwner(opened, owner);
    if (isWrong) changeMode(opened, mode);
    this.counts.changed += 1;
  }

  /** Whoever may change the tree may have moved into it what they can neither read nor write. */
  private isStrangers({ uid }: fs.Stats): boolean {
    const { from, owner } = this.job;
    return from !== null && uid !== owner?.uid && !from.includes(uid);
  }
}

/** Opens an entry; null where it is gone. What cannot be read, or is a link, is opened as a place only. */
function open(entry: string | Buffer): Opened | null {
  try {
    // O_NONBLOCK: a fifo that nobody writes to would be waited for.
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    return { fd: fs.openSync(entry, flags), isOpaque: false };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
  }
  try {
    return { fd: fs.openSync(entry, O_PATH | O_NOFOLLOW), isOpaque: true };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function changeOwner({ fd, isOpaque }: Opened, { uid, gid }: Owner): void {
  if (isOpaque) fs.chownSync(pathOf(fd), uid, gid);
  else fs.fchownSync(fd, uid, gid);
}

function changeMode({ fd, isOpaque }: Opened, mode: number): void {
  if (isOpaque) fs.chmodSync(pathOf(fd), mode);
  else fs.fchmodSync(fd, mode);
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder, 'latin1');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isAscii(name: string): boolean {
  return /^[\0-\x7f]*$/.test(name);
}
