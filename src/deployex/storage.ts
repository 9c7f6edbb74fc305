import fs from 'node:fs';
import path from 'node:path';
import { closing, errnoOf, isVersion, openOwned, readLink } from '../kernel/index.ts';
import { Atom, atom, decode, type Term, TermMap, textOf } from '../otp/index.ts';

/** What DeployEx has written down of one app, in `<its data>/storage/<app>/deployex`: a term in each file, named after the time. */
export interface DeployexStorage {
  /** Oldest first. */
  history: VersionRecord[];
  ghosted: VersionRecord[];
  /** The version that a person chose; null where it deploys by itself. */
  pinned: string | null;
  /** Files that hold no such term. */
  unreadable: string[];
}

/** Each instance that gets a version has a record of it. */
export interface VersionRecord {
  version: string;
  hash: string | null;
  preCommands: string[];
  kind: 'full' | 'hot';
  /** Versions from 0.9 on write it down; else null. */
  outcome: string | null;
  /** Milliseconds since the epoch. */
  at: number;
}

const FILE_MAX_BYTES = 64 * 1024;
const FILES_MAX = 20_000;

export function readStorage(dataFolder: string, app: string): DeployexStorage {
  const folder = path.join(dataFolder, 'storage', app, 'deployex');
  const unreadable: string[] = [];
  const records = (name: string) =>
    termsIn(path.join(folder, name), unreadable)
      .flatMap(({ file, term }) => {
        const record = recordOf(term);
        if (!record) unreadable.push(file);
        return record ?? [];
      })
      .sort((a, b) => a.at - b.at);
  const [config] = termsIn(path.join(folder, 'config'), unreadable);
  const pinned = pinnedBy(config?.term);
  return { history: records('history'), ghosted: records('ghosted'), pinned, unreadable };
}

function pinnedBy(config: Term | undefined): string | null {
  if (!(config instanceof TermMap) || config.get(atom('mode')) !== atom('manual')) return null;
  const chosen = config.get(atom('manual_version'));
  return chosen === undefined ? null : (recordOf(chosen)?.version ?? null);
}

/** Its folder belongs to its own user: no link of theirs is followed, and what a file claims costs no more than the file. */
function termsIn(folder: string, unreadable: string[]): { file: string; term: Term }[] {
  let names: string[];
  try {
    names = fs.readdirSync(folder).filter((name) => name.endsWith('.term'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
    throw error;
  }
  return names
    .sort()
    .slice(-FILES_MAX)
    .flatMap((name) => {
      const file = path.join(folder, name);
      try {
        return { file, term: decode(readSmall(file), { maxInflatedBytes: FILE_MAX_BYTES }) };
      } catch {
        unreadable.push(file); // a full disk leaves files of 0 bytes
        return [];
      }
    });
}

/** What DeployEx's own user may have put there: no link, and nothing large. */
export function readSmall(file: string): Buffer {
  if (readLink(file) !== null) throw new Error(`${file} is a link`);
  const fd = openOwned(file, null);
  using _ = closing(fd);
  const stat = fs.fstatSync(fd);
  if (!stat.isFile() || stat.size > FILE_MAX_BYTES) throw new Error(`${file} is no small file`);
  return fs.readFileSync(fd);
}

function recordOf(term: Term): VersionRecord | null {
  if (!(term instanceof TermMap)) return null;
  const version = stringOf(term.get(atom('version')));
  if (version === null || !isVersion(version)) return null;
  const commands = term.get(atom('pre_commands'));
  const outcome = term.get(atom('outcome'));
  return {
    version,
    hash: stringOf(term.get(atom('hash'))),
    preCommands: Array.isArray(commands) ? commands.map((each: Term) => stringOf(each) ?? '') : [],
    kind: term.get(atom('deployment')) === atom('hot_upgrade') ? 'hot' : 'full',
    outcome: outcome instanceof Atom && outcome !== atom('nil') ? stringOf(outcome) : null,
    at: timeOf(term.get(atom('inserted_at'))),
  };
}

function stringOf(term: Term | undefined): string | null {
  if (term === undefined || term === atom('nil')) return null;
  return textOf(term);
}

/** A NaiveDateTime, which is UTC; 0 where it is none. */
function timeOf(term: Term | undefined): number {
  if (!(term instanceof TermMap)) return 0;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = [
    ...['year', 'month', 'day', 'hour', 'minute', 'second'],
  ].map((name) => {
    const value = term.get(atom(name));
    return typeof value === 'number' ? value : 0;
  });
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isFinite(at) && at > 0 ? at : 0;
}
