// OTP's rpc (kernel), as its server `rex` answers: a gen_server call of `{call, Module, Function, Args, GroupLeader}`.
import { type CallFailure, errorOrUndef } from './call-error.ts';
import { genCall } from './gen.ts';
import type { RemoteCall } from './remote-call.ts';
import { Atom, atom, type Pid, type Reference, type Term, Tuple, tuple } from './term/index.ts';

export const REX = atom('rex');
const CALL = atom('call');
/** Stands for the process registered as `user`, whose output goes where the VM's does. */
const USER = atom('user');
const BADRPC = atom('badrpc');
const EXIT = atom('EXIT');

export function rexCall(
  { module, fn, args }: RemoteCall,
  { from, reference, groupLeader }: { from: Pid; reference: Reference; groupLeader: Pid | null },
): Term {
  const request = tuple(CALL, module, fn, args, groupLeader ?? USER);
  return genCall({ from, tag: reference, request });
}

/**
 * How the call failed, or null: then the reply is what it returned, or threw, which rpc does not tell apart. Nor does it
 * tell an error from an exit whose reason looks like one.
 */
export function rpcFailure(reply: Term, call: RemoteCall): CallFailure | null {
  if (!(reply instanceof Tuple) || reply.elements.length !== 2 || reply.elements[0] !== BADRPC) return null;
  const reason = reply.elements[1] as Term;
  if (!(reason instanceof Tuple) || reason.elements[0] !== EXIT || reason.elements.length !== 2)
    return { kind: 'refused', reason, stack: null };
  const exit = reason.elements[1] as Term;
  if (!(exit instanceof Tuple) || exit.elements.length !== 2)
    return { kind: 'exit', reason: exit, stack: null };
  const [error, stack] = exit.elements as [Term, Term];
  return isStack(stack)
    ? errorOrUndef({ reason: error, stack }, call)
    : { kind: 'exit', reason: exit, stack: null };
}

function isStack(term: Term): boolean {
  return (
    Array.isArray(term) && term.every((entry) => entry instanceof Tuple && entry.elements[0] instanceof Atom)
  );
}
