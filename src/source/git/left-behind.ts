import fs from 'node:fs';
import path from 'node:path';
import { sleep } from '../../kernel/index.ts';

/** Names the mirror in the environment of every git that writes to it, so that one which outlived its agent is found. */
export const MIRROR_VARIABLE = 'SLIPWAY_GIT_MIRROR';

const LOOK_AGAIN_MS = 5;

/**
 * Clears what a killed agent, or a killed git, left of its work on a mirror: processes, half made mirrors beside it, lock
 * files. Only for one who knows that nobody else in this process works on it.
 */
export async function clearLeftBehind(mirror: string): Promise<void> {
  await endWriters(mirror);
  removeTemporary(mirror);
  removeLocks(mirror);
}

async function endWriters(mirror: string): Promise<void> {
  for (;;) {
    const writers = writersOf(mirror);
    if (writers.length === 0) return;
    for (const pid of writers) kill(pid);
    // They are no children of this process: nothing tells of their end.
    await sleep(LOOK_AGAIN_MS);
  }
}

function writersOf(mirror: string): number[] {
  const marker = `${MIRROR_VARIABLE}=${mirror}`;
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => environmentOf(pid).includes(marker))
    .map(Number);
}

/** Empty for a process that is gone, a zombie, or another user's. */
function environmentOf(pid: string): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** As `uniqueName` calls them. */
function removeTemporary(mirror: string): void {
  const folder = path.dirname(mirror);
  for (const name of fs.readdirSync(folder))
    if (name.startsWith(`.tmp-${path.basename(mirror)}.`))
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}

function removeLocks(mirror: string): void {
  for (const file of entriesOf(mirror)) if (/\.lock$|^gc\.pid$/.test(file)) remove(mirror, file);
  for (const file of entriesOf(path.join(mirror, 'refs'), true))
    if (file.endsWith('.lock')) remove(mirror, 'refs', file);
  for (const file of entriesOf(path.join(mirror, 'objects/info')))
    if (file.endsWith('.lock')) remove(mirror, 'objects/info', file);
  for (const file of entriesOf(path.join(mirror, 'objects/pack')))
    if (/^\.?tmp[-_]/.test(file)) remove(mirror, 'objects/pack', file);
}

function entriesOf(folder: string, recursive = false): string[] {
  return fs.existsSync(folder) ? (fs.readdirSync(folder, { recursive }) as string[]) : [];
}

function remove(...parts: string[]): void {
  fs.rmSync(path.join(...parts), { force: true });
}
