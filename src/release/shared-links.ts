import fs from 'node:fs';
import path from 'node:path';
import { closing, errnoOf, nameOf, pathOf, SlipwayError, uniqueName } from '../kernel/index.ts';
import { openDirectory, withRelease } from './beneath.ts';
import { makeOwnCopy } from './own-copy.ts';
import { isEmpty, lstat, makeDirectory, withParent } from './owned-directory.ts';
import { type Modes, type Owner, ownerOfShared, wantedMode } from './permission-rule.ts';
import { mendTree } from './permissions.ts';
import { forceRemove } from './tree-files.ts';

interface Sharing {
  owner: Owner | null;
  /** Of `storage` and what lies in it; missing: `owner`. */
  storageOwner?: Owner | null;
  /** Users whose files of the project are taken, beside those of `owner`; null or missing: whoever has put them there. */
  from?: readonly number[] | null;
  modes: Modes;
  say: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Puts a relative link to `<root>/<path>` at each shared path of a release. Where there is nothing in the root, or an
 * empty directory, what the project has at that path goes there first, with the owner and modes of a release; else it is
 * taken out of the release. Nothing in the root is overwritten, and no link of the project is followed. May be begun
 * again after a kill at any point. `say` is told what a person may wonder about.
 *
 * Rejects with `path_refused` where a link is in the way of a nested path or what is shared is a file system of its own,
 * `release_unknown`, `permission`, `disk_full`, or the signal's reason.
 */
export function linkShared(
  options: Sharing & {
    /** Lies two folders below the root. */
    releaseDirectory: string;
    /** Relative paths without `.` and `..`. */
    shared: readonly string[];
  },
): Promise<void> {
  const { releaseDirectory, shared, modes } = options;
  return withRelease(releaseDirectory, async ({ root, aside, top }) => {
    for (const relative of shared) {
      const owner = ownerOfShared(relative, options);
      const ownership = { owner, mode: modes.directory };
      await withParent(root, relative, ownership, (inRoot) =>
        withParent(top, relative, ownership, (inRelease, name) =>
          link({ relative, name, inRoot, inRelease, aside }, { ...options, owner }),
        ),
      );
    }
  });
}

/** One shared path. Numbers are open directories. */
interface Place {
  relative: string;
  /** Its last part, */
  name: string;
  /** the directory that holds it in the root, and the one in the release. */
  inRoot: number;
  inRelease: number;
  aside: number;
}

async function link(place: Place, sharing: Sharing): Promise<void> {
  const { relative, name, inRoot, inRelease, aside } = place;
  const target = `${'../'.repeat(relative.split('/').length + 1)}${relative}`;
  const own = lstat(inRelease, name);
  const isLinked = own?.isSymbolicLink() && fs.readlinkSync(pathOf(inRelease, name)) === target;
  if (own && !isLinked) await takeOut(place, own, sharing);
  makeDirectory(inRoot, name, { owner: sharing.owner, mode: sharing.modes.directory });
  if (isLinked) return;
  const temporary = pathOf(aside, uniqueName('link'));
  fs.symlinkSync(target, temporary);
  if (sharing.owner) fs.lchownSync(temporary, sharing.owner.uid, sharing.owner.gid);
  fs.renameSync(temporary, pathOf(inRelease, name));
}

/** What the project has there: into the root where there is room for it, else away. */
async function takeOut(place: Place, own: fs.Stats, sharing: Sharing): Promise<void> {
  const { relative, name, inRoot, inRelease, aside } = place;
  const { say } = sharing;
  const shared = path.join(nameOf(inRoot), name);
  const isSeeded = own.isDirectory()
    ? await seedDirectory(place, sharing)
    : own.isFile() && seedFile(place, sharing);
  if (isSeeded)
    return say(`${relative} of the project is now ${shared}, because there was nothing in it yet`);
  if (own.isDirectory() || own.isFile())
    say(`${relative} of the project is not used: ${shared} is there already and stays as it is`);
  else if (own.isSymbolicLink()) {
    const target = JSON.stringify(fs.readlinkSync(pathOf(inRelease, name)));
    say(`${relative} of the project is a link to ${target}, which was not followed: it is not used`);
  } else say(`${relative} of the project is neither file nor directory: it is not used`);
  if (!own.isDirectory()) return;
  const leftover = uniqueName('shared');
  fs.renameSync(pathOf(inRelease, name), pathOf(aside, leftover));
  await forceRemove(path.join(nameOf(aside), leftover));
}

/** Moves it by one rename: it is in the release, or whole in the root. */
async function seedDirectory(place: Place, { owner, from, modes, signal }: Sharing): Promise<boolean> {
  const { name, inRoot, inRelease, aside } = place;
  const there = lstat(inRoot, name);
  if (there && !(there.isDirectory() && isUnused(place))) return false;
  const top = openDirectory(inRelease, name);
  try {
    await mendTree({ top, aside, owner, from, modes, signal });
    if (there && !isEmpty(inRoot, name)) fs.rmdirSync(path.join(pathOf(inRoot, name), 'public'));
    fs.renameSync(pathOf(inRelease, name), pathOf(inRoot, name));
    return true;
  } catch (error) {
    throw seedError(error, place);
  } finally {
    fs.closeSync(top);
  }
}

/** Nothing is in it; or, in `storage`, the empty `public` alone that every site has from its first moment. */
function isUnused({ relative, name, inRoot }: Place): boolean {
  const directory = openDirectory(inRoot, name);
  using _ = closing(directory);
  const names = fs.readdirSync(pathOf(directory));
  if (relative !== 'storage' || names.join() !== 'public') return names.length === 0;
  return lstat(directory, 'public')?.isDirectory() === true && isEmpty(directory, 'public');
}

/** Makes a copy: the link takes the place of the file in the release by one rename later. */
function seedFile(place: Place, { owner, from = null, modes }: Sharing): boolean {
  const { name, inRoot, inRelease, aside } = place;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(pathOf(inRelease, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  let copy: string | null = null;
  try {
    const there = lstat(inRoot, name);
    if (there && !(there.isDirectory() && isEmpty(inRoot, name))) return false;
    const stat = fs.fstatSync(fd);
    if (from !== null && stat.uid !== owner?.uid && !from.includes(stat.uid)) return false;
    const mode = wantedMode(stat, modes, name === '.env') ?? modes.file;
    copy = makeOwnCopy({ fd, stat, aside, owner, mode });
    if (copy === null) return false;
    if (there) fs.rmdirSync(pathOf(inRoot, name));
    // A rename would overwrite what somebody puts there just now.
    fs.linkSync(copy, pathOf(inRoot, name));
    return true;
  } catch (error) {
    throw seedError(error, place);
  } finally {
    if (copy !== null) fs.rmSync(copy);
    fs.closeSync(fd);
  }
}

function seedError(error: unknown, { relative, name, inRoot, inRelease }: Place): unknown {
  if (!['EXDEV', 'EBUSY'].includes(errnoOf(error) ?? '')) return error;
  const shared = path.join(nameOf(inRoot), name);
  const own = path.join(nameOf(inRelease), name);
  return new SlipwayError('path_refused', {
    message: `${relative} of the project cannot become ${shared}: that is a file system of its own`,
    hint: `copy it there by hand and deploy again; what was live is as it was`,
    next: `cp -a ${own}${own.endsWith('/') ? '' : '/.'} ${shared}/`,
  });
}
