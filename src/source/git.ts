import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, Event, type Owners, registerSecret, SlipwayError, unawaited } from '../kernel/index.ts';
import type { Containment } from './containment.ts';
import {
  type Address,
  type Credentials,
  type FoundRef,
  fetchCommitTree,
  fetchedCommit,
  followed,
  Git,
  isCommit,
  Mirror,
  named,
  parseAddress,
  type Refs,
  refUnknown,
  sightOfMissing,
} from './git/index.ts';
import { Looks } from './looks.ts';
import type { FetchedCommit, FetchOptions, Offer, Source, SourceCondition } from './source.ts';
import { UnusableSource } from './unusable-source.ts';

export interface GitOptions {
  /** `https://`, `ssh://`, `git://`, `user@host:path`, or an absolute path. */
  url: string;
  branch: string | null;
  tags: readonly string[];
  subdirectory: string | null;
  submodules: boolean;
  lfs: boolean;
  sshKey: string | null;
  knownHosts: string | null;
  token: string | null;
  username: string | null;
  /** Users whom a repository of this host may belong to, beside root and the agent's own. Default: nobody. */
  owners?: () => Promise<Owners>;
  pollMs: number;
  /** Holds a bare mirror of each repository; several apps may share one. */
  cacheDirectory: string;
  /** The control group for what writes to a mirror of that name. */
  contain: (mirror: string) => Containment;
  clock: Clock;
}

/** The source for a repository. Never throws: an address that cannot be used makes a source in state `error`. */
export function git(options: GitOptions): Source {
  if (options.token !== null) registerSecret(options.token);
  try {
    return new Repository(options, parseAddress(options.url));
  } catch (error) {
    return new UnusableSource(error, options.clock);
  }
}

class Repository implements Source {
  readonly conditionChanged = new Event<SourceCondition>();
  private readonly options: GitOptions;
  private readonly address: Address;
  private readonly git: Git;
  private readonly ending = new AbortController();
  private present: SourceCondition;
  private readonly looks = new Looks(() => this.lookOnce());
  private started = false;
  private cancelPoll = () => {};

  constructor(options: GitOptions, address: Address) {
    this.options = options;
    this.address = { ...address, credentials: null };
    this.git = new Git({
      ...options,
      owners: options.owners ?? (async () => []),
      cacheDirectory: path.resolve(options.cacheDirectory),
      credentials: credentialsOf(options, address),
    });
    const reason = `${address.url} was not looked at yet`;
    this.present = { state: 'waiting', reason, at: options.clock.now(), offer: null };
  }

  get condition(): SourceCondition {
    return this.present;
  }

  start(): void {
    if (this.started || this.stopped) return;
    this.started = true;
    this.lookSoon();
  }

  look(): Promise<SourceCondition> {
    return this.looks.next();
  }

  async find(wanted: string, signal: AbortSignal): Promise<Offer> {
    const refs = await this.listRefs(['--symref'], signal);
    const found = named(refs, wanted) ?? (await this.findCommit(wanted, signal));
    if (found === null) throw refUnknown(refs, wanted, this.address);
    return offerOf(found);
  }

  async fetch(options: FetchOptions): Promise<FetchedCommit> {
    const { version, signal, say = () => {} } = options;
    signal.throwIfAborted();
    if (!isCommit(version))
      throw new SlipwayError('version_invalid', {
        message: `${JSON.stringify(version)} is not a full commit of ${this.address.url}`,
        hint: 'a commit has 40 hexadecimal digits; what is live was left as it was',
        next: 'slipway deploy <app> --ref <branch, tag or commit>',
      });
    const { submodules, lfs, branch } = this.options;
    const subdirectory = this.options.subdirectory?.replace(/^(\.?\/)+|\/+$/g, '') || null;
    const mirror = new Mirror(this.git, this.address);
    const tree = await fetchCommitTree(mirror, {
      commit: version,
      subdirectory,
      submodules,
      lfs,
      signal,
      say,
    });
    return await fetchedCommit(tree, { subdirectory, lfs, branch, signal });
  }

  /** What is to be deployed is told by branches and tags, not by a list of commits. */
  async versions(): Promise<string[]> {
    return [];
  }

  stop(): void {
    this.cancelPoll();
    this.ending.abort(new Error('the source was stopped'));
  }

  private get stopped(): boolean {
    return this.ending.signal.aborted;
  }

  private lookSoon(): void {
    unawaited(this.look(), `the look at ${this.address.url}`);
  }

  private async lookOnce(): Promise<SourceCondition> {
    if (this.stopped) return this.present;
    this.cancelPoll();
    const finding = await this.finding();
    // It may have been stopped meanwhile.
    if (this.stopped) return this.present;
    if (this.started) this.cancelPoll = this.options.clock.after(this.options.pollMs, () => this.lookSoon());
    const { state, reason, offer } = this.present;
    if (isDeepStrictEqual(finding, { state, reason, offer })) return this.present;
    this.present = { ...finding, at: this.options.clock.now() };
    this.conditionChanged.emit(this.present);
    return this.present;
  }

  private async finding(): Promise<Omit<SourceCondition, 'at'>> {
    const { branch, tags } = this.options;
    try {
      // A repository whose HEAD is not asked for need not tell of pull requests either.
      const only = branch === null ? ['--symref'] : ['--heads', ...(tags.length > 0 ? ['--tags'] : [])];
      const found = followed(await this.listRefs(only, this.ending.signal), {
        branch,
        tags,
        address: this.address,
      });
      if ('missing' in found) return { state: 'waiting', reason: found.missing, offer: null };
      return { state: 'ok', reason: null, offer: offerOf(found) };
    } catch (error) {
      return { ...sightOfMissing(error, this.address), offer: null };
    }
  }

  private async listRefs(args: readonly string[], signal: AbortSignal): Promise<Refs> {
    return await this.git.listRefs(this.address, args, signal);
  }

  private async findCommit(wanted: string, signal: AbortSignal): Promise<FoundRef | null> {
    const digits = wanted.toLowerCase();
    if (!/^[0-9a-f]{4,64}$/.test(digits)) return null;
    const mirror = new Mirror(this.git, this.address);
    const work = { signal, say: () => {} };
    if (!isCommit(digits)) {
      const commit = await mirror.resolve(digits, work);
      return commit === null ? null : { commit, ref: wanted };
    }
    try {
      await mirror.ensure(digits, work);
      return { commit: digits, ref: wanted };
    } catch (error) {
      if (error instanceof SlipwayError && error.code === 'ref_unknown') return null;
      throw error;
    }
  }
}

/** A commit never changes, so there is nothing else to tell it by. */
function offerOf({ commit, ref }: FoundRef): Offer {
  const unused = { sha256: null, archive: null, upload: null, preCommands: [] };
  return { version: commit, hash: commit, commit, ref, ...unused };
}

/** The credentials of the configuration, else those of the URL; they are for the host of the URL alone. */
function credentialsOf({ token, username }: GitOptions, address: Address): Credentials | null {
  if (token === null || address.transport !== 'http') return address.credentials;
  const { protocol, host } = new URL(address.url);
  // Hosts that tell users by their token take any name.
  return {
    origin: `${protocol}//${host}`,
    username: username ?? (address.credentials?.username || 'x-access-token'),
    password: token,
  };
}
