import type { IncomingMessage } from 'node:http';
import { SlipwayError } from '../../kernel/index.ts';
import { hasBody } from '../send-json.ts';
import { headersOf } from './claim.ts';
import { isFromUs, isToUs, type OwnNames } from './own-address.ts';

/**
 * Refuses what another site may have made a browser send. A browser adds cookies by itself, so what changes something must come from a
 * page of ours, and in a form that no form of HTML has. It adds no token by itself.
 * @throws SlipwayError `forbidden`
 */
export function refuseForged(
  request: IncomingMessage,
  own: OwnNames,
  { byCookie }: { byCookie: boolean },
): void {
  if (!isToUs(request, own))
    throw refused(
      'the request names a host that is none of ours',
      'set `public` in the configuration to the address that people use',
    );
  if (!byCookie) return;
  const { method = '', headers } = request;
  const isUnsafe = !['GET', 'HEAD'].includes(method) || headers.upgrade !== undefined;
  if (isUnsafe ? !mayChange(request, own) : isOfOtherSite(request))
    throw refused(
      'the request does not come from a page of ours',
      'a program sends an API token in the place of a cookie',
    );
  if (isUnsafe && hasBody(request) && !isForPrograms(headers['content-type']))
    throw refused('the body of the request is neither JSON nor an archive', 'content-type: application/json');
}

function mayChange(request: IncomingMessage, own: OwnNames): boolean {
  const isAlone = headersOf(request, 'cookie').length === 0 && headersOf(request, 'origin').length === 0;
  // Without cookie and origin it is no browser's: whoever logs in from a program.
  return isAlone ? request.headers.upgrade === undefined : isFromUs(request, own);
}

function isOfOtherSite({ headers }: IncomingMessage): boolean {
  return !['same-origin', 'none', undefined].includes(headers['sec-fetch-site']);
}

/** What a form of HTML sends without being asked is text/plain, multipart or urlencoded. */
function isForPrograms(contentType: string | undefined): boolean {
  return /^application\/(json|octet-stream)(\s*;|$)/i.test(contentType ?? '');
}

function refused(message: string, hint: string): SlipwayError {
  return new SlipwayError('forbidden', { message, hint });
}
