import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';

/** The node that a connection goes to, and where it listens. */
export interface Place {
  readonly peer: string;
  readonly host: string;
  readonly port: number;
}

/** A connection over TCP that did not come about. `what` is what was to answer. */
export function unreachable(options: {
  error: unknown;
  what: string;
  host: string;
  /** Why it may be refused. */
  refusedBecause?: string;
}): SlipwayError {
  const { error, what, host } = options;
  const errno = errnoOf(error) ?? '';
  if (errno === 'ENOTFOUND' || errno === 'EAI_AGAIN')
    return new SlipwayError('otp_unreachable', {
      message: `there is no host ${host} (${errno})`,
      hint: 'the host of a node name is looked up like any other: in /etc/hosts, then in DNS',
      next: `getent hosts ${host}`,
      cause: error,
    });
  return new SlipwayError('otp_unreachable', {
    message:
      errno === 'ECONNREFUSED'
        ? `nothing listens: ${what} refused the connection`
        : `${what} cannot be reached (${errno || messageOf(error)})`,
    ...(errno === 'ECONNREFUSED' && options.refusedBecause !== undefined
      ? { hint: options.refusedBecause }
      : {}),
    cause: error,
  });
}

/** The node closed the connection while the handshake waited for something. */
export function closedDuring(
  stage: 'status' | 'challenge' | 'acknowledgement' | 'nothing',
  { peer, isTls, isListening }: { peer: string; isTls: boolean; isListening: boolean },
): SlipwayError {
  if (stage === 'acknowledgement' && isListening)
    return new SlipwayError('otp_cookie', {
      message: `${peer} refused our cookie`,
      hint: 'it closed the connection when it saw our proof, so its cookie is another one; set otp.cookie (the cookie, or { file: path }) to the one that the node runs with',
      next: 'slipway config show',
    });
  if (stage === 'status' && !isTls)
    return new SlipwayError('otp_tls', {
      message: `${peer} closed the connection without a word`,
      hint: 'a node that runs its distribution over TLS does so; set otp.tls, or the node stopped at this moment',
    });
  return new SlipwayError('otp_refused', {
    message: `${peer} closed the connection in the middle of the handshake (before its ${stage})`,
    hint: 'the node stopped at this moment, or it took another connection in its place',
  });
}

/** We speak plain, and what came is a TLS record. */
export function tlsSpoken(peer: string): SlipwayError {
  return new SlipwayError('otp_tls', {
    message: `${peer} runs its distribution over TLS, and we spoke plain`,
    hint: 'set otp.tls (cert, key, ca) for the app; nothing was sent but our node name',
    next: 'slipway config check',
  });
}

/** We speak TLS, and the node does not. */
export function withoutTls(peer: string, cause?: unknown): SlipwayError {
  return new SlipwayError('otp_tls', {
    message: `${peer} runs its distribution without TLS, and TLS is asked for`,
    hint: 'start the node with -proto_dist inet_tls and -ssl_dist_optfile, or take otp.tls away; it was not connected to',
    next: 'slipway config check',
    ...(cause === undefined ? {} : { cause }),
  });
}
