import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/kernel/index.ts';
import { bucket, type Signing, type Source, type SourceCondition } from '../../../src/source/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

export const APP = 'demo';
export const ENVIRONMENT = 'prod';
export const CURRENT_KEY = `versions/${APP}/${ENVIRONMENT}/current.json`;

export function archiveKey(version: string, suffix = '.tar.gz'): string {
  return `dist/${APP}/${APP}-${version}${suffix}`;
}

/** Bytes that end as a tar.gz ends, each time different ones. */
export function someArchive(sizeBytes = 4096): Buffer {
  return zlib.gzipSync(randomBytes(Math.ceil(sizeBytes / 512) * 512), { level: 1 });
}

/** A bucket that is a folder; it is not there before something is put into it. */
export class LocalBed {
  readonly root: string;

  constructor(root = path.join(temporaryFolder(), 'bucket')) {
    this.root = root;
  }

  file(key: string): string {
    return path.join(this.root, key);
  }

  /** Whole at once, as a careful publisher does. */
  async put(key: string, content: string | Uint8Array): Promise<void> {
    const file = this.file(key);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.part`, content);
    fs.renameSync(`${file}.part`, file);
  }

  /** An archive that has been there for a long time. */
  putOld(key: string, content: string | Uint8Array): void {
    const file = this.file(key);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    fs.utimesSync(file, 1_700_000_000, 1_700_000_000);
  }

  publish(fields: object): Promise<void> {
    return this.put(CURRENT_KEY, JSON.stringify(fields));
  }

  async remove(key: string): Promise<void> {
    fs.rmSync(this.file(key), { recursive: true });
  }

  source(options: { clock?: Clock; pollMs?: number; url?: string; signing?: Signing } = {}): Source {
    const { clock = systemClock, pollMs = 3_600_000, url = this.root, signing = null } = options;
    const source = bucket({ url, name: APP, environment: ENVIRONMENT, signing, pollMs, clock });
    onTestFinished(() => source.stop());
    return source;
  }
}

/** Resolves with the first condition, the present one included, that is so. The test's own deadline ends it. */
export function becomes(
  source: Source,
  isSo: (condition: SourceCondition) => boolean,
): Promise<SourceCondition> {
  if (isSo(source.condition)) return Promise.resolve(source.condition);
  return new Promise((resolve) => {
    const off = source.conditionChanged.on((condition) => {
      if (!isSo(condition)) return;
      off();
      resolve(condition);
    });
  });
}

export function offers(source: Source, version: string): Promise<SourceCondition> {
  return becomes(source, ({ offer }) => offer?.version === version);
}

export function isError(condition: SourceCondition): boolean {
  return condition.state === 'error';
}

/** Everything that the source tells from here on. */
export function record(source: Source): SourceCondition[] {
  const told: SourceCondition[] = [];
  source.conditionChanged.on((condition) => told.push(condition));
  return told;
}
