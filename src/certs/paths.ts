import fs from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../kernel/index.ts';

/** What stands in the folder of an identity: all of it is for its owner alone. */
export interface IdentityPaths {
  folder: string;
  certificate: string;
  key: string;
  /** The certificate of the CA, beside it so that the owner can read it. */
  authority: string;
  /** What `-ssl_dist_optfile` takes. */
  options: string;
}

/** The data folder has the certificates: the agent's own right there, each other user's in a folder of their name. */
export function certificatesFolder(dataDirectory: string): string {
  return path.join(dataDirectory, 'certs');
}

export function identityPaths(folder: string): IdentityPaths {
  const at = (name: string) => path.join(folder, name);
  return {
    folder,
    certificate: at('node.crt'),
    key: at('node.key'),
    authority: at('ca.crt'),
    options: at('inet_tls.conf'),
  };
}

/** The users, other than the agent's own, who have an identity; empty where there is no folder yet. */
export function identityFolders(certificates: string): { user: string; folder: string }[] {
  try {
    return fs
      .readdirSync(certificates, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => ({ user: name, folder: path.join(certificates, name) }));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
