import { messageOf, SlipwayError } from '../../kernel/index.ts';
import { networkTrouble } from './network.ts';

/** What a web server answers in place of an object, in words and with the mend. */
export function refusal(status: number, where: string): SlipwayError {
  const of = (
    code: 'bucket_credentials' | 'bucket_denied' | 'bucket_unreachable' | 'bucket_refused',
    why: string,
    hint: string,
  ) => new SlipwayError(code, { message: `${where}: ${why}`, hint });
  if (status === 401)
    return of(
      'bucket_credentials',
      'the server wants credentials, or other ones (401)',
      'write token: in the source, and username: where it is a password',
    );
  if (status === 403)
    return of('bucket_denied', 'the server denies access (403)', 'its own log says why; nothing was changed');
  if (status >= 500 || status === 408 || status === 429)
    return of(
      'bucket_unreachable',
      `the server is not well (${status})`,
      'it is tried again; nothing was changed',
    );
  return of('bucket_refused', `the server answers ${status}`, 'nothing was changed');
}

export function httpTrouble(error: unknown, where: string): SlipwayError {
  if (error instanceof SlipwayError) return error;
  return (
    networkTrouble(error, where) ??
    new SlipwayError('bucket_refused', {
      message: `${where}: ${messageOf(error)}`,
      hint: 'nothing was changed',
      cause: error,
    })
  );
}
