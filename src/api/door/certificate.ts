import path from 'node:path';
import tls, { type SecureContext, type SecureContextOptions } from 'node:tls';
import { type Clock, FolderWatch, messageOf, readPlainFile } from '../../kernel/index.ts';

/** What a watch of the folders does not see, as a link elsewhere that leads to new files, is looked at so often. */
const LOOK_MS = 60_000;
/** A certificate and its key are two files, and one of them is written first. */
const SETTLE_MS = 200;

/** The certificate of a server, as its files have it. A bad one changes nothing and is told once. */
export class Certificate {
  private readonly files: { cert: string; key: string };
  private readonly onChange: (options: SecureContextOptions) => void;
  private readonly report: (message: string) => void;
  private readonly clock: Clock;
  private readonly watches: FolderWatch[] = [];
  private read: string | null = null;
  private works = false;
  private cancel: () => void = () => undefined;

  constructor(options: {
    files: { cert: string; key: string };
    clock: Clock;
    onChange: (options: SecureContextOptions) => void;
    report: (message: string) => void;
  }) {
    this.files = options.files;
    this.clock = options.clock;
    this.onChange = options.onChange;
    this.report = options.report;
    this.look();
    for (const folder of new Set(Object.values(this.files).map((file) => path.dirname(file))))
      this.watch(folder);
    this.lookLater(LOOK_MS);
  }

  look(): void {
    let found: { cert: string; key: string };
    try {
      found = {
        cert: readPlainFile(this.files.cert),
        key: readPlainFile(this.files.key),
      };
    } catch (error) {
      return this.refuse(`unreadable ${messageOf(error)}`, messageOf(error));
    }
    const read = `${found.cert}\n${found.key}`;
    if (read === this.read) return;
    try {
      contextOf(found);
    } catch (error) {
      return this.refuse(read, messageOf(error));
    }
    if (this.read !== null) this.report(`the certificate ${this.files.cert} was read again, and is in use`);
    this.read = read;
    this.works = true;
    this.onChange({ ...found, minVersion: 'TLSv1.2' });
  }

  close(): void {
    this.cancel();
    for (const watch of this.watches) watch.close();
  }

  private refuse(read: string, why: string): void {
    if (read === this.read) return;
    this.read = read;
    const meanwhile = this.works
      ? 'the one before it stays in use'
      : 'nobody can connect over TCP until it is mended';
    this.report(
      `the certificate ${this.files.cert} with the key ${this.files.key} cannot be used: ${why}; ${meanwhile}`,
    );
  }

  private watch(folder: string): void {
    try {
      this.watches.push(new FolderWatch(folder, () => this.lookLater(SETTLE_MS)));
    } catch {
      // There is no such folder yet: it is looked at from time to time.
    }
  }

  private lookLater(ms: number): void {
    this.cancel();
    this.cancel = this.clock.after(ms, () => {
      this.look();
      this.lookLater(LOOK_MS);
    });
  }
}

function contextOf({ cert, key }: { cert: string; key: string }): SecureContext {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key))
    throw new Error('the key is no PEM file of a private key');
  return tls.createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}
