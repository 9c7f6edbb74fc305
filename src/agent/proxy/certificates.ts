import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { type Validity, validityOf } from '../../acme/index.ts';
import { errnoOf, messageOf, readPlainFile } from '../../kernel/index.ts';

/** A certificate of the configuration, read. */
export interface HeldCertificate {
  /** What HAProxy knows it by. */
  file: string;
  content: string;
  digest: string;
  validity: Validity;
  /** Where it was read. */
  path: string;
}

export interface ReadCertificates {
  held: readonly HeldCertificate[];
  problems: readonly string[];
}

/** Reads what `certificates` names. One that cannot be used is told, and the others are. */
export function readCertificates(paths: readonly string[]): ReadCertificates {
  const held: HeldCertificate[] = [];
  const problems: string[] = [];
  for (const path of paths)
    try {
      held.push(read(path));
    } catch (error) {
      const why = errnoOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
      problems.push(`certificate ${path} is not used: ${why}`);
    }
  return { held, problems };
}

function read(path: string): HeldCertificate {
  const pem = readPlainFile(path);
  const certificate = new X509Certificate(pem);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw new Error('its key is not in the same file');
  if (!certificate.checkPrivateKey(createPrivateKey(pem))) throw new Error('the key in it is of another one');
  return {
    file: `certificates/${createHash('sha256').update(path).digest('hex').slice(0, 16)}.pem`,
    content: pem,
    digest: createHash('sha256').update(pem).digest('hex'),
    ...{ validity: validityOf(pem), path },
  };
}
