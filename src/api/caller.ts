import type { IncomingMessage } from 'node:http';
import { ownerOf } from '../access/index.ts';
import type { Caller } from './backend.ts';
import { ACTOR_HEADER } from './routes.ts';

/** Who asks, as far as a request tells. */
export function callerOf(request: IncomingMessage): Caller {
  const actor = request.headers[ACTOR_HEADER];
  if (typeof actor !== 'string') return ownerBy('api', 'socket');
  return ownerBy(
    'cli',
    decoded(actor)
      .replace(/\p{Cc}/gu, '?')
      .slice(0, 100),
  );
}

/** Whoever may open the socket is the owner, whatever he calls himself: of `alice (as root)` the bare name. */
function ownerBy(trigger: Caller['trigger'], actor: string): Caller {
  return { trigger, actor, address: null, browser: null, principal: ownerOf(actor.replace(/ \(as .*/s, '')) };
}

/** Percent-encoded text, or the text itself where it is none. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
