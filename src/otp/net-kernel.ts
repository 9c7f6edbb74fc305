// kernel(6), net_kernel: of what it does for other nodes, the answer to `net_adm:ping/1`. A node that gets none takes the
// connection down.

import type { Outgoing } from './control.ts';
import { asGenCall, genReply } from './gen.ts';
import { atom, type Pid, type Term, Tuple } from './term/index.ts';

export const NET_KERNEL = atom('net_kernel');
const IS_AUTH = atom('is_auth');

/** The answer to a message to `net_kernel`, or null where it gets none. */
export function answerAsNetKernel(message: Term, from: Pid): Outgoing | null {
  const call = asGenCall(message);
  if (!call || !(call.request instanceof Tuple) || call.request.elements[0] !== IS_AUTH) return null;
  return genReply(call, { from, reply: atom('yes') });
}
