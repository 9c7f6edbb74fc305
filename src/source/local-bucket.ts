import { isDeepStrictEqual } from 'node:util';
import { type Clock, Event, nextTick, type Owners, unawaited } from '../kernel/index.ts';
import { LocalArchives } from './local-archives.ts';
import { fetchLocal } from './local-fetch.ts';
import { LocalOffer, type Observation } from './local-offer.ts';
import { Looks } from './looks.ts';
import type { Signing } from './signing.ts';
import {
  archiveOffer,
  type FetchedArchive,
  type FetchOptions,
  type Offer,
  type Source,
  type SourceCondition,
} from './source.ts';

interface LocalBucketOptions {
  /** An absolute path. Nothing need be there yet. */
  root: string;
  name: string;
  environment: string;
  /** Users whom it may belong to, beside root and the agent's own. Default: nobody. */
  owners?: (() => Promise<Owners>) | undefined;
  /** Null: nothing need be signed. */
  signing: Signing | null;
  /** How often to look although no event came. */
  pollMs: number;
  clock: Clock;
}

/**
 * A bucket that is a folder of this host. It looks at every event of the file system on the way to `current.json` and to
 * the archive that it names; the poll is the safety net for what inotify cannot tell (see `PathWatch`).
 */
export class LocalBucket implements Source {
  readonly conditionChanged = new Event<SourceCondition>();
  private readonly clock: Clock;
  private readonly root: string;
  private readonly pollMs: number;
  private readonly signing: Signing | null;
  private readonly archives: LocalArchives;
  private readonly offer: LocalOffer;
  private present: SourceCondition;
  private looked = false;
  private readonly looks = new Looks(() => this.lookOnce());
  private started = false;
  private stopped = false;
  private cancelPoll = () => {};
  private cancelNextLook = () => {};

  constructor(options: LocalBucketOptions) {
    const { clock, pollMs, root, name, environment, signing, owners = async () => [] } = options;
    this.clock = clock;
    this.root = root;
    this.pollMs = pollMs;
    this.signing = signing;
    this.archives = new LocalArchives({ root, name, owners });
    this.offer = new LocalOffer({ root, name, environment, signing, clock, archives: this.archives });
    this.present = {
      state: 'waiting',
      reason: `${root} was not looked at yet`,
      at: clock.now(),
      offer: null,
    };
  }

  get condition(): SourceCondition {
    return this.present;
  }

  start(): void {
    if (this.started || this.stopped) return;
    this.started = true;
    this.offer.watch(() => this.lookSoon());
    this.armPoll();
    this.lookSoon();
  }

  look(): Promise<SourceCondition> {
    return this.looks.next();
  }

  async find(version: string, signal: AbortSignal): Promise<Offer> {
    // Fetching says in words what is missing; what is known to be there is fetched by the deployment itself.
    if (!(await this.versions()).includes(version)) await this.fetch({ version, cacheDirectory: '', signal });
    return archiveOffer(version);
  }

  fetch(options: FetchOptions): Promise<FetchedArchive> {
    return fetchLocal(this.archives, { ...options, signing: this.signing });
  }

  versions(): Promise<string[]> {
    return this.archives.versions().catch(() => []);
  }

  stop(): void {
    this.stopped = true;
    this.cancelPoll();
    this.cancelNextLook();
    this.offer.close();
  }

  private lookSoon(): void {
    unawaited(this.look(), `the look at ${this.root}`);
  }

  private async lookOnce(): Promise<SourceCondition> {
    if (this.stopped) return this.present;
    this.cancelNextLook();
    const observation = await this.offer.look();
    // It may have been stopped meanwhile.
    if (this.stopped) return this.present;
    if (this.started && observation.lookAgainMs !== null)
      this.cancelNextLook = this.clock.after(observation.lookAgainMs, () => this.lookSoon());
    this.take(observation);
    return this.present;
  }

  private take(observation: Observation): void {
    if (observation.beingWritten === 'current.json' && this.looked) return;
    this.looked = true;
    const { state, reason, offer } = this.present;
    if (isDeepStrictEqual(observation.finding, { state, reason, offer })) return;
    this.present = { ...observation.finding, at: this.clock.now() };
    this.conditionChanged.emit(this.present);
  }

  private armPoll(): void {
    const now = this.clock.monotonicMs();
    this.cancelPoll = this.clock.after(nextTick(now, this.pollMs) - now, () =>
      unawaited(this.poll(), `the look at ${this.root}`),
    );
  }

  private async poll(): Promise<void> {
    try {
      if (!(await this.offer.hasChanged())) return;
      // No event told it, so what is watched may not be what is there.
      this.offer.expire();
      await this.look();
    } finally {
      if (!this.stopped) this.armPoll();
    }
  }
}
