import fs from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../kernel/index.ts';
import { refused } from './refusal.ts';

export interface FolderContent {
  /** Below the folder, sorted by their bytes; a folder stands before what it holds. */
  entries: string[];
  files: number;
  sizeBytes: number;
  notes: string[];
}

/**
 * All that a folder holds, but for `.git`. What no archive can hold, and links that lead out of the folder, are refused: agents
 * would refuse them. Rejects with `publish_refused`.
 */
export async function entriesOf(folder: string): Promise<FolderContent> {
  const content: FolderContent = { entries: [], files: 0, sizeBytes: 0, notes: [] };
  await walk(content, { folder, within: '' });
  if (content.files === 0) throw refused(`${folder} holds no file`);
  content.entries.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (content.entries.includes('.env'))
    content.notes.push('.env is in it: whoever may read the bucket can read what it says');
  return content;
}

async function walk(
  content: FolderContent,
  { folder, within }: { folder: string; within: string },
): Promise<void> {
  for (const entry of await namesIn(path.join(folder, within))) {
    const name = path.join(within, entry.name);
    if (name === '.git') {
      content.notes.push('.git is left out');
      continue;
    }
    content.entries.push(name);
    if (entry.isDirectory()) await walk(content, { folder, within: name });
    else if (entry.isSymbolicLink()) checkLink(await fs.promises.readlink(path.join(folder, name)), name);
    else if (entry.isFile()) {
      content.files++;
      content.sizeBytes += (await fs.promises.stat(path.join(folder, name))).size;
    } else throw refused(`${path.join(folder, name)} is no file, and cannot be packed`);
  }
}

async function namesIn(folder: string): Promise<fs.Dirent[]> {
  try {
    return await fs.promises.readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw refused(
      `${folder} cannot be read: ${errnoOf(error) === 'EACCES' ? 'permission denied' : String(error)}`,
    );
  }
}

/** What is packed is checked as an agent does; the common mistakes are told by their names here. */
function checkLink(target: string, name: string): void {
  const leadsOut = path.isAbsolute(target) || path.join(path.dirname(name), target).split('/')[0] === '..';
  if (!leadsOut) return;
  throw refused(`${name} is a link to ${target}, which leads out of the folder`, {
    hint: 'on another host it would lead nowhere; nothing was published',
    next: `cp --dereference --recursive <folder> <copy>`,
  });
}
