import { SlipwayError } from '../../kernel/index.ts';
import { parseAddress, type StoreOptions } from './address.ts';
import { FolderStore } from './folder.ts';
import { s3Client } from './s3-client.ts';
import { WritableS3 } from './s3-writer.ts';
import type { WritableStore } from './store.ts';

/**
 * The bucket at an address, to be published to. Nothing is asked of it yet.
 * @throws SlipwayError `config_invalid`
 */
export function openWritableStore(options: StoreOptions): WritableStore {
  const address = parseAddress(options.url);
  const { endpoint = null, region = null, pathStyle = null, profile = null } = options;
  switch (address.scheme) {
    case 'file':
      return new FolderStore(address.root);
    case 's3':
      return new WritableS3({
        ...address,
        connect: () => s3Client({ endpoint, region, pathStyle, profile }),
      });
    default:
      throw new SlipwayError('config_invalid', {
        message: `${address.scheme}:// cannot be published to`,
        hint: 'publish to s3://, gs:// or a folder, which a web server may show',
      });
  }
}
