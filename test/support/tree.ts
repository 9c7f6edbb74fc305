import fs from 'node:fs';
import path from 'node:path';

const CONTENT_MAX_BYTES = 1024 * 1024;

/**
 * Everything below a folder, one line each in the order of the paths: path, type, mode, time, and the content (of big
 * files the size) or the target. Two trees with the same lines are the same.
 */
export function treeLines(folder: string): string[] {
  return (fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[])
    .map((name) => `${name} ${describe(path.join(folder, name))}`)
    .sort();
}

function describe(file: string): string {
  const stat = fs.lstatSync(file);
  const mode = (stat.mode & 0o7777).toString(8);
  const seconds = Math.floor(stat.mtimeMs / 1000);
  if (stat.isSymbolicLink()) return `link ${fs.readlinkSync(file)}`;
  if (stat.isDirectory()) return `directory ${mode} ${seconds}`;
  if (!stat.isFile()) return 'neither file nor directory';
  if (stat.size > CONTENT_MAX_BYTES) return `file ${mode} ${seconds} of ${stat.size} bytes`;
  return `file ${mode} ${seconds} ${JSON.stringify(fs.readFileSync(file, 'latin1'))}`;
}
