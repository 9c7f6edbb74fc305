import fs from 'node:fs';
import path from 'node:path';
import { closing, messageOf, refuseOthers, uniqueName } from '../kernel/index.ts';
import type { Exchange } from './intention.ts';
import type { BackedUpFile } from './manifest.ts';
import type { OwnerNames } from './owner-names.ts';

export type Staged = { exchange: Exchange } | { left: string } | 'the same';

/**
 * Writes a file of a backup beside the place that it is to get, with its owner and mode, durably. Where others than root could
 * lead that place elsewhere, it is left, and said why.
 */
export function stageFile(
  file: BackedUpFile,
  { folder, names, stamp }: { folder: string; names: OwnerNames; stamp: string },
): Staged {
  const content = fs.readFileSync(path.join(folder, file.entry));
  const isRoot = process.geteuid?.() === 0;
  try {
    if (isRoot) refuseOthers(file.path);
  } catch (error) {
    return { left: messageOf(error) };
  }
  const owner = isRoot ? names.owner(file) : null;
  if (isTheSame(file.path, { content, mode: file.mode, owner })) return 'the same';
  fs.mkdirSync(path.dirname(file.path), { recursive: true, mode: folderMode(file) });
  const staged = uniqueName(file.path);
  const fd = fs.openSync(staged, 'wx', 0o600);
  using _ = closing(fd);
  fs.writeFileSync(fd, content);
  if (owner) fs.fchownSync(fd, owner.uid, owner.gid);
  // What was root's alone to read is so still where its owner is not known here.
  fs.fchmodSync(fd, owner?.uid === 0 && file.user !== 'root' ? file.mode & 0o700 : file.mode);
  fs.fsyncSync(fd);
  return { exchange: exchangeOf(file.path, staged, stamp) };
}

/** What is there is kept beside it. `staged`: what takes its place; null: nothing does. */
export function exchangeOf(target: string, staged: string | null, stamp: string): Exchange {
  return { staged, target, aside: `${target}.before-restore-${stamp}` };
}

function folderMode({ role }: BackedUpFile): number {
  return role === 'certificates' ? 0o711 : 0o755;
}

function isTheSame(
  file: string,
  wanted: { content: Buffer; mode: number; owner: { uid: number; gid: number } | null },
): boolean {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size !== wanted.content.length || (stat.mode & 0o7777) !== wanted.mode)
    return false;
  const { owner } = wanted;
  if (owner && (stat.uid !== owner.uid || stat.gid !== owner.gid)) return false;
  return fs.readFileSync(file).equals(wanted.content);
}
