import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, uniqueName } from '../../kernel/index.ts';
import type { Containment } from '../containment.ts';
import type { Address } from './address.ts';
import type { Git } from './client.ts';
import { forgetLargeFiles } from './large-file-storage.ts';
import { clearLeftBehind } from './left-behind.ts';
import { GitFailure } from './process.ts';
import { inTurn, type Turns, turnsOf } from './turns.ts';

interface Work {
  signal: AbortSignal;
  say: (line: string) => void;
}

/** What is gone there is forgotten here. */
const EVERY_REF = {
  options: ['--prune'],
  refspecs: ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'],
};
/** Each fetch leaves a pack. */
const MAX_PACKS = 20;

/**
 * A bare copy of a repository on this host, with every branch and tag. It appears under its name when it is whole; whatever
 * ends a fetch, the next one goes on from there. The folder belongs to one process at a time; in it any number of sources
 * may share a mirror.
 */
export class Mirror {
  readonly directory: string;
  readonly address: Address;
  readonly git: Git;
  private readonly turns: Turns;
  private readonly containment: Containment;

  constructor(git: Git, address: Address) {
    this.git = git;
    this.address = address;
    const name = createHash('sha256').update(this.identity).digest('hex').slice(0, 32);
    this.directory = path.join(git.access.cacheDirectory, `${name}.git`);
    this.turns = turnsOf(this.directory);
    this.containment = git.access.contain(`git-${name}`);
  }

  /** Runs a command on what is here already. Errors: `GitFailure`. */
  async read(args: readonly string[], signal: AbortSignal, take?: (chunk: Buffer) => void): Promise<Buffer> {
    const options = take ? { signal, take } : { signal };
    return await this.git.local([`--git-dir=${this.directory}`, ...args], options);
  }

  async has(commit: string, signal: AbortSignal): Promise<boolean> {
    if (!fs.existsSync(this.directory)) return false;
    return await succeeds(this.read(['cat-file', '-e', `${commit}^{commit}`], signal));
  }

  /** Makes the commit present; asks the repository only where it is not. Errors: as `Git.remote`, `ref_unknown`. */
  async ensure(commit: string, work: Work): Promise<void> {
    // A git that a killed agent left at work may yet change what is there.
    if (this.turns.cleared && (await this.has(commit, work.signal))) return;
    await this.alone(work.signal, async () => {
      if (await this.has(commit, work.signal)) return;
      await this.update(commit, work);
      if (await this.has(commit, work.signal)) return;
      // No branch or tag leads to it: many hosts give it all the same.
      await this.fetch(this.directory, { options: [], refspecs: [commit] }, work.signal).catch(
        (error: unknown) => {
          if (!(error instanceof SlipwayError) || error.code !== 'repository_unreachable') throw error;
        },
      );
      if (!(await this.has(commit, work.signal))) throw this.unknown(commit);
    });
  }

  /** The commit that these digits begin; null where none or several do. Asks the repository where none is known. */
  async resolve(abbreviated: string, work: Work): Promise<string | null> {
    return await this.alone(work.signal, async () => {
      const known = await this.expand(abbreviated, work.signal);
      if (known !== null) return known;
      await this.update(abbreviated, work);
      return await this.expand(abbreviated, work.signal);
    });
  }

  /** Begins anew with one that turned out to be damaged. */
  async replace(commit: string, work: Work): Promise<void> {
    await this.alone(work.signal, async () => {
      work.say(`the copy of ${this.address.url} on this host is damaged and is fetched anew`);
      const aside = uniqueName(this.directory);
      fs.renameSync(this.directory, aside);
      fs.rmSync(aside, { recursive: true, force: true });
    });
    await this.ensure(commit, work);
  }

