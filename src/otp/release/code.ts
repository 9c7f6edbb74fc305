import fs from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../kernel/index.ts';
import { READ_UNLINKED } from './text-file.ts';

/** A module's code and the names that it uses: two files that differ elsewhere (in where they were compiled) do the same. */
const CODE_CHUNKS = ['Atom', 'AtU8', 'Code', 'StrT', 'ImpT', 'ExpT', 'FunT', 'LitT'];
const BEAM_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** The modules (file names without `.beam`) whose code differs between two `ebin` folders, or that only one of them has. */
export async function differingModules(one: string, other: string): Promise<string[]> {
  const [names, otherNames] = await Promise.all([beamsIn(one), beamsIn(other)]);
  const all = [...new Set([...names, ...otherNames])];
  const differs = await Promise.all(
    all.map(async (name) => {
      if (!names.includes(name) || !otherNames.includes(name)) return true;
      const [a, b] = await Promise.all([
        fs.readFile(path.join(one, name), { flag: READ_UNLINKED }),
        fs.readFile(path.join(other, name), { flag: READ_UNLINKED }),
      ]);
      return !a.equals(b) && !codeOf(a).equals(codeOf(b));
    }),
  );
  return all.filter((_, i) => differs[i]).map((name) => path.basename(name, '.beam'));
}

async function beamsIn(directory: string): Promise<string[]> {
  const names = await fs.readdir(directory).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.beam'));
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
