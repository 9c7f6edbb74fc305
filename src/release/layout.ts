import fs from 'node:fs';
import path from 'node:path';
import { closing, isVersion, SlipwayError } from '../kernel/index.ts';

/* Where an app lies on the disk. */

export interface ReleaseDirectories {
  root: string;
  /** Holds the pristine trees. */
  release: string;
  releaseDirectory(number: number, version: string): string;
  /** The version of a release that is on the disk, by the label in its directory's name. */
  versionOf(number: number, label: string): string;
  /** The links that say which release is live; the first that is there counts. */
  currents(): string[];
}

export interface ServiceLayout extends ReleaseDirectories {
  /** Instances are numbered from 1. */
  instance(instance: number): InstanceLayout;
}

export interface InstanceLayout {
  root: string;
  /** Holds the instance's own copies. */
  release: string;
  releaseDirectory(number: number, version: string): string;
  /** Symbolic links to a release. */
  current: string;
  previous: string;
  new: string;
}

export function serviceLayout(dataDirectory: string, appId: string): ServiceLayout {
  const root = path.join(dataDirectory, 'service', appId);
  return {
    root,
    ...releases(root),
    versionOf: (_number, label) => label,
    currents: () =>
      (fs.existsSync(root) ? fs.readdirSync(root) : [])
        .filter((name) => /^\d+$/.test(name))
        .sort((a, b) => Number(a) - Number(b))
        .map((name) => instanceLayout(path.join(root, name)).current),
    instance: (instance) => instanceLayout(path.join(root, String(instance))),
  };
}

export interface SiteLayout extends ReleaseDirectories {
  /** Symbolic link to the live release. */
  current: string;
  storage: string;
  publicStorage: string;
  logs: string;
  env: string;
  /** Web servers answer 503 with this page while it is there. */
  maintenance: string;
}

export function siteLayout(root: string): SiteLayout {
  const { release, releaseDirectory } = releases(root);
  return {
    root,
    release,
    releaseDirectory: (number, version) => releaseDirectory(number, shortVersion(version)),
    versionOf: (number, label) => commitIn(releaseDirectory(number, label), label) ?? label,
    currents: () => [path.join(root, 'current')],
    current: path.join(root, 'current'),
    storage: path.join(root, 'storage'),
    publicStorage: path.join(root, 'storage', 'public'),
    logs: path.join(root, 'logs'),
    env: path.join(root, '.env'),
    maintenance: path.join(root, 'maintenance.html'),
  };
}

/** A full commit in 7 digits; any other version as it is. */
export function shortVersion(version: string): string {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(version) ? version.slice(0, 7) : version;
}

/** A commit has 64 digits at most, and the end of the line. */
const REVISION_MAX_BYTES = 200;

/** The full commit, as its checkout left it in the release; null for one that came as an archive. */
function commitIn(directory: string, label: string): string | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    // Hooks write in there: by now it may be a fifo, which would be waited for, or lead to what never ends.
    const fd = fs.openSync(path.join(directory, 'REVISION'), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    using _ = closing(fd);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile() || stat.size > REVISION_MAX_BYTES) return null;
    const text = fs.readFileSync(fd, 'utf8').trim();
    return text.startsWith(label) && shortVersion(text) !== text ? text : null;
  } catch {
    return null;
  }
}

function instanceLayout(root: string): InstanceLayout {
  return {
    root,
    ...releases(root),
    current: path.join(root, 'current'),
    previous: path.join(root, 'previous'),
    new: path.join(root, 'new'),
  };
}

function releases(root: string): Pick<ReleaseDirectories, 'release' | 'releaseDirectory'> {
  const release = path.join(root, 'release');
  return { release, releaseDirectory: (number, label) => path.join(release, releaseName(number, label)) };
}

/** `deployment_<n>.<label>`; the label is a version, or the first 7 digits of a commit. Throws `version_invalid`. */
export function releaseName(number: number, label: string): string {
  if (!isVersion(label))
    throw new SlipwayError('version_invalid', { message: `${JSON.stringify(label)} is not a version` });
  return `deployment_${number}.${label}`;
}

/** The number and label in the name of a release's directory, or null where it is no such name. */
export function parseReleaseName(name: string): { number: number; label: string } | null {
  const match = /^deployment_([1-9]\d{0,14})\.(.+)$/.exec(name);
  const [, number, label] = match ?? [];
  return number !== undefined && label !== undefined && isVersion(label)
    ? { number: Number(number), label }
    : null;
}
