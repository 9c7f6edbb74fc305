import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tar from 'tar';
import { writeFileDurable } from '../../src/kernel/index.ts';

const WEB = path.join(import.meta.dirname, '../fixtures/programs/web/server.js');

export interface OfferFile {
  version: string;
  hash?: string;
  pre_commands?: string[];
}

/** What a release of the program `web` does amiss; its server.js says what each does. */
export type Behaviour = Partial<
  Record<
    | 'WEB_START_DELAY_MS'
    | 'WEB_EXIT_AFTER_MS'
    | 'WEB_EXIT_STATUS'
    | 'WEB_KILL_AFTER_MS'
    | 'WEB_IGNORE_SIGTERM'
    | 'WEB_CHILD'
    | 'WEB_CLOSE_OUTPUT'
    | 'WEB_LINES'
    | 'WEB_STDERR'
    | 'WEB_CLOSE_AFTER_MS'
    | 'WEB_FAILS_EVERY'
    | 'WEB_ANSWER_AFTER_MS'
    | 'WEB_HEALTH',
    string | number
  >
>;

/** A local bucket in the layout of DeployEx, as a build machine would fill it. */
export class Bucket {
  readonly folder: string;
  readonly app: string;
  readonly currentFile: string;

  constructor(folder: string, app: string, environment = 'production') {
    this.folder = folder;
    this.app = app;
    this.currentFile = path.join(folder, 'versions', app, environment, 'current.json');
    fs.mkdirSync(path.join(folder, 'dist', app), { recursive: true });
    fs.mkdirSync(path.dirname(this.currentFile), { recursive: true });
  }

  archive(version: string): string {
    return path.join(this.folder, 'dist', this.app, `${this.app}-${version}.tar.gz`);
  }

  /** Puts a ready archive into the bucket. */
  put(version: string, archive: string): void {
    fs.copyFileSync(archive, this.archive(version));
  }

  /** Packs a release of the Node program in `fixtures/programs/web`; it is started by `node server.js`. */
  putProgram(version: string, behaviour: Behaviour = {}): void {
    this.putFiles(version, {
      'server.js': fs.readFileSync(WEB, 'utf8'),
      'package.json': `${JSON.stringify({ name: this.app, version, type: 'module' })}\n`,
      'behaviour.json': `${JSON.stringify(behaviour)}\n`,
    });
  }

  /** Packs a release of these files, each executable: path to content. */
  putFiles(version: string, files: Record<string, string | Buffer>): void {
    const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-stage-'));
    try {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(stage, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, content, { mode: 0o755 });
      }
      tar.create({ sync: true, gzip: true, portable: true, cwd: stage, file: this.archive(version) }, ['.']);
    } finally {
      fs.rmSync(stage, { recursive: true });
    }
  }

  /** Writes current.json with one rename, as a careful publisher does. */
  offer(offer: OfferFile): void {
    writeFileDurable(this.currentFile, `${JSON.stringify(offer)}\n`, { mode: 0o644 });
  }
}
