import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';
import { type Place, unreachable, withoutTls } from './failure.ts';
import type { TlsOptions } from './tls.ts';

interface Reason {
  readonly codes: RegExp;
  readonly message: (place: Place) => string;
  readonly hint: string;
  readonly next: (tls: TlsOptions, place: Place) => string;
}

const showOurs = ({ cert }: TlsOptions) =>
  `openssl x509 -in ${cert} -noout -issuer -dates -ext extendedKeyUsage`;
const showTheirs = ({ ca }: TlsOptions, { host, port }: Place) =>
  `openssl s_client -connect ${host}:${port} -CAfile ${ca} -brief </dev/null`;

/** Codes are those of OpenSSL's alerts and verification results, as Node gives them. The first that fits counts. */
const REASONS: readonly Reason[] = [
  // What the node says of our certificate: alerts.
  {
    codes: /ALERT_CERTIFICATE_REQUIRED/,
    message: ({ peer }) => `${peer} wants a certificate, and none was shown`,
    hint: 'otp.tls.cert is empty or has no certificate that fits',
    next: showOurs,
  },
  {
    codes: /ALERT_CERTIFICATE_EXPIRED/,
    message: ({ peer }) => `${peer} refused our certificate: it is expired`,
    hint: 'or the clock of one of the hosts is wrong',
    next: showOurs,
  },
  {
    codes: /ALERT_UNKNOWN_CA/,
    message: ({ peer }) => `${peer} refused our certificate: it does not know who signed it`,
    hint: "otp.tls.cert is signed by another authority than the node's cacertfile",
    next: showOurs,
  },
  {
    codes:
      /ALERT_(BAD|UNSUPPORTED|REVOKED)_CERTIFICATE|ALERT_CERTIFICATE_(UNKNOWN|REVOKED)|ALERT_ACCESS_DENIED/,
    message: ({ peer }) => `${peer} refused our certificate`,
    hint: 'its signature does not fit the authority that the node trusts, or it is not made for clients (extended key usage clientAuth)',
    next: showOurs,
  },
  {
    codes: /ALERT_DECRYPT_ERROR/,
    message: ({ peer }) => `${peer} refused our certificate: its signature is wrong`,
    hint: 'the key and the certificate of otp.tls, or an authority of the same name',
    next: showOurs,
  },
  {
    codes: /ALERT_HANDSHAKE_FAILURE/,
    message: ({ peer }) => `${peer} refused the TLS handshake`,
    hint: 'it wants a certificate and got none that it takes, or the two have no cipher in common',
    next: showOurs,
  },
  {
    codes: /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/,
    message: ({ peer }) => `${peer} speaks another version of TLS than 1.2 and 1.3`,
    hint: 'its inet_tls.conf allows older versions alone',
    next: showTheirs,
  },
  // What we say of the node's certificate.
  {
    codes: /^CERT_HAS_EXPIRED$|^CERT_NOT_YET_VALID$/,
    message: ({ peer }) => `the certificate of ${peer} is expired, or not valid yet`,
    hint: 'the node must be given a new one; or the clock of one of the hosts is wrong',
    next: showTheirs,
  },
  {
    codes:
      /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA|INVALID_PURPOSE|CERT_)/,
    message: ({ peer }) => `the certificate of ${peer} is not signed by the authority in otp.tls.ca`,
    hint: 'the node has a certificate of another authority, or something else answers in its place',
    next: showTheirs,
  },
];

/** An error of a connection over TLS, before or during the distribution handshake. */
export function tlsFailure(error: unknown, place: Place, tls: TlsOptions): SlipwayError {
  const code = errnoOf(error) ?? '';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return withoutTls(place.peer, error);
  const reason = REASONS.find(({ codes }) => codes.test(code));
  if (reason)
    return new SlipwayError('otp_tls', {
      message: `${reason.message(place)} (${code})`,
      hint: reason.hint,
      next: reason.next(tls, place),
      cause: error,
    });
  if (/^ERR_(SSL|OSSL|TLS)_/.test(code))
    return new SlipwayError('otp_tls', {
      message: `TLS with ${place.peer} failed (${messageOf(error)})`,
      next: showTheirs(tls, place),
      cause: error,
    });
  if (code === 'ECONNRESET')
    return new SlipwayError('otp_tls', {
      message: `${place.peer} closed the connection in the middle of the TLS handshake`,
      hint: 'the node stopped at this moment, or something between the two does not let TLS through',
      cause: error,
    });
  return unreachable({ error, what: `${place.peer} on ${place.host}:${place.port}`, host: place.host });
}
