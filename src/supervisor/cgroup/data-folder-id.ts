import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, writeFileDurable } from '../../kernel/index.ts';

/**
 * Tells the data folders of one kernel apart, those of its containers and chroots too, whatever their paths are. What is
 * in the file would be copied with the folder; the folder's own device and inode would not.
 */
export function dataFolderId(directory: string): string {
  const { dev, ino } = fs.statSync(directory);
  return createHash('sha256')
    .update(`${seedOf(directory)}:${dev}:${ino}`)
    .digest('hex')
    .slice(0, 16);
}

function seedOf(directory: string): string {
  const file = path.join(directory, 'id');
  try {
    const seed = fs.readFileSync(file, 'latin1').trim();
    if (seed !== '') return seed;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const seed = randomBytes(16).toString('hex');
  writeFileDurable(file, `${seed}\n`);
  return seed;
}
