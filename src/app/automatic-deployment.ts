import { type AppContext, type Caller, type DeploymentQueue, setPin } from '../deployment/index.ts';
import { type DeploymentKind, type DeploymentRow, HASH_UNKNOWN, type Tables } from '../journal/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import { shortVersion } from '../release/index.ts';
import { isOlderTag, type Offer } from '../source/index.ts';
import {
  decideAutomatic,
  isActedOn,
  isGivenUp,
  isUnreached,
  type OfferIdentity,
} from './automatic-decision.ts';
import { checkVersion } from './choice.ts';

const AUTOMATIC: Caller = { trigger: 'auto', actor: 'slipway' };
/** What could not be fetched is tried again after so long, and then after twice as long each time. */
const AGAIN_MIN_MS = 5000;
const AGAIN_MAX_MS = 1_800_000;

/** Deploys what the source offers, and what a person may say to that: pinned and ghosted versions. */
export class AutomaticDeployment {
  private readonly context: AppContext;
  private readonly queue: DeploymentQueue;
  private readonly kind: DeploymentKind;
  private unsubscribe: (() => void)[] = [];
  private detached = false;
  private holds = 0;
  /** The deployment after whose failure another attempt is due, or will be. */
  private again: { after: number; isDue: boolean; cancel: () => void } | null = null;

  constructor(options: { context: AppContext; queue: DeploymentQueue; kind: DeploymentKind }) {
    this.context = options.context;
    this.queue = options.queue;
    this.kind = options.kind;
  }

  /** Watches the source that the context has now. */
  watch(): void {
    const { source, journal, id, log, tell } = this.context;
    for (const off of this.unsubscribe) off();
    this.unsubscribe = [
      source.conditionChanged.on(({ reason, offer }) => {
        // What could not be reached has answered again.
        if (this.again) this.again.isDue = true;
        if (reason !== null) log({ type: 'source', message: `${id}: ${reason}` });
        else tell({ type: 'source', message: `${id} is offered ${offer?.version ?? 'nothing'}` });
        this.consider();
      }),
      journal.troubled.on((why) => {
        if (why !== null) return;
        this.queue.beginNext();
        this.consider();
      }),
    ];
    source.start();
    this.consider();
  }

  detach(): void {
    this.detached = true;
    this.again?.cancel();
    for (const off of this.unsubscribe) off();
    this.context.source.stop();
  }

  /** Begins nothing while a person's deploy is looked at, whose own look may find the offer, and considers it afterwards. */
  async holdDuring<T>(work: () => Promise<T>): Promise<T> {
    this.holds += 1;
    try {
      return await work();
    } finally {
      this.holds -= 1;
      this.consider();
    }
  }

  /** Looks whether to act on what the source has now. */
  consider(): void {
    if (this.detached || this.holds > 0 || this.context.journal.damage) return;
    this.learnHash();
    const offer = this.next();
    if (!offer) return;
    const { id, log } = this.context;
    try {
      this.queue.add({ kind: this.kind, offer, caller: AUTOMATIC, release: null }, (tables) =>
        this.recordActedOn(tables, offer),
      );
    } catch (error) {
      log({
        type: 'deployment.refused',
        message: `${id}: ${offer.version} was not begun: ${messageOf(error)}`,
      });
    }
  }

  /** Of a version that is known to run by the disk alone: from here on another hash is another offer. */
  private learnHash(): void {
    const { source, journal, key, id } = this.context;
    const { offer } = source.condition;
    const app = journal.tables.app(key);
    if (!offer || app?.actedHash !== HASH_UNKNOWN || app.actedVersion !== offer.version) return;
    journal.writeSoon(`${id}: ${offer.version} is what runs`, (tables) => {
      this.recordActedOn(tables, offer);
      if (app.live !== null) tables.updateRelease(key, app.live, { hash: offer.hash });
    });
  }

  /** What it deploys as soon as nothing holds it. */
  next(): Offer | null {
    const { source, journal, key, configuration } = this.context;
    const { offer } = source.condition;
    const app = journal.tables.app(key);
    if (!offer || !app) return null;
    const last = this.lastOf(offer);
    const decision = decideAutomatic({
      auto: configuration.auto,
      offer: identityOf(offer),
      app,
      ghosts: journal.tables.ghosts(key),
      last,
      behind: this.newerTag(offer),
    });
    const again = !decision.deploy && decision.again && last ? this.isAnotherDue(last) : false;
    return decision.deploy || again ? offer : null;
  }

  /** Whether the attempt after one that could not fetch is due; it is looked at again when it is. */
  private isAnotherDue(failed: DeploymentRow): boolean {
    if (this.again?.after === failed.id) return this.again.isDue;
    this.again?.cancel();
    const { journal, key, clock } = this.context;
    const rows = journal.tables.deployments(key, 50).filter(({ version }) => version === failed.version);
    const successes = rows.findIndex(({ errorCode }) => !isUnreached(errorCode));
    const failures = successes === -1 ? rows.length : successes;
    const again = {
      after: failed.id,
      isDue: false,
      cancel: clock.after(Math.min(AGAIN_MAX_MS, AGAIN_MIN_MS * 2 ** Math.max(0, failures - 1)), () => {
        again.isDue = true;
        this.consider();
      }),
    };
    this.again = again;
    return false;
  }

  /** The newer tag that was deployed before this one, where the offer is a tag that goes back behind it. */
  private newerTag({ ref }: Offer): string | null {
    const { journal, key, configuration } = this.context;
    const { source } = configuration;
    if (source.type !== 'git' || source.tags.length === 0 || ref === null) return null;
    const former = journal.tables
      .deployments(key, 50)
      .find(({ kind, state, offer }) => offer.ref !== null && kind !== 'rollback' && !NEVER_BEGUN.has(state));
    const tag = former?.offer.ref ?? null;
    return tag !== null && isOlderTag(ref, tag, source.tags) ? tag : null;
  }

