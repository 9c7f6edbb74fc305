import { createHash, generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, refuseStrangers, removeFileDurable, writeFileDurable } from '../kernel/index.ts';
import { EMPTY_RECORD, type GroupRecord, parseRecord } from './record.ts';
import { type Validity, validityOf } from './validity.ts';

/**
 * `<data>/acme`: account keys, and of each group `<id>.pem`, a certificate with those above it and its key, and `<id>.json`,
 * what is remembered. Each is written as a whole, with 0600, so that a certificate never has another's key.
 */
export class AcmeFolder {
  readonly directory: string;
  /** What was read, until it is written or read anew: `slipway status` asks for all of it. */
  private readonly known = {
    certificates: new Map<string, Validity | null>(),
    records: new Map<string, GroupRecord>(),
  };

  constructor(directory: string) {
    this.directory = directory;
  }

  /** @throws where somebody else could put something into it */
  prepare(): void {
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    fs.chmodSync(this.directory, 0o700);
    refuseStrangers(this.directory);
  }

  certificateFile(group: string): string {
    return path.join(this.directory, `${group}.pem`);
  }

  /** Null where there is none that can be read. */
  certificate(group: string): Validity | null {
    const known = this.known.certificates.get(group);
    if (known !== undefined) return known;
    const read = this.readCertificate(group);
    this.known.certificates.set(group, read);
    return read;
  }

  writeCertificate(group: string, { chain, key }: { chain: string; key: string }): void {
    this.known.certificates.delete(group);
    writeFileDurable(this.certificateFile(group), `${chain.trim()}\n${key.trim()}\n`);
  }

  record(group: string): GroupRecord {
    const known = this.known.records.get(group);
    if (known !== undefined) return known;
    const read = this.readRecord(group);
    this.known.records.set(group, read);
    return read;
  }

  writeRecord(group: string, record: GroupRecord): void {
    this.known.records.delete(group);
    writeFileDurable(path.join(this.directory, `${group}.json`), `${JSON.stringify(record)}\n`);
  }

  /** The key of the account with an authority: made when it is asked for first. */
  accountKey(directory: string): string {
    const name = `account-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}.key`;
    const known = this.read(name);
    if (known !== null) return known;
    const key = newKey();
    writeFileDurable(path.join(this.directory, name), key);
    return key;
  }

  /** Of groups that are no more, what is remembered and certificates that have expired. */
  forgetOthers(groups: readonly string[], nowMs: number): void {
    for (const name of this.names()) {
      const [, id = ''] = /^(.*)\.json$/.exec(name) ?? [];
      if (id === '' || groups.includes(id) || (this.certificate(id)?.untilMs ?? 0) > nowMs) continue;
      removeFileDurable(this.certificateFile(id));
      removeFileDurable(path.join(this.directory, name));
    }
  }

  /** Somebody may have changed something. */
  readAnew(): void {
    this.known.certificates.clear();
    this.known.records.clear();
  }

  private readCertificate(group: string): Validity | null {
    try {
      const pem = this.read(`${group}.pem`);
      return pem === null ? null : validityOf(pem);
    } catch {
      return null;
    }
  }

  private readRecord(group: string): GroupRecord {
    try {
      return parseRecord(this.read(`${group}.json`));
    } catch {
      // Nobody is asked before it could be written.
      return EMPTY_RECORD;
    }
  }

  private names(): string[] {
    try {
      return fs.readdirSync(this.directory);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  private read(name: string): string | null {
    try {
      return fs.readFileSync(path.join(this.directory, name), 'utf8');
    } catch (error) {
      // Anything else is no reason to make another one.
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}

/** A private key as PEM: P-256, which every browser and every authority takes. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
