import { readSecret } from './read-file.ts';
import type { Store, StoreOptions } from './store.ts';

/** A directory with a file for each secret. */
export function fileStore({ directory }: Extract<StoreOptions, { type: 'file' }>): Store {
  return {
    address: directory,
    isLocal: true,
    read: async (name) =>
      readSecret(directory, name, {
        isPrivate: true,
        missing: `install -m 600 /dev/stdin ${directory}/${name}   (type the value, then Ctrl+D)`,
      }),
  };
}
