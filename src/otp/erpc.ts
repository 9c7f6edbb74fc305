// OTP's erpc (kernel): SPAWN_REQUEST of `erpc:execute_call/4` with a monitor. The process ends with the result as its exit
// reason, so the result comes as MONITOR_P_EXIT; a process that could not be made is told by SPAWN_REPLY.
import { type CallFailure, errorOrUndef } from './call-error.ts';
import type { SpawnRequest } from './control.ts';
import type { RemoteCall } from './remote-call.ts';
import { atom, type Pid, Reference, type Term, Tuple, tuple } from './term/index.ts';

const ERPC = atom('erpc');
const EXECUTE_CALL = tuple(ERPC, atom('execute_call'), 4);
const OPTIONS: Term = [atom('monitor')];
const RETURN = atom('return');
const THROW = atom('throw');
const EXIT = atom('exit');
const ERROR = atom('error');

export type CallOutcome = { value: Term } | { failure: CallFailure };

/** `reference` stands for the request and tags the result. */
export function erpcRequest(
  { module, fn, args }: RemoteCall,
  { from, reference, groupLeader }: { from: Pid; reference: Reference; groupLeader: Pid },
): SpawnRequest {
  return {
    op: 'spawn_request',
    reference,
    from,
    groupLeader,
    target: EXECUTE_CALL,
    options: OPTIONS,
    args: [reference, module, fn, args],
  };
}

/** Reads the exit reason: `{Ref, return, Value}`, `{Ref, throw | exit, Reason}`, `{Ref, error, Reason, Stack}`. */
export function erpcOutcome(reason: Term, call: RemoteCall): CallOutcome {
  const [tag, kind, value, stack] = reason instanceof Tuple ? reason.elements : [];
  if (!(tag instanceof Reference) || value === undefined) return failed('signal', reason);
  if (kind === RETURN) return { value };
  if (kind === THROW) return failed('throw', value);
  if (kind === EXIT) return failed('exit', value);
  if (kind !== ERROR) return failed('signal', reason);
  // `{erpc, system_limit}`: the arguments are too many for a call.
  if (stack === undefined) return failed('refused', value);
  return { failure: errorOrUndef({ reason: value, stack }, call) };
}

/** The outcome where SPAWN_REPLY says that no process was made. */
export function erpcRefused(reason: Term): CallOutcome {
  return failed('refused', reason);
}

function failed(kind: CallFailure['kind'], reason: Term): CallOutcome {
  return { failure: { kind, reason, stack: null } };
}
