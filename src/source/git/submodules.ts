import { type Address, submoduleAddress } from './address.ts';
import type { Mirror } from './mirror.ts';
import { GitFailure } from './process.ts';
import type { Tree } from './tree.ts';

export interface Submodule {
  /** Below its parent's root; bytes in Latin-1. */
  path: string;
  commit: string;
  /** Null where `.gitmodules` does not say. */
  address: Address | null;
}

/** The submodules of a tree. Errors: `config_invalid` for an address that may not be used. */
export async function submodulesOf(
  mirror: Mirror,
  commit: string,
  { tree, signal }: { tree: Tree; signal: AbortSignal },
): Promise<Submodule[]> {
  if (tree.gitlinks.length === 0) return [];
  const urls = await urlsByPath(mirror, commit, signal);
  return tree.gitlinks.map(({ path, commit: wanted }) => {
    const url = urls.get(path);
    return {
      path,
      commit: wanted,
      address: url === undefined ? null : submoduleAddress(mirror.address, url),
    };
  });
}

/** Reads `.gitmodules` by git's own parser. The last of several values counts, as for git. */
async function urlsByPath(mirror: Mirror, commit: string, signal: AbortSignal): Promise<Map<string, string>> {
  const args = ['config', `--blob=${commit}:.gitmodules`, '--null', '--list'];
  const listed = await mirror.read(args, signal).catch((error: unknown) => {
    // There is no such file.
    if (error instanceof GitFailure) return Buffer.alloc(0);
    throw error;
  });
  const modules = new Map<string, { path?: string; url?: string }>();
  for (const entry of listed.toString('latin1').split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined) continue;
    modules.set(name, { ...modules.get(name), [key as 'path' | 'url']: value as string });
  }
  const urls = new Map<string, string>();
  for (const { path, url } of modules.values())
    if (path !== undefined && url !== undefined) urls.set(path, Buffer.from(url, 'latin1').toString());
  return urls;
}
