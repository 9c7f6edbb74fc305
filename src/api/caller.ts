import type { IncomingMessage } from 'node:http';
import type { Caller } from './backend.ts';
import { ACTOR_HEADER } from './routes.ts';

/** Who asks, as far as a request tells. */
export function callerOf(request: IncomingMessage): Caller {
  const actor = request.headers[ACTOR_HEADER];
  if (typeof actor !== 'string') return { trigger: 'api', actor: 'socket' };
  return {
    trigger: 'cli',
    actor: decoded(actor)
      .replace(/\p{Cc}/gu, '?')
      .slice(0, 100),
  };
}

/** Percent-encoded text, or the text itself where it is none. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
