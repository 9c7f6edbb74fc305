import path from 'node:path';
import { isVersion, SlipwayError } from '../kernel/index.ts';

/** Where a service lies on the disk (design, section 4). Paths only: nothing is read or made. */
export interface ServiceLayout {
  /** `<data>/service/<app>` */
  root: string;
  /** Holds the pristine trees. */
  release: string;
  releaseDirectory(number: number, label: string): string;
  /** Instances are numbered from 1. */
  instance(instance: number): InstanceLayout;
}

export interface InstanceLayout {
  root: string;
  /** Holds the instance's own copies. */
  release: string;
  releaseDirectory(number: number, label: string): string;
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
    instance: (instance) => instanceLayout(path.join(root, String(instance))),
  };
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

function releases(root: string): Pick<ServiceLayout, 'release' | 'releaseDirectory'> {
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
