import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';
import { checkLayout } from './layout.ts';
import { refused } from './refusal.ts';
import { unpacked } from './unpacked.ts';

/** An archive that agents will unpack, as it is going to be published. */
export interface Candidate {
  file: string;
  /** What its name ends with in the bucket. */
  suffix: '.tar.gz' | '.tar.zst' | '.zip';
  sizeBytes: number;
  /** 64 hex digits. */
  sha256: string;
  /** What a person may want to know of it. */
  notes: readonly string[];
}

/**
 * Reads an archive as a whole, and unpacks it as an agent would (in `scratch`, which is left empty): what an agent would refuse
 * is not published. `folder`: what a person gave, where the archive was just packed of it. Rejects with `publish_refused`, `disk_full`, `permission`; the signal's reason.
 */
export async function openArchive(
  file: string,
  of: { app: string; version: string; scratch: string; signal: AbortSignal; folder?: string },
): Promise<Candidate> {
  const { sha256, sizeBytes, head } = await read(file, of.signal);
  const suffix = suffixOf(head, file);
  const into = path.join(of.scratch, 'unpacked');
  await unpacked({ file, sha256, into, signal: of.signal });
  try {
    const notes = checkLayout({
      ...{ tree: into, file, folder: of.folder ?? null },
      app: of.app,
      version: of.version,
    });
    return { file, suffix, sizeBytes, sha256, notes };
  } finally {
    await fs.promises.rm(into, { recursive: true, force: true });
  }
}

async function read(file: string, signal: AbortSignal) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of fs.createReadStream(file, { highWaterMark: 1024 ** 2, signal })) {
      if (sizeBytes === 0) head = Buffer.from(chunk as Buffer).subarray(0, 4);
      hash.update(chunk as Buffer);
      sizeBytes += (chunk as Buffer).length;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const denied = errnoOf(error) === 'EACCES';
    throw new SlipwayError(denied ? 'permission' : 'publish_refused', {
      message: `${file} cannot be read: ${messageOf(error)}`,
      hint: 'nothing was published',
      next: `ls -l ${path.dirname(file)}`,
    });
  }
  return { sha256: hash.digest('hex'), sizeBytes, head };
}

/** By its first bytes, as agents tell it. */
function suffixOf(head: Buffer, file: string): Candidate['suffix'] {
  const hex = head.toString('hex');
  if (hex.startsWith('1f8b')) return '.tar.gz';
  if (hex === '28b52ffd') return '.tar.zst';
  if (hex === '504b0304') return '.zip';
  throw refused(`${file} is no archive that agents take: .tar.gz, .tar.zst or .zip`, {
    hint: 'a folder is packed by itself; nothing was published',
    next: 'slipway publish --help',
  });
}
