import { type Clock, type Owners, SlipwayError } from '../kernel/index.ts';
import { LocalBucket } from './local-bucket.ts';
import { type Patience, RemoteBucket } from './remote-bucket.ts';
import type { Signing } from './signing.ts';
import type { Source } from './source.ts';
import { openStore, parseAddress, type StoreOptions } from './store/index.ts';
import { UnusableSource } from './unusable-source.ts';

interface BucketOptions extends Omit<StoreOptions, 'signed'> {
  name: string;
  environment: string;
  /** Users whom a folder of this host may belong to, beside root and the agent's own. Default: nobody. */
  owners?: () => Promise<Owners>;
  /** Null: nothing need be signed. */
  signing: Signing | null;
  pollMs: number;
  /** Of a bucket on a server. */
  patience?: Patience;
  clock: Clock;
}

/** The source for a bucket's address. Never throws: an address that cannot be used makes a source in state `error`. */
export function bucket(options: BucketOptions): Source {
  try {
    const address = parseAddress(options.url);
    if (address.scheme === 'file') return new LocalBucket({ ...options, root: address.root });
    return new RemoteBucket({
      ...options,
      store: openStore({ ...options, signed: options.signing !== null }),
    });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return new UnusableSource(error, options.clock);
  }
}
