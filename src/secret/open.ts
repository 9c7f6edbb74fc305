import { environmentStore } from './environment.ts';
import { fileStore } from './files.ts';
import type { Store, StoreOptions } from './store.ts';
import { systemdStore } from './systemd.ts';

/** The store that the configuration names. The libraries of those in the cloud are loaded for them alone. */
export async function openStore(options: StoreOptions, env: NodeJS.ProcessEnv): Promise<Store> {
  switch (options.type) {
    case 'aws':
      return (await import('./aws.ts')).awsStore(options);
    case 'gcp':
      return (await import('./gcp.ts')).gcpStore(options);
    case 'file':
      return fileStore(options);
    case 'systemd':
      return systemdStore(env);
    case 'env':
      return environmentStore(options, env);
  }
}
