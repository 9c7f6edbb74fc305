import http from 'node:http';
import https from 'node:https';
import { errnoOf, isLoopback, messageOf, SlipwayError } from '../kernel/index.ts';
import type { Line, RemoteAddress } from './line.ts';

/** @throws SlipwayError `usage` where the URL is none, or would send the token in the clear */
export function urlLine({ url, token, ca }: RemoteAddress, common: Record<string, string>): Line {
  const { protocol, origin, host, hostname, port } = checked(url);
  const known = { ...common, ...(token !== null && { authorization: `Bearer ${token}` }) };
  const isHttps = protocol === 'https:';
  // A certificate of one's own stands beside those that Node knows, and does not take their place.
  const trust = ca === null ? {} : { ca: [...rootCertificates(), ca] };
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (isHttps ? 443 : 80) : port };
  return {
    name: origin,
    request: ({ headers, ...options }) =>
      (isHttps ? https : http).request({
        ...{ ...options, ...at, ...trust, agent: false },
        headers: { host, ...known, ...(headers as object) },
      }),
    webSocket: (path) => ({
      address: `${isHttps ? 'wss' : 'ws'}://${host}${path}`,
      options: { headers: known, ...trust },
    }),
    unreachable: (error) => whyNot(origin, error),
    lost: () =>
      new SlipwayError('agent_unreachable', {
        message: `the agent at ${origin} went away before it had answered`,
        hint: isHttps
          ? 'the apps go on without it; what it was doing, it finishes or undoes when it is back'
          : 'the apps go on without it; or it has TLS: then its address begins with https://',
      }),
  };
}

function checked(given: string): URL {
  const url = /^https?:\/\//i.test(given) ? URL.parse(given) : null;
  const isOrigin = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (url === null || !isOrigin)
    throw new SlipwayError('usage', {
      message: `"${given}" is not the address of an agent`,
      hint: 'it is one such as https://deploy.example.com, without a path',
    });
  if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
    throw new SlipwayError('usage', {
      message: `nothing is sent to ${url.origin}: over http:// a token can be read on the way`,
      hint: 'use https://; http:// is for this machine alone, as through a tunnel of ssh',
    });
  return url;
}

function rootCertificates(): string[] {
  // Read when it is used: it is 250 kB of text.
  return [...process.getBuiltinModule('node:tls').getCACertificates('default')];
}

/** Codes of OpenSSL and Node, by what they mean for whoever asks. */
const CERTIFICATE = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];

function whyNot(origin: string, error: unknown): SlipwayError {
  const code = errnoOf(error) ?? '';
  if (CERTIFICATE.includes(code))
    return new SlipwayError('certificate_refused', {
      message: `the certificate of ${origin} is not to be trusted: ${messageOf(error)}`,
      hint: 'nothing was sent; name the certificate that signed it with --ca FILE, or in NODE_EXTRA_CA_CERTS',
      cause: error,
    });
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new SlipwayError('agent_unreachable', {
      message: `no TLS is spoken at ${origin}: ${messageOf(error)}`,
      hint: 'look at `listen` and `tls` in the configuration there',
      cause: error,
    });
  return new SlipwayError('agent_unreachable', {
    message: `no agent answers at ${origin} (${code || messageOf(error)})`,
    hint:
      origin.startsWith('http:') && !['ECONNREFUSED', 'ENOTFOUND'].includes(code)
        ? 'where it has TLS, its address begins with https://'
        : 'nothing was done; the address stands behind --url or in SLIPWAY_URL',
    cause: error,
  });
}
