import fs from 'node:fs';
import path from 'node:path';
import { nameOf, pathOf, runTool, SlipwayError, uniqueName } from '../../kernel/index.ts';
import type { Rel } from './rel.ts';

export interface Owner {
  uid: number;
  gid: number;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** So many names are looked at, and so many folders in one another: a release has a few hundred, in three. */
const MAX_NAMES = 50_000;
const MAX_NESTED = 50;

/** Written by a VM that runs: they are its own. */
const LEFT_OUT = ['tmp', 'log', 'releases/RELEASES'];

/** What is the wanted release's alone, relative to the root: its own folder, and applications that the running one lacks. */
export function ownParts(running: Rel, wanted: Rel): string[] {
  const libraries = (rel: Rel) => rel.applications.map(({ name, version }) => `lib/${name}-${version}`);
  const present = libraries(running);
  return [`releases/${wanted.version}`, ...libraries(wanted).filter((name) => !present.includes(name))];
}

/** Copies each part to a place of its own and moves it from there. `cp -T` takes a link in the way for what it is. */
const BRING = `for part; do
  cp -a --reflink=auto -T -- "/proc/self/fd/3/$part" /proc/self/fd/5/part || exit
  mv -fT -- /proc/self/fd/5/part "/proc/self/fd/4/$part" || exit
done`;

/**
 * Copies into a running copy whatever it lacks of another release's pristine tree, as unpacking the archive over it would:
 * what is there already stays. Resolves with what was brought, relative to the root.
 *
 * Both belong to whom the app runs as, who may turn any folder of them into a link while we work. So we look at names alone,
 * and all is copied with that user's own rights.
 */
export async function bringRelease(options: {
  root: string;
  pristine: string;
  owner: Owner | null;
}): Promise<string[]> {
  const { root, pristine, owner } = options;
  const aside = uniqueName(root);
  fs.mkdirSync(aside, { mode: 0o700 });
  const opened: number[] = [];
  try {
    for (const tree of [pristine, root, aside]) opened.push(openFolder(tree));
    const [from, to, apart] = opened as [number, number, number];
    if (owner) fs.fchownSync(apart, owner.uid, owner.gid);
    const parts = missingParts({ from, to, name: '' });
    // All of them fit one command: a release has a few.
    if (parts.length > 0) await runTool(['sh', '-c', BRING, 'sh', ...parts], { as: owner, files: opened });
    return parts;
  } finally {
    for (const fd of opened) fs.closeSync(fd);
    await runTool(['rm', '-rf', '--', aside]);
  }
}

/** A folder that both trees have, open in each, and what it is called, relative to the root. */
interface Pair {
  from: number;
  to: number;
  name: string;
}

function missingParts(pair: Pair, budget = { names: MAX_NAMES, folders: MAX_NESTED }): string[] {
  const { from, to, name } = pair;
  const missing: string[] = [];
  const folder = fs.opendirSync(pathOf(from));
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (--budget.names < 0) throw tooMany(from);
      const each = path.join(name, entry.name);
      if (LEFT_OUT.includes(each) || each.startsWith('erts-')) continue;
      const there = fs.lstatSync(pathOf(to, entry.name), { throwIfNoEntry: false });
      if (!there) missing.push(each);
      else if (entry.isDirectory() && there.isDirectory() && name !== 'lib')
        missing.push(...missingBelow({ ...pair, name: each }, budget));
    }
  } finally {
    folder.closeSync();
  }
  return missing;
}

function missingBelow({ from, to, name }: Pair, budget: { names: number; folders: number }): string[] {
  if (budget.folders === 0) throw tooMany(from);
  const opened: number[] = [];
  try {
    for (const folder of [from, to]) opened.push(openFolder(pathOf(folder, path.basename(name))));
    const [below, belowTo] = opened as [number, number];
    budget.folders -= 1;
    return missingParts({ from: below, to: belowTo, name }, budget);
  } finally {
    budget.folders += 1;
    for (const fd of opened) fs.closeSync(fd);
  }
}

function tooMany(folder: number): SlipwayError {
  return new SlipwayError('upgrade_failed', {
    message: `${nameOf(folder)} has more in it than a release that could be brought to a running one`,
  });
}

function openFolder(folder: string): number {
  return fs.openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}
