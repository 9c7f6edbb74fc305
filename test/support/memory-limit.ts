import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

/** A memory cgroup (version 2, or 1 where that is mounted); a process joins it by writing its pid into `joinFile`. */
export function memoryLimit(limitBytes: number): { joinFile: string } {
  const isVersion1 = fs.existsSync('/sys/fs/cgroup/memory/cgroup.procs');
  const folder = path.join(
    '/sys/fs/cgroup',
    isVersion1 ? 'memory' : '',
    `slipway-test-${process.pid}-${Date.now()}`,
  );
  fs.mkdirSync(folder);
  // Its processes must be gone before: register it before what starts them. The kernel may still be counting one out.
  onTestFinished(async () => {
    await waitFor('the cgroup to be empty', () => {
      fs.rmdirSync(folder);
      return true;
    });
  });
  fs.writeFileSync(
    path.join(folder, isVersion1 ? 'memory.limit_in_bytes' : 'memory.max'),
    String(limitBytes),
  );
  return { joinFile: path.join(folder, 'cgroup.procs') };
}
