import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, messageOf, type Owners, openOwnedSoon, SlipwayError } from '../kernel/index.ts';
import type { LocalArchive, LocalArchives } from './local-archives.ts';
import { readSignature } from './local-signature.ts';
import { checkVersion, missingArchive } from './missing-archive.ts';
import { checkArchive } from './signed-archive.ts';
import type { Signing } from './signing.ts';
import type { FetchedArchive, FetchOptions } from './source.ts';

/** A local archive is used where it lies. Errors: see `Source.fetch`. */
export async function fetchLocal(
  archives: LocalArchives,
  options: FetchOptions & { signing: Signing | null },
): Promise<FetchedArchive> {
  const { version, signal, signing } = options;
  signal.throwIfAborted();
  checkVersion(version);
  const archive = await readable(archives, version);
  signal.throwIfAborted();
  if (!archive)
    throw missingArchive({
      version,
      absence: archives.absence(version),
      versions: await archives.versions().catch(() => []),
      folder: archives.folder,
      next: `ls -l ${archives.folder}`,
    });
  const { path: file, stat } = archive;
  const owners = await archives.owners();
  const sha256 = signing === null ? null : await checkedDigest(archive, { owners, signing, signal });
  return { kind: 'archive', path: file, owners, sizeBytes: stat.size, sha256, temporary: false };
}

async function checkedDigest(
  archive: LocalArchive,
  { owners, signing, signal }: { owners: Owners; signing: Signing; signal: AbortSignal },
): Promise<string> {
  const signature = await readSignature(archive.path, owners);
  const chunks = contentOf(archive.path, { owners, signal });
  const checked = await checkArchive({ file: path.basename(archive.path), chunks, signature }, signing);
  return checked.sha256;
}

/** Opened when it is read first: a signature that is none is refused before that. */
async function* contentOf(
  file: string,
  { owners, signal }: { owners: Owners; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const fd = await openOwnedSoon(file, owners);
  yield* fs.createReadStream('', { fd, highWaterMark: 1024 ** 2, signal });
}

async function readable(archives: LocalArchives, version: string): Promise<LocalArchive | null> {
  try {
    return await archives.findReadable(version);
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    const denied = errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';
    throw new SlipwayError(denied ? 'permission' : 'archive_missing', {
      message: `the archive of version ${version} cannot be read: ${messageOf(error)}`,
      hint: 'nothing was changed',
      next: `namei -l ${archives.folder}`,
      cause: error,
    });
  }
}
