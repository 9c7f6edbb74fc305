import fs from 'node:fs';
import path from 'node:path';
import { removeFileDurable, writeFileDurable } from '../kernel/index.ts';
import type { Installation } from './installation.ts';

/** An update that is going on: written before its first effect, removed after its last one. */
export interface UpdateRecord {
  from: string;
  to: string;
  /** `back`: the new version did not answer. */
  direction: 'forth' | 'back';
  /** A copy of the journal as the former version left it; null where the new one does not change its form. */
  journalCopy: string | null;
}

const fileOf = ({ base }: Installation) => path.join(base, '.update.json');

/** Null where none is going on, and none was cut off. */
export function readRecord(installation: Installation): UpdateRecord | null {
  const file = fileOf(installation);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as UpdateRecord) : null;
}

export function writeRecord(installation: Installation, record: UpdateRecord): void {
  writeFileDurable(fileOf(installation), `${JSON.stringify(record)}\n`);
}

export function removeRecord(installation: Installation): void {
  removeFileDurable(fileOf(installation));
}
