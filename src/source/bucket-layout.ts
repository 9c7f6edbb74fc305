import { isVersion } from '../kernel/index.ts';

/**
 * Keys of a bucket: DeployEx's layout, the same under every kind of bucket. In the order in which they are looked for;
 * DeployEx itself knows the first suffix alone.
 */
const ARCHIVE_SUFFIXES = ['.tar.gz', '.tar.zst', '.zip'] as const;

/** `versions/{name}/{environment}/current.json` */
export function currentKey(name: string, environment: string): string {
  return `versions/${name}/${environment}/current.json`;
}

/** What all environments of an app publish begins with. */
export function currentPrefix(name: string): string {
  return `versions/${name}/`;
}

/** Whether the key is that of a `current.json` of that app. */
export function isCurrentKey(name: string, key: string): boolean {
  return (
    key.startsWith(currentPrefix(name)) &&
    /^[^/]+\/current\.json$/.test(key.slice(currentPrefix(name).length))
  );
}

/** Beside what it signs. */
export function signatureOf(key: string): string {
  return `${key}.minisig`;
}

/** `dist/{name}`, which holds the archives of every version. */
export function archiveFolderKey(name: string): string {
  return `dist/${name}`;
}

/** `{name}-{version}.tar.gz` and its alternatives, best first. */
export function archiveNames(name: string, version: string): string[] {
  return ARCHIVE_SUFFIXES.map((suffix) => `${name}-${version}${suffix}`);
}

/** The version in an archive's file name; null where it is not one of this app's archives. */
export function versionOfArchive(name: string, file: string): string | null {
  const suffix = ARCHIVE_SUFFIXES.find((candidate) => file.endsWith(candidate));
  if (!suffix || !file.startsWith(`${name}-`)) return null;
  const version = file.slice(name.length + 1, -suffix.length);
  return isVersion(version) ? version : null;
}
