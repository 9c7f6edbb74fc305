import type { Stats } from 'node:fs';

export interface Owner {
  uid: number;
  gid: number;
}

export interface Modes {
  /** The mode of directories, usually with setgid: 0o2775. */
  directory: number;
  file: number;
  /** `keep`: what anybody could execute gets 0775. */
  executables: 'drop' | 'keep';
}

/** Whom a shared path of a site belongs to: the application writes in `storage`, which has an owner of its own. */
export function ownerOfShared(
  relative: string,
  { owner, storageOwner = owner }: { owner: Owner | null; storageOwner?: Owner | null },
): Owner | null {
  return relative === 'storage' || relative.startsWith('storage/') ? storageOwner : owner;
}

const EXECUTABLE_MODE = 0o775;
/** It holds secrets, and web servers serve files that everybody may read. */
const ENV_MODE = 0o640;

/** The mode that an entry of a release is to have; null for symbolic links, which have none of their own. */
export function wantedMode(stat: Stats, modes: Modes, isEnv: boolean): number | null {
  if (stat.isSymbolicLink()) return null;
  if (stat.isDirectory()) return modes.directory;
  if (isEnv) return ENV_MODE;
  const isExecutable = stat.isFile() && (stat.mode & 0o111) !== 0;
  return modes.executables === 'keep' && isExecutable ? EXECUTABLE_MODE : modes.file;
}

export function isDevice(stat: Stats): boolean {
  return stat.isCharacterDevice() || stat.isBlockDevice();
}
