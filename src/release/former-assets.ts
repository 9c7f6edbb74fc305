import fs from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { closing, errnoOf, pathOf, SlipwayError, uniqueName } from '../kernel/index.ts';
import { openDirectory, withRelease } from './beneath.ts';
import { lstat, makeDirectory } from './owned-directory.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_DIRECTORY, COPYFILE_FICLONE_FORCE } = fs.constants;
/** Their names are in memory, and in a file of a few megabytes. */
const FILES_MAX = 50_000;
const NESTED_MAX = 100;

export interface FormerRelease {
  directory: string;
  /** What it has of releases before it, by path: that is not its own. */
  added: ReadonlySet<string>;
}

/** A file that a former release brought and the new one lacks. */
interface Missing {
  former: number;
  file: string;
}

/**
 * Puts into the folders of a release those files that former releases brought and it has not: what was loaded before a switch
 * goes on to find what it asks for. What the release has, be it a link or a folder in the place of a file, stays as it is;
 * links are neither followed nor taken. A file shares its blocks with the former one where the file system can, else it is
 * the same one (a hard link), with its owner and mode either way. `record` is told of all that is going to be added
 * before the first one is; `added` is what it was told by an attempt that was killed. The number of files added.
 */
export async function addFormerAssets(options: {
  directory: string;
  added: ReadonlySet<string>;
  /** Newest first: of files of one path the newest counts. In the same folder as the release. */
  formers: readonly FormerRelease[];
  /** Relative paths without `.` and `..`. */
  folders: readonly string[];
  record: (files: string[]) => void;
  say: (line: string) => void;
  signal?: AbortSignal | undefined;
}): Promise<number> {
  const { directory, formers, record, say } = options;
  return await withRelease(directory, async ({ top, aside }) => {
    const tops = formers.map((former) => openHere(aside, path.basename(former.directory)));
    try {
      const missing = await findMissing({ ...options, top, tops });
      if (missing.length === FILES_MAX)
        say(`former releases have more than ${FILES_MAX} files: not all stay`);
      record([...new Set([...options.added, ...missing.map(({ file }) => file)])]);
      return missing.length === 0 ? 0 : await addAll(missing, { ...options, top, tops, aside });
    } finally {
      for (const fd of tops) if (fd !== null) fs.closeSync(fd);
    }
  });
}

interface Trees {
  formers: readonly FormerRelease[];
  folders: readonly string[];
  top: number;
  tops: readonly (number | null)[];
  signal?: AbortSignal | undefined;
}

