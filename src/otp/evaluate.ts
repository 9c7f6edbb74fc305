// STDLIB Reference Manual, modules erl_scan, erl_parse and erl_eval.

import { answered } from './answer.ts';
import type { Call } from './call.ts';
import { atom, charlist, type Term, tuple } from './term/index.ts';

/** Values of variables: text as a list of characters, as Erlang has it. */
export type Bindings = Record<string, string | number>;

const TIMEOUT_MS = 10_000;

/**
 * The value of Erlang expressions, evaluated on the node by its own interpreter: no module is loaded there, and nothing stays. All that
 * they bind at their top level is sent back with it: what is large or secret belongs into a fun.
 */
export async function evaluate(
  call: Call,
  { source, bindings, timeoutMs }: { source: string; bindings: Bindings; timeoutMs: number },
): Promise<Term> {
  const forms = await parseExpressions(call, source, timeoutMs);
  const answer = await call('erl_eval', 'exprs', [forms, bound(bindings)], { timeoutMs });
  return answered(answer, 'value', 'erl_eval:exprs')[0] ?? [];
}

/** `{apply, ...}` for a relup: evaluates the expressions there and then. */
export async function applyInstruction(
  call: Call,
  { source, bindings }: { source: string; bindings: Bindings },
): Promise<Term> {
  const forms = await parseExpressions(call, source);
  return tuple(atom('apply'), tuple(atom('erl_eval'), atom('exprs'), [forms, bound(bindings)]));
}

async function parseExpressions(call: Call, source: string, timeoutMs = TIMEOUT_MS): Promise<Term> {
  const tokens = await call('erl_scan', 'string', [charlist(source)], { timeoutMs });
  const scanned = answered(tokens, 'ok', 'erl_scan:string')[0] ?? [];
  const parsed = await call('erl_parse', 'parse_exprs', [scanned], { timeoutMs });
  return answered(parsed, 'ok', 'erl_parse:parse_exprs')[0] ?? [];
}

function bound(bindings: Bindings): Term {
  return Object.entries(bindings).map(([name, value]) =>
    tuple(atom(name), typeof value === 'string' ? charlist(value) : value),
  );
}
