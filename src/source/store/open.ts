import { isLoopback, redact, SlipwayError } from '../../kernel/index.ts';
import { parseAddress, type StoreOptions } from './address.ts';
import { FolderStore } from './folder.ts';
import { gcsClient } from './gcs-client.ts';
import { HttpStore } from './http.ts';
import type { Bucket } from './next-commands.ts';
import { s3Client } from './s3-client.ts';
import { WritableS3 } from './s3-writer.ts';
import type { ObjectStore, WritableStore } from './store.ts';

/**
 * The bucket at an address, to be read. Nothing is asked of it yet, and nothing loaded.
 * @throws SlipwayError `config_invalid`
 */
export function openStore(options: StoreOptions): ObjectStore {
  const address = parseAddress(options.url);
  switch (address.scheme) {
    case 'file':
      return new FolderStore(address.root);
    case 's3':
    case 'gs':
      return objectStore(address, { ...options, by: 'agent' });
    case 'http':
    case 'https': {
      const { url } = address;
      const isBare = address.scheme === 'http' && !isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
      if (isBare && !options.signed)
        throw bare(options, {
          what: 'would be read without TLS',
          hint: 'write https://, or have the releases signed; http:// is for this host alone',
        });
      if (isBare && (options.token || url.password))
        throw bare(options, { what: 'would be sent credentials without TLS', hint: 'write https://' });
      return new HttpStore({ url, username: options.username ?? null, token: options.token ?? null });
    }
  }
}

function bare({ url }: StoreOptions, { what, hint }: { what: string; hint: string }): SlipwayError {
  const next = 'slipway config check';
  return new SlipwayError('config_invalid', { message: `${redact(url)} ${what}`, hint, next });
}

/**
 * The bucket at an address, to be published to.
 * @throws SlipwayError `config_invalid`
 */
export function openWritableStore(options: StoreOptions): WritableStore {
  const address = parseAddress(options.url);
  if (address.scheme === 'file') return new FolderStore(address.root);
  if (address.scheme === 's3' || address.scheme === 'gs')
    return objectStore(address, { ...options, by: 'publisher' });
  throw new SlipwayError('config_invalid', {
    message: `${address.scheme}:// cannot be published to: give s3://, gs:// or a folder, which a web server may show`,
  });
}

function objectStore(
  address: { scheme: 's3' | 'gs'; bucket: string; prefix: string },
  { endpoint = null, region = null, pathStyle = null, profile = null, by }: StoreOptions & Pick<Bucket, 'by'>,
): WritableS3 {
  const connect = () =>
    address.scheme === 's3'
      ? s3Client({ endpoint, region, pathStyle, profile })
      : gcsClient({ endpoint, profile, by });
  return new WritableS3({ ...address, endpoint, profile, by, connect });
}
