import fs from 'node:fs';
import path from 'node:path';
import { closing, SlipwayError } from '../kernel/index.ts';
import { openDirectory, openRoot } from './beneath.ts';
import type { SiteLayout } from './layout.ts';
import { lstat, makeDirectory, type Ownership, withParent } from './owned-directory.ts';
import { type Modes, type Owner, ownerOfShared } from './permission-rule.ts';

/**
 * The root and `release` are the agent's alone: it works in there by paths, as root mostly, and whoever may rename what
 * lies in a directory may lead a path elsewhere.
 */
const AGENTS_OWN: Ownership = { owner: null, mode: 0o755 };

/**
 * Makes the directories of a site where they are missing: the root, `release`, `logs`, `storage`, `storage/public` and
 * what is shared. What is there stays as it is, owner, mode and all. `say` is told of each that was made, and where others
 * may write to what is to be the agent's alone.
 *
 * Rejects with `path_refused`, before anything is made, where the root is `/`, a link or a file, `current` is no link (another
 * tool deploys there), or `release` is no directory; and where a link leads to what is shared.
 */
export async function makeSiteDirectories(
  layout: SiteLayout,
  options: {
    /** Whom `logs` and what is shared belong to. */
    owner: Owner | null;
    /** Whom `storage` belongs to: the application writes there as `owner` does, so user and group change places. */
    storageOwner: Owner | null;
    modes: Pick<Modes, 'directory'>;
    shared: readonly string[];
    say: (line: string) => void;
  },
): Promise<void> {
  refuseStrangers(layout);
  const { owner, storageOwner, shared, say, modes } = options;
  const ownership = { owner, mode: modes.directory };
  const ofStorage = { owner: storageOwner, mode: modes.directory };
  const made = (file: string) => say(`made ${file}`);
  makeRoot(layout.root, made);
  const root = openRoot(layout.root);
  using _ = closing(root);
  if (makeDirectory(root, 'release', AGENTS_OWN)) made(layout.release);
  for (const file of [layout.root, layout.release]) tellOfOthers(file, say);
  if (makeDirectory(root, 'logs', ownership)) made(layout.logs);
  if (makeDirectory(root, 'storage', ofStorage)) made(layout.storage);
  makePublicStorage(root, ofStorage, () => made(layout.publicStorage));
  for (const relative of shared) {
    const ofShared = { owner: ownerOfShared(relative, options), mode: modes.directory };
    await withParent(root, relative, ofShared, (parent, name) => {
      if (makeDirectory(parent, name, ofShared)) made(path.join(layout.root, relative));
    });
  }
}

function refuseStrangers({ root, current, release }: SiteLayout): void {
  if (path.resolve(root) === '/') throw refused('/ is no root for a site: it is the root of the file system');
  const there = lookAt(root);
  if (there?.isSymbolicLink())
    throw refused(`${root} is a symbolic link to ${fs.readlinkSync(root)}`, `ls -ld ${root}`);
  if (there && !there.isDirectory()) throw refused(`${root} is no directory`, `ls -ld ${root}`);
  const live = lookAt(current);
  if (live && !live.isSymbolicLink())
    throw refused(
      `${current} is no symbolic link to a release: something else has deployed there`,
      `ls -ld ${current}`,
    );
  const releases = lookAt(release);
  if (releases && !releases.isDirectory()) throw refused(`${release} is no directory`, `ls -ld ${release}`);
}

function lookAt(file: string): fs.Stats | undefined {
  return fs.lstatSync(file, { throwIfNoEntry: false });
}

function refused(message: string, next?: string): SlipwayError {
  const hint = 'nothing was touched; name another root for this site, or move what is there';
  return new SlipwayError('path_refused', { message, hint, ...(next === undefined ? {} : { next }) });
}

function makeRoot(file: string, made: (file: string) => void): void {
  const above = path.dirname(path.resolve(file));
  fs.mkdirSync(above, { recursive: true });
  const parent = openRoot(above);
  using _ = closing(parent);
  if (makeDirectory(parent, path.basename(file), AGENTS_OWN)) made(file);
}

/** Made by a person, who may mean it so: it is told, and left. */
function tellOfOthers(file: string, say: (line: string) => void): void {
  const { uid, gid, mode } = fs.statSync(file);
  const agent = process.getuid?.() ?? 0;
  if ([0, agent].includes(uid) && (mode & 0o022) === 0) return;
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  say(
    `others may write to ${file} (${uid}:${gid}, mode ${octal}), and so change what is made ready there: chown ${agent} ${file} && chmod go-w ${file}`,
  );
}

/** Makes none in a `storage` that a person has linked to another place: what is in there is theirs. */
function makePublicStorage(root: number, ownership: Ownership, made: () => void): void {
  if (!lstat(root, 'storage')?.isDirectory()) return;
  const storage = openDirectory(root, 'storage');
  using _ = closing(storage);
  if (makeDirectory(storage, 'public', ownership)) made();
}
