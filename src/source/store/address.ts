import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, redact, SlipwayError } from '../../kernel/index.ts';

/** Where a bucket is, and how it is come to. */
export interface StoreOptions {
  /** `s3://bucket[/prefix]`, `gs://bucket[/prefix]`, `https://host/path`, an absolute path or a `file://` URL. */
  url: string;
  /** Of a server that speaks S3 and is not Amazon's, or GCS and is not Google's: `https://minio.example.com:9000`. */
  endpoint?: string | null | undefined;
  region?: string | null | undefined;
  /** Whether the bucket's name stands in the path and not in the host's name; null: where there is an endpoint. */
  pathStyle?: boolean | null | undefined;
  /** One of those in ~/.aws/config and ~/.aws/credentials. */
  profile?: string | null | undefined;
  /** Sent to `https://` servers: with the name as its password, else as a bearer token. */
  token?: string | null | undefined;
  username?: string | null | undefined;
  /** Whether what is read is signed by somebody whom this host trusts: only then by `http://` from elsewhere. */
  signed?: boolean;
}

export type StoreAddress =
  | { scheme: 'file'; root: string }
  | { scheme: 's3' | 'gs'; bucket: string; prefix: string }
  | { scheme: 'https' | 'http'; url: URL };

/** @throws SlipwayError `config_invalid` */
export function parseAddress(text: string): StoreAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? null;
  switch (scheme) {
    case null:
      if (path.isAbsolute(text)) return { scheme: 'file', root: path.normalize(text) };
      throw noBucket(text, 'neither an absolute path nor a URL (file://, s3://, gs://, https://)');
    case 'file':
      return { scheme, root: folderOf(text) };
    case 's3':
    case 'gs':
      return { scheme, ...bucketOf(text) };
    case 'https':
    case 'http':
      return { scheme, url: serverOf(text) };
    default:
      throw noBucket(text, 'not one of file://, s3://, gs:// and https://');
  }
}

function folderOf(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw noBucket(text, messageOf(error));
  }
}

/** Names that both Amazon and Google take; what their rules forbid beyond, they say themselves. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

function bucketOf(text: string): { bucket: string; prefix: string } {
  const rest = text.slice(text.indexOf(':') + 1);
  const found = /^\/\/([^/?#]*)(?:\/([^?#]*))?$/.exec(rest);
  if (!found) throw noBucket(text, 'not of the form s3://bucket/prefix');
  const [, bucket = '', prefix = ''] = found;
  if (bucket.includes('@'))
    throw noBucket(text, 'credentials are not written there: the environment or a profile has them');
  if (!BUCKET.test(bucket))
    throw noBucket(text, `"${bucket}" is no name of a bucket: 3 and more of a-z, 0-9, "-", "." and "_"`);
  const names = prefix.split('/').filter((name) => name !== '');
  if (names.some((name) => name === '.' || name === '..'))
    throw noBucket(text, 'its prefix has "." or ".." as a name');
  return { bucket, prefix: names.map((name) => `${name}/`).join('') };
}

function serverOf(text: string): URL {
  const url = URL.parse(text);
  if (!url?.hostname) throw noBucket(text, 'not a URL');
  if (url.search || url.hash) throw noBucket(text, 'it must end with a path, without "?" and "#"');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function noBucket(text: string, why: string): SlipwayError {
  return new SlipwayError('config_invalid', {
    message: `${redact(text)} is no bucket: ${why}`,
    hint: 'nothing was changed',
    next: 'slipway config check',
  });
}
