// Erlang Reference Manual, "Code Replacement": a module has two codes at most, and who still runs the older one ends when a third comes.

import type { Call } from '../call.ts';
import { evaluate } from '../evaluate.ts';
import { elementsOf, itemsOf, words } from '../shape.ts';
import { LINGERING } from './expressions.ts';

/** A module whose older code is still run: an upgrade that loads it anew can only wait for that, or end it. */
export interface Lingering {
  /** As the source writes it. */
  module: string;
  processes: number;
  /** Of some of them: the name that one is registered under, else the function that it began with. */
  names: readonly string[];
}

const TIMEOUT_MS = 60_000;

/** Of the modules given, as the source writes them, those whose code before the present one something still runs. */
export async function findLingering(call: Call, modules: readonly string[]): Promise<Lingering[]> {
  const bindings = { Names: modules.join('\n') };
  const found = await evaluate(call, { source: LINGERING, bindings, timeoutMs: TIMEOUT_MS });
  return itemsOf(found).map((each) => {
    const [module, processes, names] = elementsOf(each);
    return {
      module: sourceName(words(module)),
      processes: Number(processes),
      names: [...new Set(itemsOf(names).map((name) => sourceName(words(name))))],
    };
  });
}

function sourceName(name: string): string {
  return name.replace(/^Elixir\./, '');
}
