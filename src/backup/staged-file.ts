import fs from 'node:fs';
import path from 'node:path';
import { closing, messageOf, refuseOthers, uniqueName } from '../kernel/index.ts';
import type { Exchange } from './intention.ts';
import type { BackedUpFile } from './manifest.ts';
import type { OwnerNames } from './owner-names.ts';

/** A file of a backup that is other than what is in its place. */
export interface StagedFile {
  file: BackedUpFile;
  exchange: Exchange & { staged: string };
  /** Null: the agent's own user. */
  owner: { uid: number; gid: number } | null;
}

/**
 * What is to become of a file of a backup; nothing is written. Where others than root could lead its place elsewhere, it is left,
 * and said why.
 */
export function planFile(
  file: BackedUpFile,
  { folder, names, stamp }: { folder: string; names: OwnerNames; stamp: string },
): StagedFile | { left: string } | 'the same' {
  const isRoot = process.geteuid?.() === 0;
  try {
    if (isRoot) refuseOthers(file.path);
  } catch (error) {
    return { left: messageOf(error) };
  }
  const owner = isRoot ? names.owner(file) : null;
  const content = fs.readFileSync(path.join(folder, file.entry));
  if (isTheSame(file.path, { content, mode: file.mode, owner })) return 'the same';
  const staged = uniqueName(file.path);
  return { file, owner, exchange: { ...exchangeOf(file.path, null, stamp), staged } };
}

/** Writes it beside the place that it is to get, with its owner and mode, durably. */
export function stageFile({ file, exchange, owner }: StagedFile, folder: string): void {
  fs.mkdirSync(path.dirname(file.path), { recursive: true, mode: folderMode(file) });
  const fd = fs.openSync(exchange.staged, 'wx', 0o600);
  using _ = closing(fd);
  fs.writeFileSync(fd, fs.readFileSync(path.join(folder, file.entry)));
  if (owner) fs.fchownSync(fd, owner.uid, owner.gid);
  // What was root's alone to read is so still where its owner is not known here.
  fs.fchmodSync(fd, owner?.uid === 0 && file.user !== 'root' ? file.mode & 0o700 : file.mode);
  fs.fsyncSync(fd);
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
