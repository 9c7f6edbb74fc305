import fs from 'node:fs';
import { pathOf } from '../kernel/index.ts';
import { withRelease } from './beneath.ts';
import type { Owner } from './permission-rule.ts';
import { mendTree } from './permissions.ts';

/** Nobody comes into it until all of it belongs to whom it is for; the next attempt knows it by that. */
const HALF_GIVEN = 0o700;
const MODE = 0o755;

/**
 * Gives a tree that was made for another user, or for nobody, to a user as a whole: what belongs to it by then stays, and so
 * does what was not that other user's. Modes stay. Nothing is done where it is the user's. Rejects as `setPermissions`.
 */
export function giveTree(directory: string, owner: Owner): Promise<void> {
  return withRelease(directory, async ({ top, aside }) => {
    const { uid, gid, mode } = fs.fstatSync(top);
    if (uid === owner.uid && gid === owner.gid && (mode & 0o777) !== HALF_GIVEN) return;
    const isOurs = owner.uid === process.geteuid?.();
    fs.chmodSync(pathOf(top), HALF_GIVEN);
    // What becomes ours nobody may add to from here on.
    if (isOurs) fs.chownSync(pathOf(top), owner.uid, owner.gid);
    await mendTree({ top, aside, owner, modes: null, from: isOurs ? null : [uid] });
    fs.chownSync(pathOf(top), owner.uid, owner.gid);
    fs.chmodSync(pathOf(top), MODE);
  });
}
