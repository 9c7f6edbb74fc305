import type { X509Certificate } from 'node:crypto';
import type { Authority } from './authority.ts';
import {
  belongsTo,
  hostsOf,
  isInForce,
  isIssuedBy,
  parseCertificate,
  readCertificate,
  readText,
} from './certificate.ts';
import { inetTlsConf } from './inet-tls-conf.ts';
import { issueNode, newKey } from './issue.ts';
import type { IdentityPaths } from './paths.ts';
import { type Owner, placeFile } from './place.ts';

/** Who has a certificate: the agent's own user (and the apps that run as it), or another user that apps run as. */
export interface Identity {
  /** Null: the agent's own. */
  user: string | null;
  owner: Owner;
  paths: IdentityPaths;
}

/** A node's certificate with its key (PEM). */
export interface NodeCertificate {
  certificate: X509Certificate;
  key: string;
}

/** The certificate that the identity has, if it is good: in force, of this CA, with its key, for all of these hosts. */
export function goodCertificate(
  { paths }: Identity,
  { authority, hosts }: { authority: Authority; hosts: readonly string[] },
): NodeCertificate | null {
  const certificate = readCertificate(paths.certificate);
  const key = readText(paths.key);
  if (certificate === null || key === null) return null;
  const has = hostsOf(certificate).map((host) => host.toLowerCase());
  const isGood =
    isInForce(certificate) &&
    isIssuedBy(certificate, authority.certificate) &&
    belongsTo(key, certificate) &&
    hosts.every((host) => has.includes(host.toLowerCase()));
  return isGood ? { certificate, key } : null;
}

/** Issues a certificate with a key of its own: what one user loses does not open what another has. */
export async function issueCertificate(
  { user }: Identity,
  options: { staging: string; authority: Authority; hosts: readonly string[]; days: number },
): Promise<NodeCertificate> {
  const { staging, authority, hosts, days } = options;
  const key = newKey();
  const text = await issueNode({
    staging,
    name: user === null ? 'slipway' : user,
    key,
    days,
    hosts,
    authority: { certificate: authority.certificate.toString(), key: authority.key },
  });
  return { certificate: parseCertificate(text), key };
}

/** Writes what differs: the files, their modes and their owner. */
export function placeIdentity(
  { paths, owner }: Identity,
  { node, authority }: { node: NodeCertificate; authority: Authority },
): void {
  placeFile(paths.authority, authority.certificate.toString(), owner);
  placeFile(paths.key, node.key, owner);
  placeFile(paths.certificate, node.certificate.toString(), owner);
  placeFile(paths.options, inetTlsConf(paths), owner);
}
