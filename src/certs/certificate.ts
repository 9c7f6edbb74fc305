import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { errnoOf, systemClock } from '../kernel/index.ts';

/** When a certificate ends, and whether it has. */
export interface Expiry {
  expiresAt: Date;
  /** Negative where it has ended. */
  daysLeft: number;
}

const DAY_MS = 86_400_000;

/** Gives null where there is no such file, or no certificate in it. Other errors of the file system are thrown. */
export function readCertificate(file: string): X509Certificate | null {
  const text = readText(file);
  try {
    return text === null ? null : parseCertificate(text);
  } catch {
    return null;
  }
}

export function parseCertificate(text: string): X509Certificate {
  return new X509Certificate(text);
}

export function expiryOf(certificate: X509Certificate, now = systemClock.now()): Expiry {
  const expiresAt = new Date(certificate.validTo);
  return { expiresAt, daysLeft: Math.floor((expiresAt.getTime() - now) / DAY_MS) };
}

/** Whether it can be used now. */
export function isInForce(certificate: X509Certificate, now = systemClock.now()): boolean {
  return Date.parse(certificate.validFrom) <= now && now < Date.parse(certificate.validTo);
}

export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** Whether the key (PEM) is the certificate's. */
export function belongsTo(keyText: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyText));
  } catch {
    return false;
  }
}

/** Names and addresses of its subjectAltName, each once, in order. */
export function hostsOf(certificate: X509Certificate): string[] {
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return [...new Set(names.flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []))];
}

/** Gives null where there is no such file. */
export function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
