import fs from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../support/temporary.ts';

/** Numbers that no user and no group of a host has. */
export const OWNER = { uid: 54_321, gid: 54_322 };
export const MODES = { directory: 0o2775, file: 0o664, executables: 'drop' as const };

/** A site's root with one release in it, and beside it a folder of somebody else that must never change. */
export class ReleaseTree {
  readonly folder = fs.realpathSync(temporaryFolder());
  readonly root = path.join(this.folder, 'webroot');
  readonly releases = path.join(this.root, 'release');
  readonly directory = path.join(this.releases, 'deployment_1.ab12cd3');
  readonly outside = path.join(this.folder, 'outside');

  constructor() {
    fs.mkdirSync(this.directory, { recursive: true });
    fs.mkdirSync(path.join(this.outside, 'sub'), { recursive: true, mode: 0o700 });
    this.write('../../../outside/secret', { mode: 0o600 });
    this.write('../../../outside/sub/readable', { mode: 0o644 });
  }

  /** A file in the release, the folders above it too. */
  write(name: string, { content = name, mode = 0o644 } = {}): string {
    const file = this.at(name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    fs.chmodSync(file, mode);
    return file;
  }

  at(name: string): string {
    return path.join(this.directory, name);
  }
}

/** `uid:gid mode` of everything in a folder, itself included, by path; links as themselves. Names as Latin-1. */
export function ownersAndModes(folder: string): Record<string, string> {
  return Object.fromEntries(
    everything(folder).map(({ name, stat }) => [
      name,
      `${stat.uid}:${stat.gid} ${stat.isSymbolicLink() ? 'link' : (Number(stat.mode) & 0o7777).toString(8).padStart(4, '0')}`,
    ]),
  );
}

/** When anything of an entry was changed last, its owner and mode too. */
export function changeTimes(folder: string): Record<string, bigint> {
  return Object.fromEntries(everything(folder).map(({ name, stat }) => [name, stat.ctimeNs]));
}

function everything(folder: string): { name: string; stat: fs.BigIntStats }[] {
  const top = Buffer.from(folder);
  const list = (below: Buffer): { name: string; stat: fs.BigIntStats }[] => {
    const file = below.length === 0 ? top : Buffer.concat([top, Buffer.from('/'), below]);
    const stat = fs.lstatSync(file, { bigint: true });
    const inside = stat.isDirectory() ? fs.readdirSync(file, { encoding: 'buffer' }) : [];
    const names = inside.map((name) =>
      below.length === 0 ? name : Buffer.concat([below, Buffer.from('/'), name]),
    );
    return [
      { name: below.length === 0 ? '.' : below.toString('latin1'), stat },
      ...names.flatMap((name) => list(name)),
    ];
  };
  return list(Buffer.alloc(0));
}
