import { type ErrorCode, messageOf, SlipwayError, safeText, systemClock } from '../../kernel/index.ts';
import { networkTrouble } from './network.ts';
import type { NextCommands } from './next-commands.ts';
import { AGAIN, bucketTrouble, UNCHANGED } from './trouble.ts';

/** What an error of the SDK says of the answer that it was. */
interface Answer {
  name?: unknown;
  message?: unknown;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

export function statusOf(error: unknown): number | null {
  return (error as Answer | null)?.$metadata?.httpStatusCode ?? null;
}

/** The server's own word for an error, `NoSuchBucket`. HEAD has none, as its answer has no body. */
export function nameOf(error: unknown): string {
  const { name } = error as Answer;
  return typeof name === 'string' ? name : '';
}

/**
 * What went wrong with a request, in words and with the mend. Codes: see `ObjectStore`.
 * @param of `where`: the object's or the bucket's address; `bucket`: its name
 */
export function s3Trouble(
  error: unknown,
  { where, bucket, next }: { where: string; bucket: string; next: NextCommands },
): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const status = statusOf(error);
  const name = nameOf(error);
  const of = (code: ErrorCode, message: string, mend: { hint: string; next: string }) =>
    bucketTrouble(code, { message: `${where}: ${message}`, ...mend, cause: error });
  const credentials = { hint: CREDENTIALS, next: next.credentials };

  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return of('bucket_credentials', `there are no credentials (${said(error)})`, credentials);
  if (/^(Region is missing|Invalid region)/i.test(messageOf(error)))
    return of('bucket_region', 'no region is known', {
      hint: `write region: in the source, or set AWS_REGION in the environment of the agent; ${UNCHANGED}`,
      next: next.region(null),
    });
  const refused = CREDENTIALS_REFUSED[name];
  if (refused) return of('bucket_credentials', refused, credentials);
  if (CLOCK.has(name))
    return of('clock_skewed', `the clock of this host is wrong: ${clocks(error)}`, {
      hint: UNCHANGED,
      next: 'timedatectl set-ntp true',
    });
  if (name === 'NoSuchBucket')
    return of('bucket_missing', `there is no bucket ${bucket}`, {
      hint: `its name, the endpoint and the account decide; ${UNCHANGED}`,
      next: next.buckets,
    });
  const region = regionOf(error);
  if (REGION.has(name) || status === 301 || (status === 400 && region !== null))
    return of(
      'bucket_region',
      region === null ? 'the bucket is in another region' : `the bucket is in ${region}`,
      {
        hint: `write region: ${region ?? '<that of the bucket>'} in the source; ${UNCHANGED}`,
        next: next.region(region),
      },
    );
  if (status === 403 || status === 401)
    return of(
      'bucket_denied',
      `access is denied${name && !/^(Unknown|40[13])/.test(name) ? ` (${name})` : ''}`,
      {
        hint: `these credentials need s3:GetObject on it and s3:ListBucket on ${bucket} (without the latter, what is not there is denied, too); ${UNCHANGED}`,
        next: next.policy,
      },
    );
  if ((status !== null && status >= 500) || BUSY.has(name))
    return of(
      'bucket_unreachable',
      `the server is not well (${status ?? ''} ${safeText(name, { maxLength: 80 })})`,
      { hint: AGAIN, next: next.server },
    );
  return (
    networkTrouble(error, { where, next: next.server }) ??
    of('bucket_refused', `${status === null ? '' : `${status} `}${name}: ${said(error)}`, {
      hint: UNCHANGED,
      next: next.server,
    })
  );
}

const CREDENTIALS = `AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, a profile: of ~/.aws, or a role of the instance; ${UNCHANGED}`;

const CREDENTIALS_REFUSED: Record<string, string> = {
  InvalidAccessKeyId: 'the server knows no such access key',
  SignatureDoesNotMatch: 'the secret access key is not the right one',
  InvalidToken: 'the session token is none',
  InvalidClientTokenId: 'the session token is none',
  ExpiredToken: 'the session token has expired',
  ExpiredTokenException: 'the session token has expired',
};
const CLOCK = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);
const REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const BUSY = new Set(['SlowDown', 'RequestTimeout', 'ThrottlingException', 'TooManyRequests']);

/** A server may say much; a line of it is shown. */
function said(error: unknown): string {
  return safeText(messageOf(error).split('\n')[0] ?? '', { maxLength: 200 });
}

function clocks(error: unknown): string {
  const date = (error as Answer).$response?.headers?.date;
  const here = `here it is ${new Date(systemClock.now()).toUTCString()}`;
  return date === undefined ? here : `${here}, there ${safeText(date, { maxLength: 40 })}`;
}

/** The region that a server names: in a header, or in the words of the error. */
function regionOf(error: unknown): string | null {
  const header = (error as Answer).$response?.headers?.['x-amz-bucket-region'];
  const named = header ?? /expecting '([a-z0-9-]+)'/.exec(messageOf(error))?.[1] ?? '';
  return /^[a-z0-9-]{1,40}$/.test(named) ? named : null;
}
