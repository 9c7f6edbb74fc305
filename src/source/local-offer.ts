import type fs from 'node:fs';
import path from 'node:path';
import { type Clock, errnoOf } from '../kernel/index.ts';
import { endsWhole } from './archive-end.ts';
import { archiveFolderKey, archiveNames, currentKey, signatureOf } from './bucket-layout.ts';
import { CURRENT_JSON_MAX_BYTES, type Publication, parseCurrentJson } from './current-json.ts';
import { absenceOf, trouble } from './file-trouble.ts';
import type { LocalArchive, LocalArchives } from './local-archives.ts';
import { readSignature } from './local-signature.ts';
import { PathWatch } from './path-watch.ts';
import { Quietness } from './quietness.ts';
import { distrust } from './signed-publication.ts';
import type { Signing } from './signing.ts';
import { readSmallFile, type SmallFile } from './small-file.ts';
import type { SourceCondition } from './source.ts';
import { fileIdentity, stat } from './stat.ts';

/** What one look found. */
export interface Observation {
  finding: Omit<SourceCondition, 'at'>;
  /** What somebody seems to be in the middle of writing. Where it is `current.json`, the former finding still counts. */
  beingWritten: 'current.json' | 'archive' | null;
  /** When to look again although no event may come; null where there is no need. */
  lookAgainMs: number | null;
}

/**
 * A malformed `current.json`, or an archive without a recognisable end, counts as finished when it has been left alone
 * for this long. A good `current.json` never waits. (`jq ... > current.json` leaves an empty file until jq has run.)
 */
const QUIET_MS = 500;
/** The same for an archive that ends as its format ends; then also the time between two looks at one being written. */
const QUIET_WHOLE_MS = 50;
/** Two writes within one tick of a file system's clock (2 s at worst, FAT) leave the same time of modification. */
const MTIME_TICK_MS = 2000;

/** How long a `current.json` may be there before its signature is. */
const UNSIGNED_MS = 2000;

const ABSENT = 'absent';

/** Reads what a local bucket offers: `current.json`, then the archive that it names. */
export class LocalOffer {
  private readonly root: string;
  private readonly name: string;
  private readonly currentKey: string;
  private readonly currentFile: string;
  private readonly archives: LocalArchives;
  private readonly app: { name: string; environment: string };
  private readonly signing: Signing | null;
  private readonly currentQuietness: Quietness;
  private readonly archiveQuietness: Quietness;
  private currentWatch: PathWatch | null = null;
  private archiveWatch: PathWatch | null = null;
  private beingWritten: Observation['beingWritten'] = null;
  private eventWasPassedOver = false;
  private version: string | null = null;
  private seen: string | null = null;

  constructor(options: {
    root: string;
    name: string;
    environment: string;
    archives: LocalArchives;
    signing: Signing | null;
    clock: Clock;
  }) {
    this.root = options.root;
    this.name = options.name;
    this.app = { name: options.name, environment: options.environment };
    this.signing = options.signing;
    this.currentKey = currentKey(options.name, options.environment);
    this.currentFile = path.join(options.root, this.currentKey);
    this.archives = options.archives;
    this.currentQuietness = new Quietness(options.clock);
    this.archiveQuietness = new Quietness(options.clock);
  }

  /** Makes looks aim the watch from here on, which calls `onEvent` when another look is due. */
  watch(onEvent: () => void): void {
    this.currentWatch = new PathWatch(this.root, onEvent);
    this.archiveWatch = new PathWatch(this.root, () => {
      // Every write of a large copy is an event; the next look is due in a moment anyway.
      if (this.beingWritten === 'archive') this.eventWasPassedOver = true;
      else onEvent();
    });
  }

  /** Has the next look find anew what to watch. */
  expire(): void {
    this.currentWatch?.expire();
    this.archiveWatch?.expire();
  }

  close(): void {
    this.currentWatch?.close();
    this.archiveWatch?.close();
  }

  async look(): Promise<Observation> {
    this.seen = null;
    this.eventWasPassedOver = false;
    const sight = await this.lookAtCurrent();
    this.beingWritten = sight.beingWritten;
    // It came during this look, so what was found may be older, and nothing else would have it looked at again.
    if (this.eventWasPassedOver && sight.lookAgainMs === null) return { ...sight, lookAgainMs: 0 };
    return sight;
  }

  /** Whether times and sizes differ from what the last look saw; true, too, where that look ended with an error. */
  async hasChanged(): Promise<boolean> {
    return this.seen === null || this.seen !== (await this.stamp());
  }

  private async lookAtCurrent(): Promise<Observation> {
    let current: SmallFile;
    try {
      await this.currentWatch?.aim(this.withSignatures([this.currentKey]));
      current = await readSmallFile(this.currentFile, {
        maxBytes: CURRENT_JSON_MAX_BYTES,
        owners: await this.archives.owners(),
      });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return failed(trouble(error, this.currentFile));
      this.seen = ABSENT;
      return waiting(`nothing is published yet: ${await absenceOf(this.currentFile)}`);
    }
    const parsed = parseCurrentJson(current.bytes);
    if ('reason' in parsed) return this.malformed(current, parsed.reason);
    const distrusted = await this.distrust(current);
    if (distrusted !== null) return this.unbelieved(current, distrusted);
    return this.lookAtArchive(current, parsed.publication);
  }

