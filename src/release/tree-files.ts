import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, runTool, SlipwayError, uniqueName } from '../kernel/index.ts';
import type { Owner } from './permission-rule.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** What a program is given open, as `runTool` numbers it. */
const FROM = '/proc/self/fd/3/.';
const TO = '/proc/self/fd/4/.';
const LEFTOVER_PREFIX = '.tmp-';

/**
 * Copies a whole tree, owners, modes, times and links as they are, sharing blocks where the file system can. `to` appears
 * when the copy is whole; where it exists already, it is whole and nothing is done. Rejects with `release_unknown` (`from`
 * is gone), `disk_full`, `tool_failed`, or the signal's reason; nothing of the copy is left then.
 *
 * `as`: the user whom both belong to, and who may change either meanwhile. The copy is made with this user's rights, so that
 * whatever is put in its way leads to nothing that is not this user's already.
 */
export async function copyTree(options: {
  from: string;
  to: string;
  as?: Owner | null | undefined;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { from, to, as = null, signal } = options;
  if (await exists(to)) return;
  if (!(await exists(from)))
    throw new SlipwayError('release_unknown', {
      message: `${from} is gone from the disk`,
      hint: `${to} was not made`,
    });
  await fs.mkdir(path.dirname(to), { recursive: true, mode: 0o711 });
  const copy = uniqueName(to);
  const opened: number[] = [];
  try {
    await fs.mkdir(copy, { mode: 0o700 });
    for (const tree of [from, copy]) opened.push(openSync(tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    if (as) fchownSync(opened[1] as number, as.uid, as.gid);
    const argv = ['cp', '-a', '--reflink=auto', '-T', '--', FROM, TO] as const;
    await runTool(argv, { as, files: opened, signal });
    await fs.rename(copy, to);
  } catch (error) {
    await forceRemove(copy);
    throw named(error, { from, to });
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** Tells an error by the paths as people know them. */
function named(error: unknown, { from, to }: { from: string; to: string }): unknown {
  if (!(error instanceof SlipwayError)) return error;
  const message = error.message.replaceAll(FROM, from).replaceAll(TO, to);
  return new SlipwayError(error.code, { message, cause: error });
}

/**
 * Has a tree made where nobody else comes to, and gives it its name when it is whole: until then whom its files are given to
 * can neither change it nor add to it.
 */
export async function madeApart<T>(into: string, make: (tree: string) => Promise<T>): Promise<T> {
  const apart = uniqueName(into);
  mkdirSync(apart, { mode: 0o700 });
  try {
    const tree = path.join(apart, path.basename(into));
    const made = await make(tree);
    renameSync(tree, into);
    return made;
  } finally {
    await forceRemove(apart);
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
  // They are listed before this returns: what a deployment that begins later makes is none of them.
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

/** `rm -rf`, which goes by open directories, and gets into those that were packed without the owner's own rights, too. */
export async function forceRemove(tree: string): Promise<void> {
  try {
    await runTool(['rm', '-rf', '--', tree]);
  } catch {
    // Root needs no rights; and chmod may follow what another user puts in its way.
    if (process.geteuid?.() !== 0) await runTool(['chmod', '-R', 'u+rwX', '--', tree]).catch(() => undefined);
    // Somebody else may have been removing it, too.
    await runTool(['rm', '-rf', '--', tree]);
  }
}

function exists(file: string): Promise<boolean> {
  return fs.lstat(file).then(
    () => true,
    () => false,
  );
}
