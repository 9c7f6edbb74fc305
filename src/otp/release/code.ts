import { closeSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, nameOf, openOwnedDirectory, pathOf } from '../../kernel/index.ts';
import { MAX_BYTES, wrongFile } from './text-file.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** A module's code and the names that it uses: two files that differ elsewhere (in where they were compiled) do the same. */
const CODE_CHUNKS = ['Atom', 'AtU8', 'Code', 'StrT', 'ImpT', 'ExpT', 'FunT', 'LitT'];
const BEAM_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** The modules (file names without `.beam`) whose code differs between two `ebin` folders, or that only one of them has. */
export async function differingModules(one: string, other: string): Promise<string[]> {
  const folders = [one, other].map(openFolder) as [number | null, number | null];
  try {
    const [names, otherNames] = (await Promise.all(folders.map(beamsIn))) as [Set<string>, Set<string>];
    const all = [...new Set([...names, ...otherNames])];
    const looks = all.map(async (name) => {
      if (!names.has(name) || !otherNames.has(name)) return true;
      const [a, b] = (await Promise.all(folders.map((folder) => read(folder, name)))) as [Buffer, Buffer];
      return !a.equals(b) && !codeOf(a).equals(codeOf(b));
    });
    // The folders are needed until the last one is done, also where one fails.
    await Promise.allSettled(looks);
    const differs = await Promise.all(looks);
    return all.filter((_, i) => differs[i]).map((name) => path.basename(name, '.beam'));
  } finally {
    for (const folder of folders) if (folder !== null) closeSync(folder);
  }
}

/** A release belongs to whom the app runs as, who may turn any folder of it into a link. */
function openFolder(directory: string): number | null {
  try {
    return openOwnedDirectory(directory, null).fd;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function beamsIn(folder: number | null): Promise<Set<string>> {
  const names = folder === null ? [] : await fs.readdir(pathOf(folder));
  return new Set(names.filter((name) => name.endsWith('.beam')));
}

async function read(folder: number | null, name: string): Promise<Buffer> {
  if (folder === null) return Buffer.alloc(0);
  await using file = await fs.open(pathOf(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const stat = await file.stat();
  if (stat.isFile() && stat.size <= MAX_BYTES) return await file.readFile();
  throw wrongFile(path.join(nameOf(folder), name), 'it is no file of a bearable size');
}

/** The chunks of a BEAM file that hold its code, or all of it where it is none (or a packed one). */
function codeOf(beam: Buffer): Buffer {
  if (beam.toString('latin1', 0, 4) !== 'FOR1') return beam;
  const chunks: Buffer[] = [];
  for (let at = BEAM_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= beam.length; ) {
    const sizeBytes = beam.readUInt32BE(at + 4);
    const end = at + CHUNK_HEADER_BYTES + sizeBytes;
    if (CODE_CHUNKS.includes(beam.toString('latin1', at, at + 4))) chunks.push(beam.subarray(at, end));
    // Chunks are padded to four bytes.
    at = end + ((4 - (sizeBytes % 4)) % 4);
  }
  return Buffer.concat(chunks);
}
