// SASL Reference Manual, appup(4): how an application gets from one version to another, and back.
import path from 'node:path';
import { compilePattern } from '../../kernel/index.ts';
import { elementsOf, itemsOf, words } from '../shape.ts';
import { Binary, type Term } from '../term/index.ts';
import { readTerm } from './text-file.ts';

export interface Appup {
  /** The version that it is for. */
  version: string;
  up: readonly Way[];
  down: readonly Way[];
}

export interface Way {
  /** The other version, or a binary: a regular expression for it. */
  version: Term;
  instructions: readonly Term[];
}

/** Reads the appup of `lib/<application>-<version>` of a release; null where there is none. */
export function readAppup(root: string, application: { name: string; version: string }): Appup | null {
  const { name, version } = application;
  const term = readTerm(path.join(root, 'lib', `${name}-${version}`, 'ebin', `${name}.appup`));
  return term === null ? null : parseAppup(term);
}

/** `{Version, [{UpFrom, Instructions}], [{DownTo, Instructions}]}` */
export function parseAppup(term: Term): Appup | null {
  const [version, up, down] = elementsOf(term);
  if (words(version) === '' || !Array.isArray(up) || !Array.isArray(down)) return null;
  return { version: words(version), up: waysOf(up), down: waysOf(down) };
}

/** The first way that fits counts; a regular expression has to match the whole version (as in systools). */
export function findInstructions(ways: readonly Way[], version: string): readonly Term[] | null {
  return ways.find((way) => fits(way.version, version))?.instructions ?? null;
}

function waysOf(ways: readonly Term[]): Way[] {
  return ways.map((way) => {
    const [version = [], instructions] = elementsOf(way);
    return { version, instructions: itemsOf(instructions) };
  });
}

function fits(wanted: Term, version: string): boolean {
  if (!(wanted instanceof Binary)) return words(wanted) === version;
  const pattern = compilePattern(wanted.toString());
  // What PCRE knows and RE2 does not fits nothing: the release is then deployed in full.
  return 'find' in pattern && pattern.find(version) === version;
}