  /** Calls `work` while nobody in this process changes the mirror, not even to collect garbage. */
  async alone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return await inTurn(this.turns, signal, async () => {
      await this.turns.endCollection();
      fs.mkdirSync(path.dirname(this.directory), { recursive: true, mode: 0o700 });
      if (!this.turns.cleared) await this.clearLeftBehind();
      this.turns.cleared = true;
      return await work();
    });
  }

  private async update(commit: string, { signal, say }: Work): Promise<void> {
    const started = this.git.access.clock.monotonicMs();
    if (fs.existsSync(this.directory)) await this.updateExisting(signal);
    else await this.make(commit.length === 64 ? 'sha256' : 'sha1', signal);
    const seconds = ((this.git.access.clock.monotonicMs() - started) / 1000).toFixed(1);
    say(`fetched from ${this.address.url} in ${seconds} s`);
    this.collect();
  }

  private async updateExisting(signal: AbortSignal): Promise<void> {
    try {
      await this.fetch(this.directory, EVERY_REF, signal);
    } catch (error) {
      // A git that was killed under a living agent left it: this is its turn, and nobody else has one.
      if (
        !/\.lock': File exists|[Uu]nable to (create|lock)|cannot lock ref/.test(
          String((error as Error).cause ?? error),
        )
      )
        throw error;
      await this.clearLeftBehind();
      await this.fetch(this.directory, EVERY_REF, signal);
    }
  }

  private async make(format: 'sha1' | 'sha256', signal: AbortSignal): Promise<void> {
    const temporary = uniqueName(this.directory);
    try {
      const init = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, temporary];
      await this.git.local(init, { signal, containment: this.containment });
      await this.git.local([`--git-dir=${temporary}`, 'config', 'remote.origin.url', this.lfsUrl], {
        signal,
      });
      await this.fetch(temporary, EVERY_REF, signal);
      fs.renameSync(temporary, this.directory);
    } finally {
      fs.rmSync(temporary, { recursive: true, force: true });
    }
  }

  private async fetch(directory: string, what: typeof EVERY_REF, signal: AbortSignal): Promise<void> {
    const options = [
      '--progress',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--refmap=',
    ];
    const args = ['fetch', ...options, ...what.options, '--', this.address.url, ...what.refspecs];
    await this.git.remote(this.address, [`--git-dir=${directory}`, ...args], {
      signal,
      containment: this.containment,
    });
  }

  /**
   * Packs what many fetches left, and forgets what no branch leads to any more (after git's two weeks). It runs beside the
   * deployment and gives way to the next fetch.
   */
  private collect(): void {
    const packs = fs
      .readdirSync(path.join(this.directory, 'objects/pack'))
      .filter((name) => name.endsWith('.pack'));
    if (packs.length <= MAX_PACKS) return;
    const ending = new AbortController();
    const args = ['-c', 'pack.threads=1', `--git-dir=${this.directory}`, 'gc', '--quiet'];
    const collection = this.git
      .local(args, { signal: ending.signal, containment: this.containment })
      .then(() => forgetLargeFiles(this.directory, this.git.access.clock))
      // Not done now, it is done after the next fetch.
      .catch(() => {});
    this.turns.endCollection = async () => {
      ending.abort();
      await collection;
    };
  }

  private async expand(abbreviated: string, signal: AbortSignal): Promise<string | null> {
    if (!fs.existsSync(this.directory)) return null;
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${abbreviated}^{commit}`];
    const found = await this.read(args, signal).catch((error: unknown) => {
      if (error instanceof GitFailure) return null;
      throw error;
    });
    return found === null ? null : found.toString().trim();
  }

  private unknown(commit: string): SlipwayError {
    return new SlipwayError('ref_unknown', {
      message: `${this.address.url} has no commit ${commit}`,
      hint: 'it was taken away by a forced push, or belongs to another repository; what is live was left as it was',
      next: `git ls-remote ${this.address.url}`,
    });
  }

  private async clearLeftBehind(): Promise<void> {
    await this.containment.end();
    clearLeftBehind(this.directory);
  }

  /** Whoever may not read a repository does not get to it by the copy of another app that may. */
  private get identity(): string {
    const { address } = this;
    const { credentials, sshKey } = this.git.access;
    const theirs = address.credentials ?? credentials;
    const isFor = theirs !== null && address.url.startsWith(`${theirs.origin}/`);
    const access = [
      ...(isFor ? [theirs.username, theirs.password] : []),
      ...(address.transport === 'ssh' && sshKey !== null ? [sshKey] : []),
      ...(address.transport === 'local' && address.parent ? [address.parent.url] : []),
    ];
    return [address.url, ...access].join('\0');
  }

  /** git-lfs takes a local repository by URL only. */
  private get lfsUrl(): string {
    return this.address.transport === 'local' ? `file://${encodeURI(this.address.url)}` : this.address.url;
  }
}

async function succeeds(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof GitFailure) return false;
    throw error;
  }
}
