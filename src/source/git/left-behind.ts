import fs from 'node:fs';
import path from 'node:path';

/**
 * Clears what a killed agent, or a killed git, left of its work on a mirror: half made mirrors beside it, lock files. Only
 * for one who knows that nobody else works on it.
 */
export function clearLeftBehind(mirror: string): void {
  removeTemporary(mirror);
  removeLocks(mirror);
}

/** Removes what `uniqueName` has named. */
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
