import { createHash, X509Certificate } from 'node:crypto';

/** What a certificate says of itself. Times are of the wall clock, in milliseconds: certificates have no other. */
export interface Validity {
  /** Lower case. */
  names: readonly string[];
  issuer: string;
  fromMs: number;
  untilMs: number;
  /** Of the certificate itself, in hexadecimal. */
  fingerprint: string;
}

/** The first certificate of a PEM text. @throws where there is none */
export function validityOf(pem: string): Validity {
  const certificate = new X509Certificate(pem);
  return {
    names: namesOf(certificate),
    issuer: issuerOf(certificate),
    fromMs: Date.parse(certificate.validFrom),
    untilMs: Date.parse(certificate.validTo),
    fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
  };
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return [...(subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase());
}

function issuerOf({ issuer }: X509Certificate): string {
  const lines = issuer.split('\n');
  const part = (key: string) => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  return part('CN') ?? part('O') ?? issuer.replaceAll('\n', ', ');
}

/** `*.example.com` covers `www.example.com`, and not what is below that. */
export function isCovered(host: string, names: readonly string[]): boolean {
  return names.includes(host) || (!host.startsWith('*') && names.includes(host.replace(/^[^.]+/, '*')));
}

const JITTER = 1 / 30;

/**
 * When it is renewed: after two thirds of its life, and up to a thirtieth of it later, so that certificates which were made
 * together are not renewed together. Of its own digest, so that it is the same whoever asks.
 */
export function renewalOf({ fromMs, untilMs, fingerprint }: Validity): number {
  const lifeMs = untilMs - fromMs;
  const share = Number.parseInt(fingerprint.slice(0, 8), 16) / 2 ** 32;
  return Math.round(fromMs + (lifeMs * 2) / 3 + lifeMs * JITTER * share);
}

const SOON_MS = 21 * 86_400_000;

/** `soon`: a third of its life is left, or three weeks where that is less. A renewal has failed for days by then. */
export function ageOf({ fromMs, untilMs }: Validity, nowMs: number): 'fresh' | 'soon' | 'expired' {
  if (nowMs >= untilMs) return 'expired';
  return untilMs - nowMs < Math.min((untilMs - fromMs) * (1 / 3 - JITTER), SOON_MS) ? 'soon' : 'fresh';
}
