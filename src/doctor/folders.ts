import fs from 'node:fs';
import path from 'node:path';
import { formatSize, messageOf, refuseOthers, refuseStrangers, SlipwayError } from '../kernel/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

const FREE_MIN_BYTES = 100 * 1024 ** 2;
const FREE_LOW_BYTES = 1024 ** 3;
const INODES_MIN = 1000;
const INODES_LOW = 20_000;

/** A folder that the agent writes to: that it can, that nobody else can, and that there is room. */
export function checkFolder(
  name: 'data' | 'logs',
  folder: string,
  { data, uid = process.geteuid?.() ?? 0 }: { data: string; uid?: number },
): Check[] {
  const existing = nearestExisting(folder);
  const access =
    checkUser(name, folder, { data, uid }) ??
    checkOthers(name, folder) ??
    (existing === folder ? checkExisting(name, folder) : checkMissing(name, folder, existing));
  return [access, checkRoom(name, existing)];
}

/** Whose the agent is, its data directory says; what it may do, nobody else can tell but root. */
function checkUser(name: string, folder: string, { data, uid }: { data: string; uid: number }): Check | null {
  const owner = fs.statSync(data, { throwIfNoEntry: false })?.uid;
  if (uid === 0 || owner === undefined || owner === uid) return null;
  const user = owner === 0 ? 'root' : `the user ${owner}`;
  return fail(
    name,
    `${folder} is not for you to look at: the agent is run by ${user}, and the doctor must be run by the same`,
    `sudo ${owner === 0 ? '' : `-u '#${owner}' `}slipway doctor`,
  );
}

/** Checks whether others may write there; null where all is well. */
function checkOthers(name: 'data' | 'logs', folder: string): Check | null {
  try {
    if (name === 'data') refuseOthers(folder);
    else refuseStrangers(folder);
    return null;
  } catch (error) {
    if (error instanceof SlipwayError) return fail(name, error.message, error.next);
    return fail(name, messageOf(error), null);
  }
}

function checkExisting(name: string, folder: string): Check {
  const stat = fs.statSync(folder);
  if (!stat.isDirectory()) return fail(name, `${folder} is not a folder`, `mv ${folder} ${folder}.old`);
  if (!mayWrite(folder))
    return fail(name, `${folder} may not be written to`, `chown ${process.getuid?.()} ${folder}`);
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
  if ((stat.mode & 0o022) !== 0) {
    return warn(name, `others than its owner may write to ${folder} (mode ${mode})`, `chmod go-w ${folder}`);
  }
  return ok(name, `${folder}, mode ${mode}`);
}

function checkMissing(name: string, folder: string, parent: string): Check {
  if (mayWrite(parent)) return ok(name, `${folder} is not there yet; the agent makes it`);
  return fail(
    name,
    `${folder} is not there, and ${parent} may not be written to`,
    `install -d -m 0700 ${folder}`,
  );
}

function checkRoom(name: string, folder: string): Check {
  const { bavail, bsize, ffree, files } = fs.statfsSync(folder);
  const freeBytes = bavail * bsize;
  // Some file systems make inodes as they need them, and say 0.
  const freeInodes = files === 0 ? Number.POSITIVE_INFINITY : ffree;
  const found = `${formatSize(freeBytes)}${files === 0 ? '' : ` and ${freeInodes} inodes`} free at ${folder}`;
  const what = `room for ${name}`;
  if (freeBytes < FREE_MIN_BYTES || freeInodes < INODES_MIN) return fail(what, found, `du -xhd1 ${folder}`);
  if (freeBytes < FREE_LOW_BYTES || freeInodes < INODES_LOW) return warn(what, found, `du -xhd1 ${folder}`);
  return ok(what, found);
}

function nearestExisting(folder: string): string {
  return fs.existsSync(folder) || folder === '/' ? folder : nearestExisting(path.dirname(folder));
}

function mayWrite(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
