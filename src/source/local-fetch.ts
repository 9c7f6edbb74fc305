import { errnoOf, isVersion, messageOf, SlipwayError, VERSION_PATTERN } from '../kernel/index.ts';
import type { LocalArchive, LocalArchives } from './local-archives.ts';
import type { FetchedArchive, FetchOptions } from './source.ts';

const VERSIONS_SHOWN = 10;

/** A local archive is used where it lies. Errors: see `Source.fetch`. */
export async function fetchLocal(archives: LocalArchives, options: FetchOptions): Promise<FetchedArchive> {
  const { version, signal } = options;
  signal.throwIfAborted();
  if (!isVersion(version))
    throw new SlipwayError('version_invalid', {
      message: `${JSON.stringify(version)} is not a version`,
      hint: `a version is of the form ${VERSION_PATTERN.source.slice(1, -1)}`,
    });
  const archive = await readable(archives, version);
  signal.throwIfAborted();
  if (!archive) throw await missing(archives, version);
  const { path, stat } = archive;
  return { kind: 'archive', path, owners: await archives.owners(), sizeBytes: stat.size, temporary: false };
}

async function readable(archives: LocalArchives, version: string): Promise<LocalArchive | null> {
  try {
    return await archives.findReadable(version);
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    const denied = errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';
    throw new SlipwayError(denied ? 'permission' : 'archive_missing', {
      message: `the archive of version ${version} cannot be read: ${messageOf(error)}`,
      cause: error,
    });
  }
}

async function missing(archives: LocalArchives, version: string): Promise<SlipwayError> {
  const versions = await archives.versions().catch(() => []);
  const more = versions.length > VERSIONS_SHOWN ? ` and ${versions.length - VERSIONS_SHOWN} older` : '';
  return new SlipwayError('archive_missing', {
    message: `version ${version} has no archive: ${archives.absence(version)}`,
    hint:
      versions.length > 0
        ? `there are ${versions.slice(0, VERSIONS_SHOWN).join(', ')}${more}`
        : `${archives.folder} holds no archive of any version`,
  });
}