  /** The deployment of what the source has now, where that did not go live and is not tried again before it changes. */
  tried(): DeploymentRow | null {
    const { source, journal, key } = this.context;
    const { offer } = source.condition;
    const app = journal.tables.app(key);
    if (!offer || !app || !isActedOn(app, offer)) return null;
    const last = this.lastOf(offer);
    return last && isGivenUp(last) ? last : null;
  }

  private lastOf(offer: Offer): DeploymentRow | null {
    const { journal, key } = this.context;
    const rows = journal.tables.deployments(key, 50);
    return rows.find((row) => row.version === offer.version && row.hash === offer.hash) ?? null;
  }

  /** The offer is dealt with: it is not acted upon again until it changes. */
  recordActedOn(tables: Tables, offer: Offer): void {
    const { version, hash, archive } = identityOf(offer);
    tables.updateApp(this.context.key, {
      actedVersion: version,
      actedHash: hash,
      actedArchive: archive,
    });
  }

  /** The present offer counts as new again, unless it failed. */
  recordLookAgain(tables: Tables): void {
    const { key } = this.context;
    const app = tables.app(key);
    if (!app) return;
    const { actedVersion, actedHash } = app;
    const last = tables
      .deployments(key, 50)
      .find((row) => row.version === actedVersion && row.hash === actedHash);
    const release = tables.release(key, app.live ?? 0);
    const isLive = release?.version === actedVersion && release?.hash === actedHash;
    if (!isLive && last?.state !== 'failed' && last?.state !== 'rolled_back')
      tables.updateApp(key, { actedVersion: null, actedHash: null });
  }

  pin(given: string, caller: Caller): string {
    checkVersion(given);
    const version = this.wholeVersion(given);
    const { journal, key, id } = this.context;
    journal.decide(`${id}: pinned to ${version} by ${caller.actor}`, (tables) => {
      setPin(tables, key, version);
      this.queue.dropAutomatic(tables, `pinned to ${version}`);
    });
    this.tell('pinned', `pinned to ${version}`, caller);
    return `${id} is pinned to ${version}: automatic deployment waits. To make that version live: slipway deploy ${id} --version ${version}`;
  }

  unpin(caller: Caller): string {
    const { journal, key, id } = this.context;
    const pinned = journal.tables.app(key)?.pinned ?? null;
    if (pinned === null) return `${id} was not pinned`;
    journal.decide(`${id}: unpinned by ${caller.actor}`, (tables) => {
      setPin(tables, key, null);
      this.recordLookAgain(tables);
    });
    this.tell('unpinned', `no longer pinned to ${pinned}`, caller);
    this.consider();
    return `${id} is no longer pinned to ${pinned}: automatic deployment goes on`;
  }

  ghost(given: string, caller: Caller): string {
    checkVersion(given);
    const version = this.wholeVersion(given);
    const { journal, key, id, clock, source } = this.context;
    const { offer } = source.condition;
    journal.decide(`${id}: ${version} ghosted by ${caller.actor}`, (tables) => {
      tables.addGhost({
        ...key,
        version,
        hash: offer?.version === version ? offer.hash : null,
        reason: `ghosted by ${caller.actor}`,
        at: clock.now(),
      });
      this.queue.dropAutomatic(tables, `${version} was ghosted`, version);
    });
    this.tell('ghosted', `${version} is ghosted`, caller);
    return `${version} of ${id} is ghosted: automatic deployment will not try it`;
  }

  /** @throws SlipwayError `version_invalid` */
  unghost(given: string, caller: Caller): string {
    const version = this.wholeVersion(given);
    const { journal, key, id } = this.context;
    if (!journal.tables.ghosts(key).some((ghost) => ghost.version === version))
      throw new SlipwayError('version_invalid', {
        message: `${shortVersion(version)} of ${id} is not ghosted; nothing was changed`,
        next: `slipway status ${id}`,
      });
    journal.decide(`${id}: ${version} un-ghosted by ${caller.actor}`, (tables) => {
      tables.removeGhosts(key, version);
      if (tables.app(key)?.actedVersion === version)
        tables.updateApp(key, { actedVersion: null, actedHash: null });
    });
    this.tell('unghosted', `${version} is no longer ghosted`, caller);
    this.consider();
    return `${version} of ${id} is no longer ghosted: automatic deployment may try it`;
  }

  private tell(what: string, message: string, { actor }: Caller): void {
    this.context.tell({ type: `version.${what}`, message: `${this.context.id}: ${message} (${actor})` });
  }

  /** A commit goes by its first digits as well, where they are those of one that is known. */
  private wholeVersion(given: string): string {
    const { journal, key, source } = this.context;
    const known = [
      ...journal.tables.deployments(key).map(({ version }) => version),
      ...journal.tables.ghosts(key).map(({ version }) => version),
      ...(source.condition.offer ? [source.condition.offer.version] : []),
    ];
    const meant = new Set(known.filter((version) => isShortOf(given, version)));
    return meant.size === 1 ? ([...meant][0] ?? given) : given;
  }
}

/** Nothing of it was live. */
const NEVER_BEGUN = new Set<DeploymentRow['state']>(['queued', 'superseded', 'cancelled']);

function isShortOf(given: string, version: string): boolean {
  return given.length >= 4 && version.startsWith(given) && shortVersion(version) !== version;
}

function identityOf(offer: Offer): OfferIdentity {
  const { version, hash, archive } = offer;
  return { version, hash, archive: archive && `${archive.sizeBytes}:${archive.mtimeMs}` };
}
