// System Documentation, "Release Handling": a process is told of new code by `code_change`, which a module may fail in.
import { elementsOf, isAtom, itemsOf, tagged, words } from '../shape.ts';
import { atom, format, type Term, TermMap } from '../term/index.ts';

const MAX_LENGTH = 300;

/** Why release_handler gave up, for a person: `code_change of DemoApp.Counter failed: ...`; null where it is another reason. */
export function describeCodeChange(reason: Term): string | null {
  const [call, ms] = timedOut(reason);
  if (call !== undefined)
    return `code_change of ${moduleName(call)} was not done within ${Number(ms) / 1000} s (otp.upgrade_timeout)`;
  const [, module, , cause] = tagged(reason, 'code_change_failed') ?? [];
  if (module === undefined || cause === undefined) return null;
  const exit = tagged(cause, 'EXIT')?.[0];
  const [error = cause, stack] = exit === undefined ? [] : elementsOf(exit);
  const where = placeOf(stack);
  return `code_change of ${moduleName(module)} failed: ${describeError(error)}${where === null ? '' : ` (${where})`}`;
}

/** Module and milliseconds of `{'EXIT', {timeout, {sys, change_code, [Pid, Module, Version, Extra, Ms]}}}`. */
function timedOut(reason: Term): [Term | undefined, Term | undefined] {
  const [, what, args] = elementsOf(tagged(tagged(reason, 'EXIT')?.[0], 'timeout')?.[0]);
  const [, module, , , ms] = itemsOf(args);
  return isAtom(what, 'change_code') ? [module, ms] : [undefined, undefined];
}

/** An exception of Elixir is a map with its module and, mostly, its message. */
function describeError(error: Term): string {
  const name = error instanceof TermMap ? error.get(atom('__struct__')) : undefined;
  const message = error instanceof TermMap ? error.get(atom('message')) : undefined;
  if (name === undefined || message === undefined) return format(error, { maxLength: MAX_LENGTH });
  return `${moduleName(name)}: ${words(message).slice(0, MAX_LENGTH)}`;
}

function moduleName(module: Term): string {
  return words(module).replace(/^Elixir\./, '');
}

/** `lib/demo_app/counter.ex:26` */
function placeOf(stack: Term | undefined): string | null {
  const location = itemsOf(elementsOf(itemsOf(stack)[0])[3]).map(elementsOf);
  const of = (name: string) => location.find(([key]) => isAtom(key, name))?.[1];
  const [file, line] = [of('file'), of('line')];
  return file === undefined || line === undefined ? null : `${words(file)}:${line}`;
}
