import { existsSync, readdirSync, renameSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, SlipwayError, uniqueName } from '../kernel/index.ts';
import { runTool } from './tool.ts';

const LEFTOVER_PREFIX = '.tmp-';

/**
 * Copies a whole tree, owners, modes, times and links as they are, sharing blocks where the file system can. `to` appears
 * when the copy is whole; where it exists already, it is whole and nothing is done. Rejects with `release_unknown` (`from`
 * is gone), `disk_full`, `failed`, or the signal's reason; nothing of the copy is left then.
 */
export async function copyTree(options: {
  from: string;
  to: string;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { from, to, signal } = options;
  if (await exists(to)) return;
  if (!(await exists(from)))
    throw new SlipwayError('release_unknown', {
      message: `${from} is gone from the disk`,
      hint: `${to} was not made`,
    });
  await fs.mkdir(path.dirname(to), { recursive: true });
  const copy = uniqueName(to);
  try {
    await runTool(['cp', '-a', '--reflink=auto', '-T', '--', from, copy], signal);
    await fs.rename(copy, to);
  } catch (error) {
    await forceRemove(copy);
    throw error;
  }
}

/**
 * Takes a tree away; a missing one is fine. It leaves its name before this returns, by rename: nobody who comes later finds
 * it, and whatever is killed in between leaves a `.tmp-` left-over for `sweep` and never half a release. What it returns
 * frees the disk.
 */
export function takeAway(tree: string): () => Promise<void> {
  const leftover = uniqueName(tree);
  try {
    renameSync(tree, leftover);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return async () => undefined;
    throw error;
  }
  return () => forceRemove(leftover);
}

export async function removeTree(tree: string): Promise<void> {
  await takeAway(tree)();
}

/**
 * Removes every `.tmp-` left-over right in a directory, or those of some names, and resolves with what they were called. A
 * missing directory is fine. What cannot be removed keeps the others from nothing.
 */
export async function sweep(
  directory: string,
  isMeant: (name: string) => boolean = () => true,
): Promise<string[]> {
  // Before this returns: what a deployment that begins later makes is none.
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const leftovers = names.filter((name) => name.startsWith(LEFTOVER_PREFIX) && isMeant(meantFor(name)));
  const failures: unknown[] = [];
  for (const name of leftovers)
    await forceRemove(path.join(directory, name)).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
  return leftovers;
}

/** The name that it was to get, or had (`uniqueName`). */
function meantFor(leftover: string): string {
  return leftover.slice(LEFTOVER_PREFIX.length).split('.').slice(0, -2).join('.');
}

/** `rm -rf` that gets into directories that were packed without the owner's own rights, too. */
export async function forceRemove(tree: string): Promise<void> {
  try {
    await runTool(['rm', '-rf', '--', tree]);
  } catch {
    // Somebody else may be removing it, too.
    await runTool(['chmod', '-R', 'u+rwX', '--', tree]).catch(() => undefined);
    await runTool(['rm', '-rf', '--', tree]);
  }
}

function exists(file: string): Promise<boolean> {
  return fs.lstat(file).then(
    () => true,
    () => false,
  );
}
