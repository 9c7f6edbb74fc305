import fs from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, uniqueName } from '../../kernel/index.ts';
import type { Rel } from './rel.ts';

export interface Owner {
  uid: number;
  gid: number;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, COPYFILE_FICLONE } = fs.constants;

/** Written by a VM that runs: they are its own. */
const LEFT_OUT = ['tmp', 'log', 'releases/RELEASES'];

/** What is the wanted release's alone, relative to the root: its own folder, and applications that the running one lacks. */
export function ownParts(running: Rel, wanted: Rel): string[] {
  const libraries = (rel: Rel) => rel.applications.map(({ name, version }) => `lib/${name}-${version}`);
  const present = libraries(running);
  return [`releases/${wanted.version}`, ...libraries(wanted).filter((name) => !present.includes(name))];
}

/**
 * Copies into a running copy whatever it lacks of another release's pristine tree, as unpacking the archive over it would:
 * what is there already stays. Resolves with what was brought, relative to the root.
 *
 * The copy belongs to whom the app runs as, who may turn any folder of it into a link while we work. So everything is made
 * whole beside it, where nobody else may go, and moved to its place by the descriptor of a folder that is none.
 */
export async function bringRelease(options: {
  root: string;
  pristine: string;
  owner: Owner | null;
}): Promise<string[]> {
  const { root, pristine, owner } = options;
  const aside = uniqueName(root);
  await fs.mkdir(aside, { mode: 0o700 });
  try {
    return await merge({ into: root, from: pristine, name: '', aside, owner });
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}

interface Merge {
  /** Path of the folder that is filled up; its last part is not followed where it is a link. */
  into: string;
  from: string;
  /** Of both, relative to the root. */
  name: string;
  aside: string;
  owner: Owner | null;
}

async function merge({ into, from, name, aside, owner }: Merge): Promise<string[]> {
  await using folder = await fs.open(into, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const here = `/proc/self/fd/${folder.fd}`;
  const brought: string[] = [];
  for (const entry of await fs.readdir(from, { withFileTypes: true })) {
    const each = path.join(name, entry.name);
    if (LEFT_OUT.includes(each) || each.startsWith('erts-')) continue;
    const [source, target] = [path.join(from, entry.name), path.join(here, entry.name)];
    const there = await statOrNull(target);
    if (there === null) {
      const made = path.join(aside, entry.name);
      await copy(source, made, owner);
      await fs.rename(made, target);
      brought.push(each);
    } else if (entry.isDirectory() && there.isDirectory() && name !== 'lib')
      brought.push(...(await merge({ into: target, from: source, name: each, aside, owner })));
  }
  return brought;
}

async function copy(from: string, to: string, owner: Owner | null): Promise<void> {
  const stat = await fs.lstat(from);
  if (stat.isSymbolicLink()) await fs.symlink(await fs.readlink(from), to);
  else if (!stat.isDirectory()) await fs.copyFile(from, to, COPYFILE_FICLONE);
  else {
    await fs.mkdir(to);
    const names = await fs.readdir(from);
    await Promise.all(names.map((name) => copy(path.join(from, name), path.join(to, name), owner)));
    await fs.chmod(to, stat.mode);
  }
  if (owner) await fs.lchown(to, owner.uid, owner.gid);
}

async function statOrNull(file: string) {
  try {
    return await fs.lstat(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
