import type { IdentityPaths } from './paths.ts';

/**
 * The options of `-ssl_dist_optfile` (Erlang/OTP documentation, SSL application, "Using TLS for Erlang Distribution"). Strict:
 * with `verify_peer` alone a server asks for a certificate and lets in those who have none; `fail_if_no_peer_cert` makes
 * it refuse them. It is the server's alone: OTP 26 and later take it for an error in the client's options. The client
 * checks the name of the host, too: nothing here turns that off.
 */
export function inetTlsConf({ certificate, key, authority }: IdentityPaths): string {
  const common = [
    `{certfile, ${erlangString(certificate)}}`,
    `{keyfile, ${erlangString(key)}}`,
    `{cacertfile, ${erlangString(authority)}}`,
    '{verify, verify_peer}',
    "{versions, ['tlsv1.3', 'tlsv1.2']}",
  ];
  const server = [...common, '{fail_if_no_peer_cert, true}'];
  const list = (options: string[]) => `[\n    ${options.join(',\n    ')}\n  ]`;
  return `%% coding: utf-8
%% Mutual TLS of the Erlang distribution. Written by "slipway certs make", which writes it again.
[
  {server, ${list(server)}},
  {client, ${list(common)}}
].
`;
}

function erlangString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
