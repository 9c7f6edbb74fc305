import { isVersion, SlipwayError, VERSION_PATTERN } from '../kernel/index.ts';

const VERSIONS_SHOWN = 10;

/** What was looked for in vain, and what there is. */
export function missingArchive(of: {
  version: string;
  absence: string;
  /** Newest first; null where that cannot be told. */
  versions: readonly string[] | null;
  folder: string;
  /** The command that shows what is in it. */
  next: string;
}): SlipwayError {
  const { version, absence, versions, folder, next } = of;
  return new SlipwayError('archive_missing', {
    message: `version ${version} has no archive: ${absence}`,
    hint: `${whatThereIs(versions, folder)}; nothing was changed`,
    next,
  });
}

function whatThereIs(versions: readonly string[] | null, folder: string): string {
  if (versions === null) return `which versions there are, ${folder} does not tell`;
  if (versions.length === 0) return `${folder} holds no archive of any version`;
  const more = versions.length > VERSIONS_SHOWN ? ` and ${versions.length - VERSIONS_SHOWN} older` : '';
  return `there are ${versions.slice(0, VERSIONS_SHOWN).join(', ')}${more}`;
}

/** @throws SlipwayError `version_invalid` */
export function checkVersion(version: string): void {
  if (isVersion(version)) return;
  throw new SlipwayError('version_invalid', {
    message: `${JSON.stringify(version)} is not a version`,
    hint: `a version is of the form ${VERSION_PATTERN.source.slice(1, -1)}; nothing was changed`,
    next: 'slipway deploy --help',
  });
}
