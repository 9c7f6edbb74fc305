// set-permissions.ts <directory> <uid> <gid>: gives a tree an owner and the default modes; prints how long that took.
import { setPermissions } from '../../src/release/index.ts';

/** What it prints, as JSON. */
export interface PermissionsTime {
  ms: number;
}

const [directory = '', uid, gid] = process.argv.slice(2);
const startedMs = performance.now();
await setPermissions({
  directory,
  owner: { uid: Number(uid), gid: Number(gid) },
  modes: { directory: 0o2775, file: 0o664, executables: 'drop' },
});
console.log(JSON.stringify({ ms: performance.now() - startedMs } satisfies PermissionsTime));
