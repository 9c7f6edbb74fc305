import type { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { SlipwayError } from '../kernel/index.ts';
import {
  belongsTo,
  expiryOf,
  isInForce,
  parseCertificate,
  readCertificate,
  readText,
} from './certificate.ts';
import { issueAuthority, newKey } from './issue.ts';
import { type Owner, placeFile } from './place.ts';

/** Longer than that of nodes: whoever trusts it has to be given a new one. */
const AUTHORITY_DAYS = 3650;

/** A CA with its key (PEM). */
export interface Authority {
  certificate: X509Certificate;
  key: string;
}

/**
 * The CA of the folder; null where there is none.
 * @throws SlipwayError `key_mismatch` where its key is missing, or belongs to another certificate
 */
export function readAuthority(folder: string): Authority | null {
  const files = filesOf(folder);
  const certificate = readCertificate(files.certificate);
  if (certificate === null) return null;
  const key = readText(files.key);
  if (key !== null && belongsTo(key, certificate)) return { certificate, key };
  throw new SlipwayError('key_mismatch', {
    message: `${files.key} is not there, or is not the key of ${files.certificate}: nothing can be signed`,
    hint: 'nothing was changed; put the key back, or move the certificate away for a new CA, which all nodes then have to trust',
    next: `mv ${files.certificate} ${files.certificate}.old`,
  });
}

/** Whether it is in force now, and for so many days from now. */
export function lasts({ certificate }: Authority, days: number): boolean {
  return isInForce(certificate) && expiryOf(certificate).daysLeft >= days;
}

/** A CA that lasts. In place of `former` it keeps name and key, so that what was signed before stays good. */
export async function issueLastingAuthority(options: {
  staging: string;
  former: Authority | null;
  host: string;
  days: number;
}): Promise<Authority> {
  const { staging, former, host, days } = options;
  const key = former?.key ?? newKey();
  const name = /^CN=([\w. -]+)$/.exec(former?.certificate.subject ?? '')?.[1] ?? `Slipway CA of ${host}`;
  const lastingDays = Math.max(AUTHORITY_DAYS, days + 1);
  const text = await issueAuthority({ staging, key, name: name.slice(0, 64), days: lastingDays });
  return { certificate: parseCertificate(text), key };
}

export function placeAuthority(folder: string, { certificate, key }: Authority, owner: Owner): void {
  const files = filesOf(folder);
  placeFile(files.key, key, owner);
  placeFile(files.certificate, certificate.toString(), owner);
}

function filesOf(folder: string): { certificate: string; key: string } {
  return { certificate: path.join(folder, 'ca.crt'), key: path.join(folder, 'ca.key') };
}
