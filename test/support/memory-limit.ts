import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

/** What the kernel says of a control group's folder: version 2, and version 1. */
const CONTROL_GROUPS = [0x63677270, 0x27e0eb];

/**
 * A memory cgroup (version 2, or 1 where that is mounted); a process joins it by writing its pid into `joinFile`.
 * @throws Error where it would be a folder like any other, in which nothing is limited
 */
export function memoryLimit(limitBytes: number, groups = '/sys/fs/cgroup'): { joinFile: string } {
  const isVersion1 = fs.existsSync(path.join(groups, 'memory/cgroup.procs'));
  const parent = path.join(groups, isVersion1 ? 'memory' : '');
  if (!CONTROL_GROUPS.includes(fs.statfsSync(parent).type)) throw new Error(`${parent} is no control group`);
  const folder = path.join(parent, `slipway-test-${process.pid}-${Date.now()}`);
  fs.mkdirSync(folder);
  // Its processes must be gone before: register it before what starts them. The kernel may still be counting one out.
  onTestFinished(async () => {
    await waitFor('the cgroup to be empty', () => {
      fs.rmdirSync(folder);
      return true;
    });
  });
  // Where memory is not counted the file is not there, and none is made.
  const limitFile = path.join(folder, isVersion1 ? 'memory.limit_in_bytes' : 'memory.max');
  fs.writeFileSync(limitFile, String(limitBytes), { flag: 'r+' });
  const limit = fs.readFileSync(limitFile, 'utf8').trim();
  if (limit !== String(limitBytes)) throw new Error(`${limitFile} is ${limit}, not ${limitBytes}`);
  return { joinFile: path.join(folder, 'cgroup.procs') };
}