async function findMissing({ formers, folders, top, tops, signal }: Trees): Promise<Missing[]> {
  const missing = new Map<string, Missing>();
  for (const [former, { added }] of formers.entries()) {
    const left = folders.map((folder) => ({ folder, nested: 0 }));
    for (let at = left.pop(); at !== undefined && missing.size < FILES_MAX; at = left.pop()) {
      const { folder, nested } = at;
      const there = namesIn(top, folder);
      if (there === null) continue;
      for (const entry of entriesIn(tops[former] ?? null, folder)) {
        const file = `${folder}/${entry.name}`;
        if (entry.isDirectory() && nested < NESTED_MAX) left.push({ folder: file, nested: nested + 1 });
        const isMissing = entry.isFile() && !there.has(entry.name) && !added.has(file) && !missing.has(file);
        if (isMissing && missing.size < FILES_MAX) missing.set(file, { former, file });
      }
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
  return [...missing.values()];
}

/** Empty where the folder is not there yet, null where a link or a file is in its place. */
function namesIn(top: number, folder: string): Set<string> | null {
  const fd = openWay(top, folder);
  if (typeof fd !== 'number') return fd === 'missing' ? new Set() : null;
  using _ = closing(fd);
  return new Set(fs.readdirSync(pathOf(fd)));
}

function entriesIn(top: number | null, folder: string): fs.Dirent[] {
  const fd = top === null ? 'missing' : openWay(top, folder);
  if (typeof fd !== 'number') return [];
  using _ = closing(fd);
  return fs.readdirSync(pathOf(fd), { withFileTypes: true });
}

async function addAll(
  missing: readonly Missing[],
  { top, tops, aside, say, signal }: Trees & { aside: number; say: (line: string) => void },
): Promise<number> {
  // A copy is root's until it is given away, and nobody else is to come to it before.
  const apart = pathOf(aside, uniqueName('assets'));
  fs.mkdirSync(apart, { mode: 0o700 });
  const workplace = fs.openSync(apart, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  let added = 0;
  const refused: string[] = [];
  try {
    for (const [index, { former, file }] of missing.entries()) {
      if (index % 100 === 0) await setImmediate();
      signal?.throwIfAborted();
      const from = openWay(tops[former] ?? top, path.dirname(file));
      if (typeof from !== 'number') continue;
      using _from = closing(from);
      const to = openWay(top, path.dirname(file), { make: true });
      if (typeof to !== 'number') continue;
      using _to = closing(to);
      const why = add(path.basename(file), { from, to, workplace });
      if (why === null) added += 1;
      else refused.push(`${file} (${why})`);
    }
  } finally {
    fs.closeSync(workplace);
    fs.rmSync(apart, { recursive: true, force: true });
  }
  if (refused.length > 0) say(`${refused.length} files could not be added, such as ${refused[0]}`);
  return added;
}

/** Null, or why it could not be added. */
function add(name: string, { from, to, workplace }: Record<'from' | 'to' | 'workplace', number>) {
  const copy = pathOf(workplace, uniqueName('asset'));
  try {
    const fd = fs.openSync(pathOf(from, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    using _ = closing(fd);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return 'no file any more';
    if (!clone(fd, { stat, copy })) {
      fs.linkSync(pathOf(from, name), copy);
      // Whoever may change the former release could have put another one in its place.
      const linked = fs.lstatSync(copy);
      if (linked.ino !== stat.ino || linked.dev !== stat.dev) return 'changed meanwhile';
    }
    // A rename would take the place of what a hook or the application has written there just now.
    fs.linkSync(copy, pathOf(to, name));
    return null;
  } catch (error) {
    return errnoOf(error) ?? String(error);
  } finally {
    fs.rmSync(copy, { force: true });
  }
}

/** False where the file system cannot share blocks between files. */
function clone(fd: number, { stat, copy }: { stat: fs.Stats; copy: string }): boolean {
  try {
    fs.copyFileSync(pathOf(fd), copy, COPYFILE_FICLONE_FORCE);
  } catch {
    fs.rmSync(copy, { force: true });
    return false;
  }
  fs.utimesSync(copy, stat.atimeMs / 1000, stat.mtimeMs / 1000);
  fs.chownSync(copy, stat.uid, stat.gid);
  fs.chmodSync(copy, stat.mode & 0o777);
  return true;
}

/**
 * Opens a folder of a tree step by step. With `make` each that is missing is made, and is as the one that it lies in.
 * `blocked` where a link or a file is on the way.
 */
function openWay(top: number, folder: string, { make = false } = {}): number | 'missing' | 'blocked' {
  let at = fs.openSync(pathOf(top), O_RDONLY | O_DIRECTORY);
  for (const name of folder.split('/')) {
    using _ = closing(at);
    const there = lstat(at, name);
    if (there && !there.isDirectory()) return 'blocked';
    if (!there && !make) return 'missing';
    if (!there) {
      const { uid, gid, mode } = fs.fstatSync(at);
      makeDirectory(at, name, { owner: { uid, gid }, mode: mode & 0o7777 });
    }
    const next = openHere(at, name);
    if (next === null) return 'blocked';
    at = next;
  }
  return at;
}

/** Null where it is gone, or has become a link or a file. */
function openHere(parent: number, name: string): number | null {
  try {
    return openDirectory(parent, name);
  } catch (error) {
    if (error instanceof SlipwayError) return null;
    throw error;
  }
}
