import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { type Published, type PublishOptions, packFolder, publish } from '../../src/publish/index.ts';
import { openWritableStore, type WritableStore } from '../../src/source/index.ts';
import { temporaryFolder } from './temporary.ts';

/** A build machine: it packs files, and publishes them as versions of the app `demo`. */
export class Publisher {
  readonly folder = temporaryFolder();
  readonly store: WritableStore;
  /** What a person was told. */
  readonly said: string[] = [];
  private packed = 0;

  constructor(store?: WritableStore) {
    this.store = store ?? openWritableStore({ url: path.join(this.folder, 'bucket') });
  }

  file(key: string): string {
    return path.join(this.store.address, key);
  }

  /** `content`: text of the only file, or files with their contents. */
  async publish(
    version: string,
    content: string | Record<string, string | Buffer>,
    options: Partial<PublishOptions> = {},
  ): Promise<Published> {
    const { signal = neverAborted() } = options;
    const tree = this.tree(typeof content === 'string' ? { 'server.js': content } : content);
    const scratch = path.join(this.folder, `scratch-${this.packed}`);
    fs.mkdirSync(scratch);
    const { file } = await packFolder(tree, { into: scratch, signal });
    // It is unpacked by way of trial elsewhere.
    const bytes = fs.readFileSync(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const candidate = { file, suffix: '.tar.gz', sizeBytes: bytes.length, sha256, notes: [] } as const;
    return await publish({
      ...{ store: this.store, app: 'demo', environment: 'production', version, candidate },
      ...{ preCommands: [], keep: null, force: false, dryRun: false, signingKey: null, clock: systemClock },
      progress: { sending: () => undefined, sent: () => undefined, say: (line) => this.said.push(line) },
      ...options,
      signal,
    });
  }

  /** A folder of these files. */
  tree(files: Record<string, string | Buffer>): string {
    const tree = path.join(this.folder, `tree-${++this.packed}`);
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(tree, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
    }
    return tree;
  }

  current(environment = 'production'): Record<string, unknown> {
    return JSON.parse(fs.readFileSync(this.file(`versions/demo/${environment}/current.json`), 'utf8'));
  }

  archives(): string[] {
    return fs.readdirSync(this.file('dist/demo')).sort();
  }
}

function neverAborted(): AbortSignal {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  return controller.signal;
}
