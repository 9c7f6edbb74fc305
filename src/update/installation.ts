import fs from 'node:fs';
import path from 'node:path';
import { isVersion, readLink, SlipwayError, switchLink } from '../kernel/index.ts';

/** What an archive says of itself in its package.json. */
export interface Manifest {
  version: string;
  /** Such as `linux-x64`. */
  target: string;
  /** The version that it brings a journal to, and the newest that it can read. */
  journal: number;
}

/**
 * The versions on this host, as install.sh lays them out: `<base>/<version>` each, `<base>/current` leads to the one in
 * force, and `<version>/.archive` has the SHA-256 of what it came from.
 */
export class Installation {
  readonly base: string;

  constructor(base: string) {
    this.base = base;
  }

  /** The one that this program belongs to. @throws SlipwayError `not_installed` where it runs from elsewhere */
  static ofThisProgram(program: string = process.argv[1] ?? ''): Installation {
    const folder = path.dirname(path.dirname(fs.realpathSync(program)));
    const installation = new Installation(path.dirname(folder));
    if (installation.versions().includes(path.basename(folder)) && installation.current() !== null)
      return installation;
    throw new SlipwayError('not_installed', {
      message: `this Slipway, in ${folder}, was not installed from an archive`,
      hint: 'nothing was changed; a checkout is updated by git pull and script/bootstrap, an archive is installed by: sh install.sh --install ARCHIVE',
    });
  }

  current(): string | null {
    return readLink(path.join(this.base, 'current'));
  }

  /** Those that are whole, in no order. */
  versions(): string[] {
    return fs
      .readdirSync(this.base, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isVersion(entry.name)) // `current` is a link
      .map(({ name }) => name)
      .filter((name) => fs.existsSync(path.join(this.base, name, '.archive')));
  }

  folderOf(version: string): string {
    return path.join(this.base, version);
  }

  programOf(version: string): string {
    return path.join(this.base, version, 'bin/slipway');
  }

  manifestOf(version: string): Manifest {
    return readManifest(this.folderOf(version));
  }

  /** One rename: what is started meanwhile is whole, the former version or the new one. */
  switchTo(version: string): void {
    switchLink(path.join(this.base, 'current'), version);
  }

  /** Removes versions other than these, but for what still runs: a shell that is open, an agent of another data folder. */
  prune(kept: readonly string[]): string[] {
    const gone = this.versions().filter((version) => !kept.includes(version) && !this.runs(version));
    for (const version of gone) this.remove(version);
    return gone;
  }

  /** What is half removed is no version any more. */
  remove(version: string): void {
    fs.rmSync(path.join(this.base, version, '.archive'));
    fs.rmSync(this.folderOf(version), { recursive: true });
  }

  private runs(version: string): boolean {
    const folder = `${this.folderOf(version)}/`;
    return fs
      .readdirSync('/proc')
      .some((pid) => /^\d+$/.test(pid) && readLink(`/proc/${pid}/exe`)?.startsWith(folder));
  }
}

/** @throws SlipwayError `update_refused` where the folder holds no Slipway */
export function readManifest(folder: string): Manifest {
  try {
    const text = fs.readFileSync(path.join(folder, 'package.json'), 'utf8');
    const { version, slipway } = JSON.parse(text) as { version: string; slipway: Omit<Manifest, 'version'> };
    if (isVersion(version) && typeof slipway.target === 'string' && Number.isInteger(slipway.journal))
      return { version, ...slipway };
  } catch {
    // Whatever is wrong with it, it is none of ours.
  }
  throw new SlipwayError('update_refused', {
    message: `${folder} holds no Slipway`,
    hint: 'script/package makes archives; nothing was changed',
  });
}
