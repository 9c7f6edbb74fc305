// SASL Reference Manual, appup(4), section "Release Upgrade Instructions".

import { elementsOf, isAtom, itemsOf, words } from '../shape.ts';
import { format, type Term } from '../term/index.ts';

const OF_ONE_MODULE = ['update', 'load_module', 'add_module', 'delete_module', 'load', 'remove'];
const OF_MODULES = ['purge', 'suspend', 'resume', 'code_change', 'stop', 'start'];

/** The modules that instructions load, change or remove, each once, as the source writes them. */
export function modulesOf(instructions: readonly Term[]): string[] {
  return [...new Set(instructions.flatMap(modulesOfOne))].filter((name) => name !== '');
}

/** The instruction as Erlang writes it. */
export function describeInstruction(instruction: Term): string {
  return format(instruction, { maxLength: 200 });
}

/** Whether the VM itself is to be started anew: then there is nothing hot about it. */
export function restartsVm(instructions: readonly Term[]): boolean {
  return instructions.some(
    (each) => isAtom(each, 'restart_new_emulator') || isAtom(each, 'restart_emulator'),
  );
}

function modulesOfOne(instruction: Term): string[] {
  const [kind, first, second] = elementsOf(instruction);
  const name = words(kind);
  if (OF_ONE_MODULE.includes(name)) return [moduleName(elementsOf(first)[0] ?? first)];
  if (name === 'load_object_code') return itemsOf(elementsOf(first)[2]).map(moduleName);
  if (!OF_MODULES.includes(name)) return [];
  return itemsOf(second ?? first).map((each) => moduleName(elementsOf(each)[0] ?? each));
}

function moduleName(module: Term | undefined): string {
  return words(module).replace(/^Elixir\./, '');
}
