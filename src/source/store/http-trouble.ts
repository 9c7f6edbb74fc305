import { messageOf, SlipwayError } from '../../kernel/index.ts';
import { networkTrouble } from './network.ts';
import { AGAIN, bucketTrouble, UNCHANGED } from './trouble.ts';

/** The command that shows what a web server says of an address. */
export function askServer(where: string): string {
  return `curl -sSI ${where}`;
}

/** What a web server answers in place of an object, in words and with the mend. */
export function refusal(status: number, where: string): SlipwayError {
  const next = askServer(where);
  if (status === 401)
    return bucketTrouble('bucket_credentials', {
      message: `${where}: the server wants credentials, or other ones (401)`,
      hint: `write token: in the source, and username: where it is a password; ${UNCHANGED}`,
      next: 'slipway config apply',
    });
  if (status === 403)
    return bucketTrouble('bucket_denied', {
      message: `${where}: the server denies access (403)`,
      hint: `its own log says why; ${UNCHANGED}`,
      next,
    });
  if (status >= 500 || status === 408 || status === 429)
    return bucketTrouble('bucket_unreachable', {
      message: `${where}: the server is not well (${status})`,
      hint: AGAIN,
      next,
    });
  return bucketTrouble('bucket_refused', {
    message: `${where}: the server answers ${status}`,
    hint: UNCHANGED,
    next,
  });
}

export function httpTrouble(error: unknown, where: string): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const next = askServer(where);
  return (
    networkTrouble(error, { where, next }) ??
    bucketTrouble('bucket_refused', {
      message: `${where}: ${messageOf(error)}`,
      hint: UNCHANGED,
      next,
      cause: error,
    })
  );
}
