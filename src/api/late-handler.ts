import { madeOnce, messageOf, SlipwayError, unawaited } from '../kernel/index.ts';
import type { Handler } from './http-handler.ts';
import { sendJson } from './send-json.ts';
import { toWire } from './wire-error.ts';

/**
 * What answers the contract's operations, loaded with the first request: contract, shapes and router are 7 MB, which an agent
 * that nobody asks need not have. A request for which it cannot be loaded is refused; the next one tries it again.
 */
export function lateHandler(load: () => Promise<Handler>, report: (message: string) => void): Handler {
  const loaded = madeOnce(load);
  return (request, response, visit) => {
    const answer = async () => {
      try {
        const handle = await loaded();
        handle(request, response, visit);
      } catch (error) {
        const body = toWire(notLoaded(error, report), 500);
        sendJson({ request, response, status: 500, body });
      }
    };
    unawaited(answer(), 'the answer to a request');
  };
}

/** Told in the agent's log, and without its text to whoever asks. */
export function notLoaded(error: unknown, report: (message: string) => void): SlipwayError {
  report(`A part of the API cannot be loaded: ${messageOf(error)}; the next request tries it again`);
  return new SlipwayError('failed', {
    message: 'the agent failed at this request: a part of it could not be loaded',
    hint: 'its log says why; nothing was changed',
    next: 'slipway logs --agent',
  });
}
