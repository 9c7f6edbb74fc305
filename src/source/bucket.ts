import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, messageOf, type Owners, redact } from '../kernel/index.ts';
import { LocalBucket } from './local-bucket.ts';
import type { Signing } from './signing.ts';
import type { Source } from './source.ts';
import { UnusableSource } from './unusable-source.ts';

interface BucketOptions {
  /** An absolute path or a `file://` URL. */
  url: string;
  name: string;
  environment: string;
  /** Users whom a folder of this host may belong to, beside root and the agent's own. Default: nobody. */
  owners?: () => Promise<Owners>;
  /** Null: nothing need be signed. */
  signing: Signing | null;
  pollMs: number;
  clock: Clock;
}

/** The source for a bucket's address. Never throws: an address that cannot be used makes a source in state `error`. */
export function bucket(options: BucketOptions): Source {
  const { url, clock, ...app } = options;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? null;
  if (scheme === null && path.isAbsolute(url))
    return new LocalBucket({ ...app, clock, root: path.normalize(url) });
  if (scheme === 's3' || scheme === 'gs')
    return new UnusableSource(
      `${scheme}:// buckets are not supported by this version: ${redact(url)}`,
      clock,
    );
  if (scheme !== 'file')
    return new UnusableSource(
      `${redact(url)} is no bucket: neither an absolute path nor a file:// URL`,
      clock,
    );
  try {
    return new LocalBucket({ ...app, clock, root: fileURLToPath(url) });
  } catch (error) {
    return new UnusableSource(`${redact(url)} is no bucket: ${messageOf(error)}`, clock);
  }
}
