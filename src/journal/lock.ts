import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { errnoOf, messageOf, refuseOthers, SlipwayError } from '../kernel/index.ts';

/**
 * Holds `<data>/agent.lock` until the process ends. Node has no flock(2): an exclusive SQLite transaction is a lock of
 * the kernel's (fcntl(2)) that dies with its owner, however it dies.
 * @throws SlipwayError `agent_running`, `permission` where others may write to the directory, or have made it
 */
export function lockDataDirectory(dataDirectory: string): { release(): void } {
  const file = path.join(dataDirectory, 'agent.lock');
  const pidFile = path.join(dataDirectory, 'agent.pid');
  const database = openLock(file);
  try {
    fs.chmodSync(file, 0o600);
    // The lock's own journal is in memory: a full disk must not keep the agent from starting.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (errnoOf(error) !== 'SQLITE_BUSY') throw error;
    const pid = readPid(pidFile);
    throw new SlipwayError('agent_running', {
      message: `another agent${pid === null ? '' : ` (pid ${pid})`} holds ${dataDirectory}`,
      hint: 'nothing was changed',
      next: 'slipway status',
    });
  }
  try {
    fs.writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // Only the message above misses it.
  }
  return { release: () => database.close() };
}

function openLock(file: string): Database.Database {
  const directory = path.dirname(file);
  try {
    makePrivate(directory);
    // Ours alone from its first moment: whoever may open it may lock it, and keep every agent from starting.
    fs.closeSync(fs.openSync(file, 'a', 0o600));
    return new Database(file, { timeout: 0 });
  } catch (error) {
    if (error instanceof SlipwayError || !DENIED.has(errnoOf(error) ?? '')) throw error;
    const there = [file, directory].find((each) => fs.existsSync(each)) ?? directory;
    throw new SlipwayError('permission', {
      message: `the agent may not write to ${there}${ownerOf(there)}, and it runs as ${userText(process.geteuid?.() ?? 0)}: ${messageOf(error)}`,
      hint: 'it is started as the user that its data directory belongs to; nothing was changed',
      next: `ls -ld ${directory}`,
      cause: error,
    });
  }
}

const DENIED = new Set(['EACCES', 'EPERM', 'EROFS', 'SQLITE_CANTOPEN', 'SQLITE_READONLY']);

function ownerOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `, which belongs to ${userText(stat.uid)}` : '';
}

function userText(uid: number): string {
  return uid === 0 ? 'root' : `the user ${uid}`;
}

/** What is in it others may reach, where its own mode lets them, and never list. */
const PASSABLE = 0o711;

function makePrivate(directory: string): void {
  refuseOthers(directory);
  fs.mkdirSync(directory, { recursive: true, mode: PASSABLE });
  // It was not there a moment ago: somebody else may have been faster.
  refuseOthers(directory);
  if ((fs.statSync(directory).mode & ~PASSABLE & 0o077) !== 0) fs.chmodSync(directory, PASSABLE);
}

function readPid(file: string): number | null {
  try {
    return Number.parseInt(fs.readFileSync(file, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}
