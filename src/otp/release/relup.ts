// SASL Reference Manual, relup(4): the low-level instructions by which release_handler changes a running release.

import { elementsOf, isAtom, itemsOf, tagged, words } from '../shape.ts';
import { atom, charlist, format, type Term, Tuple, tuple } from '../term/index.ts';

export interface Script {
  /** The description as release_handler reports it. */
  description: Term;
  instructions: readonly Term[];
}

/**
 * The script of a relup (`{Version, [{UpFrom, Description, Instructions}], [{DownTo, Description, Instructions}]}`) from one
 * version to another, whichever of both it is a relup of. Null where it has none.
 */
export function findScript(relup: Term, { from, to }: { from: string; to: string }): Script | null {
  const [version, ups, downs] = elementsOf(relup);
  const isUp = words(version) === to;
  if (!isUp && words(version) !== from) return null;
  const entry = itemsOf(isUp ? ups : downs).find((each) => words(elementsOf(each)[0]) === (isUp ? from : to));
  const [, description = [], instructions] = elementsOf(entry);
  return entry === undefined ? null : { description, instructions: itemsOf(instructions) };
}

/**
 * The text of `releases/<to>/relup`. Down is written like up: release_handler looks for an upgrade there first.
 * `switching` is done as soon as there is no way back, before any code is loaded; `last` at the end.
 */
export function relupText(options: {
  from: string;
  to: string;
  script: Script;
  switching: readonly Term[];
  last: readonly Term[];
}): string {
  const { from, to, script, switching, last } = options;
  const softly = script.instructions.flatMap(purgeSoftly);
  // What stands before the point of no return is evaluated by a mere check as well.
  const start = softly.findIndex((each) => isAtom(each, 'point_of_no_return')) + 1;
  const instructions = [...softly.slice(0, start), ...switching, ...softly.slice(start), ...last];
  const relup = tuple(charlist(to), [tuple(charlist(from), script.description, instructions)], []);
  return `%% coding: utf-8\n${format(relup, { maxLength: Number.POSITIVE_INFINITY })}.\n`;
}

/** Nothing that still runs old code is killed for it: the code stays until it is done. */
function purgeSoftly(instruction: Term): Term[] {
  const [kind] = elementsOf(instruction);
  const [load] = tagged(instruction, 'load') ?? tagged(instruction, 'remove') ?? [];
  if (load instanceof Tuple && kind !== undefined) {
    const soft = load.elements.map((each) => (isAtom(each, 'brutal_purge') ? atom('soft_purge') : each));
    return [tuple(kind, new Tuple(soft))];
  }
  const [purged] = tagged(instruction, 'purge') ?? [];
  if (purged === undefined) return [instruction];
  return itemsOf(purged).map((module) =>
    tuple(atom('apply'), tuple(atom('code'), atom('soft_purge'), [module])),
  );
}