  private malformed(current: SmallFile, reason: string): Observation {
    const quietMs = this.currentQuietness.ms(current.stat);
    if (quietMs >= QUIET_MS)
      return failed(`${this.currentFile} ${reason} (half written? It is read again when it changes)`);
    return {
      ...waiting(`${this.currentFile} is being written`),
      beingWritten: 'current.json',
      lookAgainMs: QUIET_MS - quietMs,
    };
  }

  private async distrust({ bytes }: SmallFile): Promise<string | null> {
    if (this.signing === null) return null;
    try {
      const signature = await readSignature(this.currentFile, await this.archives.owners());
      return await distrust({ bytes, signature, ...this.app }, this.signing);
    } catch (error) {
      return `is not believed: ${trouble(error, signatureOf(this.currentFile))}`;
    }
  }

  /** Its signature comes a moment after it, for the two cannot be put there at once. */
  private unbelieved(current: SmallFile, reason: string): Observation {
    const quietMs = this.currentQuietness.ms(current.stat);
    if (quietMs >= UNSIGNED_MS) return failed(`${this.currentFile} ${reason}`);
    return {
      ...waiting(`${this.currentFile} is being signed`),
      beingWritten: 'current.json',
      lookAgainMs: UNSIGNED_MS - quietMs,
    };
  }

  private async lookAtArchive(current: SmallFile, publication: Publication): Promise<Observation> {
    const { version } = publication;
    const published = `version ${version} is published, but`;
    this.version = version;
    try {
      await this.archiveWatch?.aim(
        this.withSignatures(
          archiveNames(this.name, version).map((file) => `${archiveFolderKey(this.name)}/${file}`),
        ),
      );
      const archive = await this.archives.findReadable(version);
      if (this.currentQuietness.ms(current.stat) > MTIME_TICK_MS)
        this.seen = await this.stampOf(current.stat, archive);
      if (!archive) return waiting(`${published} ${this.archives.absence(version)}`);
      if (archive.stat.size === 0) return waiting(`${published} ${archive.path} is empty`);
      if (!(await this.isWritten(archive)))
        return {
          ...waiting(`${published} ${archive.path} is still being written`),
          beingWritten: 'archive',
          lookAgainMs: QUIET_WHOLE_MS,
        };
      if (this.signing !== null && !(await fileAt(signatureOf(archive.path))))
        return waiting(`${published} its signature ${signatureOf(archive.path)} does not exist`);
      return offered(publication, archive);
    } catch (error) {
      this.seen = null;
      if (errnoOf(error) === 'ENOENT') return waiting(`${published} ${this.archives.absence(version)}`);
      return failed(`${published} ${trouble(error, this.archives.folder)}`);
    }
  }

  private async isWritten(archive: LocalArchive): Promise<boolean> {
    const quietMs = this.archiveQuietness.ms(archive.stat);
    if (quietMs < QUIET_WHOLE_MS) return false;
    return (
      quietMs >= QUIET_MS || (await endsWhole(archive.path, archive.stat.size, await this.archives.owners()))
    );
  }

  private async stamp(): Promise<string | null> {
    try {
      const current = await stat(this.currentFile);
      return await this.stampOf(
        current,
        this.version === null ? null : await this.archives.find(this.version),
      );
    } catch (error) {
      return errnoOf(error) === 'ENOENT' ? ABSENT : null;
    }
  }

  private async stampOf(current: fs.Stats, archive: LocalArchive | null): Promise<string> {
    const found = `${fileIdentity(current)} ${archive ? `${archive.path} ${fileIdentity(archive.stat)}` : ABSENT}`;
    if (this.signing === null) return found;
    const files = [this.currentFile, ...(archive ? [archive.path] : [])];
    const signatures = await Promise.all(files.map((file) => fileAt(signatureOf(file))));
    return [found, ...signatures.map((signature) => (signature ? fileIdentity(signature) : ABSENT))].join(
      ' ',
    );
  }

  private withSignatures(keys: string[]): string[] {
    return this.signing === null ? keys : keys.flatMap((key) => [key, signatureOf(key)]);
  }
}

async function fileAt(file: string): Promise<fs.Stats | null> {
  try {
    return await stat(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function waiting(reason: string): Observation {
  return { finding: { state: 'waiting', reason, offer: null }, beingWritten: null, lookAgainMs: null };
}

function failed(reason: string): Observation {
  return { finding: { state: 'error', reason, offer: null }, beingWritten: null, lookAgainMs: null };
}

function offered(publication: Publication, archive: LocalArchive): Observation {
  const { size: sizeBytes, mtimeMs } = archive.stat;
  const offer = { ...publication, ref: null, upload: null, archive: { sizeBytes, mtimeMs } };
  return { finding: { state: 'ok', reason: null, offer }, beingWritten: null, lookAgainMs: null };
}
