import { type Clock, type ErrorCode, reasonOf, SlipwayError } from '../kernel/index.ts';
import { currentKey, signatureOf } from './bucket-layout.ts';
import { CURRENT_JSON_MAX_BYTES, type Publication, parseCurrentJson } from './current-json.ts';
import type { RemoteArchive, RemoteArchives } from './remote-archives.ts';
import { distrust } from './signed-publication.ts';
import { SIGNATURE_MAX_BYTES, type Signing } from './signing.ts';
import type { Offer, SourceCondition } from './source.ts';
import { bytesOf } from './store/index.ts';

type Finding = Omit<SourceCondition, 'at'>;

/** What one look found; `trouble` where nothing could be told because of that. */
export interface Sight {
  finding: Finding;
  trouble: ErrorCode | null;
  /** When to look again, where somebody seems to be in the middle of publishing; the former finding still counts then. */
  lookAgainMs: number | null;
}

interface Published {
  tag: string;
  bytes: Uint8Array;
  parsed: { publication: Publication } | { reason: string };
  /** When it was seen first, on the monotonic clock. */
  seenMs: number;
  /** Whether its signature was found good, or none is needed. */
  isBelieved: boolean;
}

interface FoundArchive extends RemoteArchive {
  isSigned: boolean;
}

class BeingSigned extends Error {
  readonly leftMs: number;

  constructor(where: string, leftMs: number) {
    super(`${where} is being signed`);
    this.leftMs = leftMs;
  }
}

/**
 * Reads what a bucket on a server offers: `current.json`, then the archive that it names. Where both are known and `current.json`
 * is unchanged, the archive is looked at from time to time only, so that a look costs one small request.
 */
export class RemoteOffer {
  /** Of `current.json`. */
  readonly key: string;
  private readonly archives: RemoteArchives;
  private readonly clock: Clock;
  /** How old what is known of the archive may be. */
  private readonly archiveMaxAgeMs: number;
  private readonly unsignedMs: number;
  private readonly signing: Signing | null;
  private readonly app: { name: string; environment: string };
  private published: Published | null = null;
  private archive: { of: Published; found: FoundArchive; atMs: number } | null = null;

  constructor(options: {
    name: string;
    environment: string;
    archives: RemoteArchives;
    clock: Clock;
    signing: Signing | null;
    archiveMaxAgeMs: number;
    unsignedMs: number;
  }) {
    const { name, environment } = options;
    this.app = { name, environment };
    this.signing = options.signing;
    this.unsignedMs = options.unsignedMs;
    this.key = currentKey(name, environment);
    this.archives = options.archives;
    this.clock = options.clock;
    this.archiveMaxAgeMs = options.archiveMaxAgeMs;
  }

  async look({ thorough, signal }: { thorough: boolean; signal: AbortSignal }): Promise<Sight> {
    try {
      return { finding: await this.finding(thorough, signal), trouble: null, lookAgainMs: null };
    } catch (error) {
      if (error instanceof BeingSigned)
        return { finding: waiting(error.message), trouble: null, lookAgainMs: error.leftMs };
      return {
        finding: { state: 'error', reason: reasonOf(error), offer: null },
        trouble: error instanceof SlipwayError ? error.code : 'failed',
        lookAgainMs: null,
      };
    }
  }

  private async finding(thorough: boolean, signal: AbortSignal): Promise<Finding> {
    const { store } = this.archives;
    const published = await this.readPublished(signal);
    const where = store.addressOf(this.key);
    if (!published) return waiting(`nothing is published yet: ${where} does not exist`);
    if ('reason' in published.parsed)
      return failed(`${where} ${published.parsed.reason} (it is read again when it changes)`);
    const distrusted = await this.distrust(published, signal);
    if (distrusted !== null) return failed(`${where} ${distrusted}`);
    const { publication } = published.parsed;
    const archive = await this.findArchive(published, publication.version, { thorough, signal });
    const but = `version ${publication.version} is published, but`;
    if (!archive) return waiting(`${but} ${this.archives.absence(publication.version)}`);
    if (archive.stat.sizeBytes === 0) return waiting(`${but} ${store.addressOf(archive.key)} is empty`);
    const signature = signatureOf(archive.key);
    if (this.signing !== null && !archive.isSigned)
      return waiting(`${but} its signature ${store.addressOf(signature)} does not exist`);
    return { state: 'ok', reason: null, offer: offerOf(publication, archive) };
  }

  private async readPublished(signal: AbortSignal): Promise<Published | null> {
    const read = await this.archives.store.get(this.key, {
      maxBytes: CURRENT_JSON_MAX_BYTES,
      unlessTag: this.published?.tag ?? null,
      signal,
    });
    if (read !== 'unchanged')
      this.published = read && {
        tag: read.tag,
        bytes: read.bytes,
        parsed: parseCurrentJson(read.bytes),
        seenMs: this.clock.monotonicMs(),
        isBelieved: this.signing === null,
      };
    return this.published;
  }

  /** @throws BeingSigned: its signature comes a moment after it, for the two cannot be put there at once */
  private async distrust(published: Published, signal: AbortSignal): Promise<string | null> {
    const { store } = this.archives;
    if (published.isBelieved || this.signing === null) return null;
    const maxBytes = SIGNATURE_MAX_BYTES;
    const signature = await store.get(signatureOf(this.key), { maxBytes, signal });
    const reason = await distrust(
      { bytes: published.bytes, signature: bytesOf(signature), ...this.app },
      this.signing,
    );
    published.isBelieved = reason === null;
    const leftMs = published.seenMs + this.unsignedMs - this.clock.monotonicMs();
    if (reason !== null && leftMs > 0) throw new BeingSigned(store.addressOf(this.key), leftMs);
    return reason;
  }

  private async findArchive(
    of: Published,
    version: string,
    { thorough, signal }: { thorough: boolean; signal: AbortSignal },
  ): Promise<FoundArchive | null> {
    const atMs = this.clock.monotonicMs();
    const known = this.archive;
    if (known?.of === of && !thorough && atMs - known.atMs < this.archiveMaxAgeMs) return known.found;
    const archive = await this.archives.find(version, signal);
    const isSigned =
      archive !== null &&
      this.signing !== null &&
      (await this.archives.store.stat(signatureOf(archive.key), signal)) !== null;
    const found = archive && { ...archive, isSigned };
    const isWhole = found !== null && (isSigned || this.signing === null);
    // What is incomplete is looked at again with the next look.
    this.archive = isWhole ? { of, found, atMs } : null;
    return found;
  }
}

function waiting(reason: string): Finding {
  return { state: 'waiting', reason, offer: null };
}

function failed(reason: string): Finding {
  return { state: 'error', reason, offer: null };
}

function offerOf(publication: Publication, { stat }: RemoteArchive): Offer {
  const archive = { sizeBytes: stat.sizeBytes, mtimeMs: stat.modifiedMs };
  return { ...publication, ref: null, upload: null, archive };
}
