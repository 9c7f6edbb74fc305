import { isDeepStrictEqual } from 'node:util';
import {
  type Clock,
  Event,
  nextTick,
  reasonOf,
  SlipwayError,
  sleep,
  unawaited,
  withDeadline,
} from '../kernel/index.ts';
import { Looks } from './looks.ts';
import { checkVersion } from './missing-archive.ts';
import { RemoteArchives } from './remote-archives.ts';
import { fetchRemote } from './remote-fetch.ts';
import { RemoteOffer, type Sight } from './remote-offer.ts';
import type { Signing } from './signing.ts';
import {
  archiveOffer,
  type FetchedArchive,
  type FetchOptions,
  type Offer,
  type Source,
  type SourceCondition,
} from './source.ts';
import type { ObjectStore } from './store/index.ts';

interface RemoteBucketOptions {
  store: ObjectStore;
  name: string;
  environment: string;
  pollMs: number;
  /** Null: nothing need be signed. */
  signing: Signing | null;
  patience?: Patience;
  clock: Clock;
}

export interface Patience {
  /** How old what is known of an archive may be while `current.json` is unchanged. */
  archiveMaxAgeMs: number;
  /** How long a `current.json` may be there before its signature is. */
  unsignedMs: number;
}

const PATIENCE: Patience = { archiveMaxAgeMs: 60_000, unsignedMs: 2000 };

/** A look is a few small requests. One that takes longer has failed. */
const LOOK_MS = 60_000;
const LIST_MS = 60_000;

/**
 * A bucket on a server. What is there is asked for at every poll. A server that is down is one condition, however it is down:
 * it is told once, and that it is back.
 */
export class RemoteBucket implements Source {
  readonly conditionChanged = new Event<SourceCondition>();
  private readonly clock: Clock;
  private readonly pollMs: number;
  private readonly signing: Signing | null;
  private readonly archives: RemoteArchives;
  private readonly offer: RemoteOffer;
  private readonly ending = new AbortController();
  private readonly looks = new Looks(() => this.lookOnce());
  private present: SourceCondition;
  private trouble: Sight['trouble'] = null;
  private thorough = false;
  private looked = false;
  private settlesInMs: number | null = null;
  private cancelNextLook = () => {};
  private started = false;
  private cancelPoll = () => {};

  constructor(options: RemoteBucketOptions) {
    const { store, name, clock, pollMs, signing, patience = PATIENCE } = options;
    this.clock = clock;
    this.pollMs = pollMs;
    this.signing = signing;
    this.archives = new RemoteArchives({ store, name });
    this.offer = new RemoteOffer({ ...options, ...patience, archives: this.archives });
    const reason = `${store.address} was not looked at yet`;
    this.present = { state: 'waiting', reason, at: clock.now(), offer: null };
  }

  get condition(): SourceCondition {
    return this.present;
  }

  start(): void {
    if (this.started || this.stopped) return;
    this.started = true;
    this.begin(this.poll());
  }

  async look(): Promise<SourceCondition> {
    this.thorough = true;
    await this.looks.next();
    // Who asks waits for what is in the middle of being published.
    if (this.settlesInMs !== null)
      await sleep(this.settlesInMs, { clock: this.clock, signal: this.ending.signal })
        .then(() => this.looks.next())
        .catch(() => undefined);
    return this.present;
  }

  async find(version: string, signal: AbortSignal): Promise<Offer> {
    checkVersion(version);
    if (await this.archives.find(version, signal)) return archiveOffer(version);
    throw await this.archives.missing(version, signal);
  }

  fetch(options: FetchOptions): Promise<FetchedArchive> {
    return fetchRemote(this.archives, { ...options, signing: this.signing, clock: this.clock });
  }

  async versions(): Promise<string[]> {
    return (await this.archives.versions(AbortSignal.timeout(LIST_MS)).catch(() => null)) ?? [];
  }

  stop(): void {
    this.cancelPoll();
    this.cancelNextLook();
    this.ending.abort(new Error('the source was stopped'));
  }

  private get stopped(): boolean {
    return this.ending.signal.aborted;
  }

  private async poll(): Promise<void> {
    try {
      await this.looks.next();
    } finally {
      if (!this.stopped) this.armPoll();
    }
  }

  private armPoll(): void {
    const now = this.clock.monotonicMs();
    this.cancelPoll = this.clock.after(nextTick(now, this.pollMs) - now, () => this.begin(this.poll()));
  }

  private begin(look: Promise<unknown>): void {
    unawaited(look, `the look at ${this.archives.store.address}`);
  }

  private async lookOnce(): Promise<SourceCondition> {
    if (this.stopped) return this.present;
    this.cancelNextLook();
    const { thorough } = this;
    this.thorough = false;
    const { clock } = this;
    const sight = await withDeadline({ ms: LOOK_MS, clock, signal: this.ending.signal }, (signal) =>
      this.offer.look({ thorough, signal }),
    ).catch(() => null);
    if (this.stopped || sight === null) return this.present;
    this.take(sight === 'late' ? late(this.archives.store, this.offer.key) : sight);
    return this.present;
  }

  private take({ finding, trouble, lookAgainMs }: Sight): void {
    this.settlesInMs = lookAgainMs;
    if (this.started && lookAgainMs !== null)
      this.cancelNextLook = this.clock.after(lookAgainMs, () => this.begin(this.looks.next()));
    // What is in the middle of being published is no reason to take back what was found before.
    if (lookAgainMs !== null && this.looked) return;
    this.looked = true;
    const wasDown = this.trouble === 'bucket_unreachable';
    this.trouble = trouble;
    if (wasDown && trouble === 'bucket_unreachable') return;
    const { state, reason, offer } = this.present;
    if (isDeepStrictEqual(finding, { state, reason, offer })) return;
    this.present = { ...finding, at: this.clock.now() };
    this.conditionChanged.emit(this.present);
  }
}

function late(store: ObjectStore, key: string): Sight {
  const error = new SlipwayError('bucket_unreachable', {
    message: `${store.address} cannot be reached: no answer in ${LOOK_MS / 1000} s`,
    hint: 'it is tried again; nothing was changed',
    next: store.showCommand(key),
  });
  return {
    finding: { state: 'error', reason: reasonOf(error), offer: null },
    trouble: 'bucket_unreachable',
    lookAgainMs: null,
  };
}
