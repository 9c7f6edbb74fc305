import { errnoOf, messageOf, type SlipwayError } from '../../kernel/index.ts';
import { AGAIN, bucketTrouble } from './trouble.ts';

/**
 * Why nothing came of a request, where it is the network or the server's certificate; else null.
 * @param of `next`: the command that shows whether the server answers
 */
export function networkTrouble(
  error: unknown,
  { where, next }: { where: string; next: string },
): SlipwayError | null {
  const code = errnoOf(error) ?? errnoOf((error as { cause?: unknown }).cause) ?? '';
  const certificate =
    CERTIFICATE[code] ?? (/^(CERT|ERR_TLS|ERR_SSL|DEPTH_ZERO|UNABLE_TO)/.test(code) ? code : null);
  if (certificate !== null)
    return bucketTrouble('bucket_unreachable', {
      message: `${where}: its certificate is not to be trusted (${certificate})`,
      hint: 'nothing was sent; a CA of your own is named by NODE_EXTRA_CA_CERTS in the environment of the agent',
      next,
      cause: error,
    });
  const words = NETWORK[code] ?? (isTimeout(error) ? 'no answer in time' : null);
  if (words === null) return null;
  const message = `${where} cannot be reached: ${words}`;
  return bucketTrouble('bucket_unreachable', { message, hint: AGAIN, next, cause: error });
}

function isTimeout(error: unknown): boolean {
  return (
    (error as { name?: unknown }).name === 'TimeoutError' || /socket hang up|aborted/.test(messageOf(error))
  );
}

const NETWORK: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ECONNABORTED: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
  ESOCKETTIMEDOUT: 'no answer in time',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up at present',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the host',
  ENETDOWN: 'there is no network',
  EMFILE: 'too many files are open',
};

const CERTIFICATE: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'signed by a CA that this host does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'signed by a CA that this host does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'signed by a CA that this host does not know',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet: is the clock of this host right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host',
};
