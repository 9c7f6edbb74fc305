import fs from 'node:fs';
import path from 'node:path';

/** Paths of a certificate and its key. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

const AUTHORITY = `[ca]
default_ca = any
[names]
commonName = supplied
[any]
rand_serial = yes
default_md = sha256
policy = names
`;

/**
 * The arguments for openssl to have `ca` sign a request. The certificate is good since ten days ago, and has ended where `days` are
 * negative: `openssl ca` alone makes such a one in every version, and wants files for it, which are left beside `out`.
 */
export function signing(options: {
  ca: Identity;
  request: string;
  extensions: string;
  days: number;
  out: string;
}): string[] {
  const { ca, request, extensions, days, out } = options;
  const [config, database] = [`${out}.ca`, `${out}.database`];
  fs.writeFileSync(config, `${AUTHORITY}database = ${database}\nnew_certs_dir = ${path.dirname(out)}\n`);
  fs.writeFileSync(database, '');
  return [
    ...['ca', '-batch', '-notext', '-config', config, '-cert', ca.cert, '-keyfile', ca.key, '-in', request],
    ...['-startdate', asOpenssl(-10), '-enddate', asOpenssl(days), '-extfile', extensions, '-out', out],
  ];
}

/** `20261129194115Z` */
function asOpenssl(days: number): string {
  const at = new Date(Date.now() + days * DAY_MS);
  return `${at.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`;
}
