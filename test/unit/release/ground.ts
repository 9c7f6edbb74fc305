import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { SlipwayError } from '../../../src/kernel/index.ts';
import { type UnpackOptions, unpack } from '../../../src/release/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { treeLines } from '../../support/tree.ts';

/** A folder for one archive: `release/` to unpack into, and beside it a file that must never change. */
export class Ground {
  readonly folder = fs.realpathSync(temporaryFolder());
  readonly archive = path.join(this.folder, 'app.archive');
  readonly sentinel = path.join(this.folder, 'outside/sentinel');
  readonly releases = path.join(this.folder, 'release');
  readonly into = path.join(this.releases, 'deployment_1.1.0.0');

  /** What lies in the folder before anything is unpacked. */
  readonly contents: string[];

  constructor(archive?: Buffer) {
    fs.mkdirSync(path.dirname(this.sentinel));
    fs.writeFileSync(this.sentinel, 'untouched');
    fs.mkdirSync(this.releases);
    if (archive) fs.writeFileSync(this.archive, archive);
    this.contents = fs.readdirSync(this.folder).sort();
  }

  unpack(options: Partial<UnpackOptions> = {}) {
    return unpack({ archive: this.archive, into: this.into, ...options });
  }

  /** Unpacks and expects a failure that leaves everything as it was; the error. */
  async unpackInVain(options: Partial<UnpackOptions> = {}): Promise<SlipwayError> {
    const before = treeLines(this.folder);
    const error = await this.unpack(options).then(
      () => assert.fail('it was unpacked'),
      (thrown: SlipwayError) => thrown,
    );
    assert.deepEqual(withoutTimes(treeLines(this.folder)), withoutTimes(before));
    return error;
  }
}

/** Directories without their times: a temporary directory came and went in one of them. */
function withoutTimes(lines: string[]): string[] {
  return lines.map((line) => line.replace(/ directory (\d+) \d+$/, ' directory $1'));
}
