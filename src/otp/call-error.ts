import { SlipwayError } from '../kernel/index.ts';
import { describeCall, type RemoteCall } from './remote-call.ts';
import { Atom, atom, format, type Term, Tuple } from './term/index.ts';

const UNDEF = atom('undef');

/**
 * How a call failed: `error`, `exit` and `throw` as Erlang's classes of exceptions; `undef`: there is no such function;
 * `signal`: its process was ended from outside; `refused`: it was never called (`notsup`, `system_limit`).
 */
export type CallFailureKind = 'error' | 'exit' | 'throw' | 'undef' | 'signal' | 'refused';

export interface CallFailure {
  kind: CallFailureKind;
  reason: Term;
  /** The stack as Erlang gives it: a list of `{Module, Function, ArityOrArguments, Location}`. */
  stack: Term | null;
}

/** A call that failed on the other node. `cause` is the reason, as a term. */
export class CallError extends SlipwayError {
  readonly kind: CallFailureKind;
  readonly stackTrace: Term | null;

  constructor(failure: CallFailure, { call, peer }: { call: RemoteCall; peer: string }) {
    const reason = format(failure.reason, { maxLength: 1000 });
    const what = describeCall(call);
    const message =
      failure.kind === 'undef'
        ? `${peer} has no function ${what}`
        : `${what} failed on ${peer} (${failure.kind}): ${reason}`;
    super('otp_call', { message, cause: failure.reason });
    this.name = 'CallError';
    this.kind = failure.kind;
    this.stackTrace = failure.stack;
  }
}

/** `undef` where the function that was called is the one missing, and not one that it calls. */
export function errorOrUndef(
  { reason, stack }: { reason: Term; stack: Term },
  call: RemoteCall,
): CallFailure {
  const kind = reason === UNDEF && topOf(stack) === describeCall(call) ? 'undef' : 'error';
  return { kind, reason, stack };
}

/** `module:function/arity` of the first stack entry. */
function topOf(stack: Term): string | null {
  const top = Array.isArray(stack) ? stack[0] : null;
  if (!(top instanceof Tuple)) return null;
  const [module, fn, args] = top.elements;
  if (!(module instanceof Atom) || !(fn instanceof Atom)) return null;
  return `${module.name}:${fn.name}/${Array.isArray(args) ? args.length : args}`;
}
