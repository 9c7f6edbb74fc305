// SASL Reference Manual, relup(4): the low-level instructions by which release_handler changes a running release.

import { elementsOf, isAtom, itemsOf, tagged, words } from '../shape.ts';
import { atom, charlist, format, type Term, tuple } from '../term/index.ts';
import { LOADING_PLACE } from './expressions.ts';

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
  /** Whether processes that still run code before the present one are ended, so that it can be loaded over. */
  brutal: boolean;
}): string {
  const { from, to, script, switching, last, brutal } = options;
  const softly = script.instructions.flatMap((each) => purgeSoftly(each, { brutal }));
  // What stands before the point of no return is evaluated by a mere check as well.
  const start = softly.findIndex((each) => isAtom(each, 'point_of_no_return')) + 1;
  const instructions = [...softly.slice(0, start), ...switching, ...softly.slice(start), ...last];
  const relup = tuple(charlist(to), [tuple(charlist(from), script.description, instructions)], []);
  return `%% coding: utf-8\n${format(relup, { maxLength: Number.POSITIVE_INFINITY })}.\n`;
}

/**
 * Nothing that runs the present code is killed when that becomes old: it stays until it is done. `{Module, PrePurge, PostPurge}`:
 * the first is of the code before the present one, which has to be gone when a third is loaded.
 */
function purgeSoftly(instruction: Term, { brutal }: { brutal: boolean }): Term[] {
  const [kind] = elementsOf(instruction);
  const [load] = tagged(instruction, 'load') ?? tagged(instruction, 'remove') ?? [];
  const [module] = elementsOf(load);
  if (module !== undefined && kind !== undefined) {
    const purged = tuple(
      kind,
      tuple(module, atom(brutal ? 'brutal_purge' : 'soft_purge'), atom('soft_purge')),
    );
    const place = tuple(atom('persistent_term'), atom('put'), [atom(LOADING_PLACE), module]);
    return [tuple(atom('apply'), place), purged];
  }
  const [purged] = tagged(instruction, 'purge') ?? [];
  if (purged === undefined) return [instruction];
  return itemsOf(purged).map((module) =>
    tuple(atom('apply'), tuple(atom('code'), atom('soft_purge'), [module])),
  );
}
