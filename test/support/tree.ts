import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const SHOWN_BYTES = 100;
const DIGESTED_BYTES = 16 * 1024 ** 2;

/**
 * Everything below a folder, one line each in the order of the paths: path, type, mode, time in seconds, and the content
 * or the target (of long content the SHA-256, of endless the size). Two trees with the same lines are the same.
 */
export function treeLines(folder: string): string[] {
  return treePaths(folder)
    .map((name) => `${name} ${describe(path.join(folder, name))}`)
    .sort();
}

/** The paths of everything below a folder. Walked here, because Node's recursive readdir follows symbolic links. */
export function treePaths(folder: string, below = ''): string[] {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(below, entry.name);
    return entry.isDirectory() ? [name, ...treePaths(folder, name)] : [name];
  });
}

function describe(file: string): string {
  const stat = fs.lstatSync(file);
  const mode = (stat.mode & 0o7777).toString(8);
  const seconds = Math.floor(stat.mtimeMs / 1000);
  if (stat.isSymbolicLink()) return `link ${fs.readlinkSync(file)}`;
  if (stat.isDirectory()) return `directory ${mode} ${seconds}`;
  return stat.isFile() ? `file ${mode} ${seconds} ${content(file, stat.size)}` : 'neither file nor directory';
}

function content(file: string, sizeBytes: number): string {
  if (sizeBytes > DIGESTED_BYTES) return `${sizeBytes} bytes`;
  const bytes = fs.readFileSync(file);
  return sizeBytes > SHOWN_BYTES
    ? createHash('sha256').update(bytes).digest('hex')
    : JSON.stringify(bytes.toString());
}
