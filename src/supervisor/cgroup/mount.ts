import fs from 'node:fs';

/**
 * Where the hierarchy of cgroup v2 is mounted: `/sys/fs/cgroup`, or `/sys/fs/cgroup/unified` beside version 1. Null where
 * it is not, or not to be written to (containers often have it read-only). Format: proc(5), mountinfo.
 */
export function cgroupMount(mountinfo = fs.readFileSync('/proc/self/mountinfo', 'utf8')): string | null {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , directory = '', options = ''] = before.split(' ');
    if (after.startsWith('cgroup2 ') && !options.split(',').includes('ro')) return directory;
  }
  return null;
}
