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
 * Removes a tree; a missing one is fine. It leaves its name at once, by rename, so that whatever is killed in between
 * leaves a `.tmp-` left-over for `sweep` and never half a release.
 */
export async function removeTree(tree: string): Promise<void> {
  const leftover = uniqueName(tree);
  try {
    await fs.rename(tree, leftover);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  await forceRemove(leftover);
}

/**
 * Removes every `.tmp-` left-over right in a directory, or those of some names, and resolves with what they were called. A
 * missing directory is fine.
 */
export async function sweep(directory: string, of: readonly string[] | null = null): Promise<string[]> {
  const names = await fs.readdir(directory).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const prefixes = of === null ? [LEFTOVER_PREFIX] : of.map((name) => `${LEFTOVER_PREFIX}${name}.`);
  const leftovers = names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  for (const name of leftovers) await forceRemove(path.join(directory, name));
  return leftovers;
}

/** Writes the file system that holds `tree` to the disk, so that a power loss after the switch finds whole files. */
export async function syncTree(tree: string): Promise<void> {
  await runTool(['sync', '--file-system', '--', tree]);
}

/** `rm -rf` that gets into directories that were packed without the owner's own rights, too. */
export async function forceRemove(tree: string): Promise<void> {
  try {
    await runTool(['rm', '-rf', '--', tree]);
  } catch {
    await runTool(['chmod', '-R', 'u+rwX', '--', tree]);
    await runTool(['rm', '-rf', '--', tree]);
  }
}

function exists(file: string): Promise<boolean> {
  return fs.lstat(file).then(
    () => true,
    () => false,
  );
}
