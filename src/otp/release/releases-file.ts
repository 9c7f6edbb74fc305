// SASL Reference Manual, release_handler(3), file RELEASES: what a VM knows of its own release. Read when it starts.
import fs from 'node:fs';
import path from 'node:path';
import { closing, writeFileDurable } from '../../kernel/index.ts';
import { atom, charlist, format, tuple } from '../term/index.ts';
import { type Rel, readRel } from './rel.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/**
 * Writes `releases/RELEASES` where there is none (rebar3 ships one, mix does not). A VM that was booted without it does
 * not know the applications of its own release: it takes what it runs for gone when releases are removed.
 *
 * The release may belong to whom the app runs as, who may turn any folder of it into a link: it is written by the descriptor
 * of a folder that is none.
 * @throws SlipwayError `term_malformed` where the release has no .rel file; an error of the file system where `releases` is
 * no folder
 */
export function writeReleasesFile(root: string, owner: { uid: number; gid: number } | null): void {
  const folder = fs.openSync(path.join(root, 'releases'), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  using _ = closing(folder);
  const file = `/proc/self/fd/${folder}/RELEASES`;
  if (fs.lstatSync(file, { throwIfNoEntry: false })) return;
  writeFileDurable(file, releasesText(readRel(root)), { mode: 0o644, owner });
}

/** Directories are relative to the root, as release_handler takes them: the release may be copied elsewhere. */
export function releasesText(rel: Rel): string {
  const libraries = rel.applications.map(({ name, version }) =>
    tuple(atom(name), charlist(version), charlist(`lib/${name}-${version}`)),
  );
  const [name, version, erts] = [charlist(rel.name), charlist(rel.version), charlist(rel.erts)];
  const releases = [tuple(atom('release'), name, version, erts, libraries, atom('permanent'))];
  return `%% coding: utf-8\n${format(releases, { maxLength: Number.POSITIVE_INFINITY })}.\n`;
}
