import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AppConfiguration } from '../config/index.ts';
import { cgroupMount, controllersOf, type Limits } from '../supervisor/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'control groups';
/** The first Linux with cgroup.kill. */
const KILL_SINCE = [5, 14] as const;

/** Makes systemd leave version 1 away, which on Debian and Ubuntu keeps the controllers to itself. */
const UNIFIED = 'systemd.unified_cgroup_hierarchy=1';
const BOOT_UNIFIED = `sed -i 's/^GRUB_CMDLINE_LINUX="/&${UNIFIED} /' /etc/default/grub && update-grub && reboot`;
const MOUNT = 'mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified';

const NOT_GUARANTEED =
  'a process that leaves its session and outlives its parent is not found when its app is stopped, and limits of memory, cpu and tasks are not in force';

/** What a host has to keep together what a run has started, and to bound it. */
export interface Ground {
  isRoot: boolean;
  /** The release that uname(2) tells: `6.1.0-50-cloud-amd64`. */
  kernel: string;
  /** Where cgroup version 2 is mounted, and may be written to; null where it is not. */
  mount: string | null;
  /** That version 2 has: those that version 1 holds are not among them. */
  controllers: readonly string[];
}

export function readGround(): Ground {
  const mount = cgroupMount();
  const controllers =
    mount === null ? [] : fs.readFileSync(path.join(mount, 'cgroup.controllers'), 'latin1').trim().split(' ');
  return { isRoot: process.getuid?.() === 0, kernel: os.release(), mount, controllers };
}

export function judgeGround({ isRoot, kernel, mount }: Ground): Check[] {
  if (!isRoot) return [warn(NAME, `none are to be had, for you are not root: ${NOT_GUARANTEED}`, null)];
  if (mount === null)
    return [warn(NAME, `cgroup version 2 is not mounted, or read-only: ${NOT_GUARANTEED}`, MOUNT)];
  if (isOlder(kernel, KILL_SINCE)) {
    const message = `Linux ${kernel} has no cgroup.kill (${KILL_SINCE.join('.')}): what is stopped is killed process by process`;
    return [warn(NAME, message, null)];
  }
  return [ok(NAME, mount)];
}

/** Limits of an app that this host cannot set. */
export function judgeLimits(app: AppConfiguration, { isRoot, mount, controllers }: Ground): Check[] {
  const wanted = new Set(limitsOf(app).flatMap(controllersOf));
  const usable = isRoot && mount !== null ? controllers : [];
  const lacking = [...wanted].filter((name) => !usable.includes(name));
  if (lacking.length === 0) return [];
  const message = `${app.id} has limits that are not in force: cgroup version 2 has no controller ${lacking.join(', ')} here`;
  return [fail('limits', message, isRoot ? BOOT_UNIFIED : null)];
}

function limitsOf(app: AppConfiguration): Limits[] {
  return app.kind === 'service' ? [app.limits] : app.workers.map(({ limits }) => limits);
}

function isOlder(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
