import fs from 'node:fs';
import path from 'node:path';
import type { ServiceContext } from './context.ts';

/** Others come through, and are shown nothing. */
const PASSABLE = 0o711;
const GROUP_PASSES = 0o710;
const PRIVATE = 0o700;

/**
 * Makes the folder of a service. Releases lie in it as they were packed, which everybody may read: so into the folder itself
 * the app's user alone comes, by the group. `isLaunch`: instances of another user, whom the configuration had before, may be
 * left and need what they run from; then everybody comes through, until the agent starts again or a release is unpacked.
 */
export async function makeHome(
  context: Pick<ServiceContext, 'account' | 'layout'>,
  { isLaunch = false }: { isLaunch?: boolean } = {},
): Promise<void> {
  const account = await context.account();
  const { root } = context.layout;
  const around = path.dirname(root);
  fs.mkdirSync(around, { recursive: true, mode: PASSABLE });
  fs.mkdirSync(root, { recursive: true, mode: PRIVATE });
  setMode(around, PASSABLE);
  const before = fs.statSync(root);
  const gid = account?.gid ?? process.getegid?.() ?? before.gid;
  const isOthers = before.gid !== gid && (before.mode & 0o070) !== 0;
  if (before.gid !== gid) fs.chownSync(root, -1, gid);
  const isOpen = isLaunch && (isOthers || (before.mode & 0o777) === PASSABLE);
  setMode(root, isOpen ? PASSABLE : account ? GROUP_PASSES : PRIVATE);
}

function setMode(folder: string, mode: number): void {
  if ((fs.statSync(folder).mode & 0o777) !== mode) fs.chmodSync(folder, mode);
}
