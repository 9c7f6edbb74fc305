// OTP's gen (stdlib), on whose requests gen_server and its like are built: `{'$gen_call', {Pid, Tag}, Request}`, answered
// with `{Tag, Reply}`. OTP Design Principles, "gen_server Behaviour".
import type { Outgoing } from './control.ts';
import { atom, ImproperList, Pid, Reference, type Term, Tuple, tuple } from './term/index.ts';

const GEN_CALL = atom('$gen_call');
const ALIAS = atom('alias');

/** A request that somebody waits for. */
export interface GenCall {
  from: Pid;
  tag: Term;
  request: Term;
}

export function genCall({ from, tag, request }: GenCall): Term {
  return tuple(GEN_CALL, tuple(from, tag), request);
}

/** The call that a message is; null for any other message. */
export function asGenCall(message: Term): GenCall | null {
  if (!(message instanceof Tuple)) return null;
  const [kind, caller, request] = message.elements;
  if (kind !== GEN_CALL || request === undefined || !(caller instanceof Tuple)) return null;
  const [from, tag] = caller.elements;
  return from instanceof Pid && tag !== undefined ? { from, tag, request } : null;
}

/** The answer, to the alias that the tag names, else to the caller itself. */
export function genReply(
  { from: caller, tag }: GenCall,
  { from, reply }: { from: Pid; reply: Term },
): Outgoing {
  return { op: 'send', from, to: aliasOf(tag) ?? caller, message: tuple(tag, reply) };
}

/** `[alias | Alias]`, or `[[alias | Alias] | _]` */
function aliasOf(tag: Term): Reference | null {
  const first = headOf(tag);
  const pair = first instanceof ImproperList ? first : tag;
  return headOf(pair) === ALIAS && pair instanceof ImproperList && pair.tail instanceof Reference
    ? pair.tail
    : null;
}

function headOf(list: Term): Term | undefined {
  if (list instanceof ImproperList) return list.items[0];
  return Array.isArray(list) ? list[0] : undefined;
}
