import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { messageOf, SlipwayError } from '../../kernel/index.ts';

/** Two blocks of zeros end a tar (POSIX, ustar). */
const TAR_BLOCK_BYTES = 512;
const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;
/** The record that ends a zip has 22 bytes and a comment of 64 KB at most. */
const ZIP_TAIL_BYTES = 22 + 65_535;
const ZIP_END = Buffer.from('504b0506', 'hex');

/**
 * An archive as it comes through a pipe, with an error at its end where it is none that is whole: of one that writes into
 * a pipe and dies nobody learns but by that. `tar cz` which is killed even leaves a gzip that is whole, of a tar that is not.
 * What is of another format goes through: the agent says what it takes.
 * Errors: `upload_failed`, `usage` where nothing came.
 */
export async function* wholeArchive(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  let check: Check | null = null;
  for await (const chunk of input) {
    if (check === null) {
      head = Buffer.concat([head, chunk]);
      // A few bytes tell the format.
      if (head.length < 4) continue;
      check = checkFor(head);
      await check.add(head);
      yield head;
    } else {
      await check.add(chunk);
      yield chunk;
    }
  }
  if (head.length === 0)
    throw new SlipwayError('usage', {
      message: 'nothing came through standard input',
      hint: 'nothing was sent, and nothing is deployed',
    });
  if (check === null) yield head;
  const problem = await check?.problem();
  if (problem)
    throw new SlipwayError('upload_failed', {
      message: `the archive that came through standard input is not whole: ${problem}`,
      hint: 'what made it may have failed or been cut off; nothing was kept of it, and nothing is deployed',
    });
}

interface Check {
  /** Resolves when more may come. */
  add(chunk: Buffer): Promise<void>;
  /** All of it was added. Null where it is whole. */
  problem(): Promise<string | null>;
}

function checkFor(head: Buffer): Check {
  if (head.readUInt16BE(0) === 0x1f8b) return gzipCheck();
  return head.readUInt32BE(0) === 0x504b0304
    ? zipCheck()
    : { add: async () => undefined, problem: async () => null };
}

function gzipCheck(): Check {
  const gunzip = createGunzip();
  let failure: string | null = null;
  let tail: Buffer = Buffer.alloc(0);
  let sizeBytes = 0;
  gunzip.on('data', (bytes: Buffer) => {
    sizeBytes += bytes.length;
    tail = lastOf(tail, { bytes, keep: TAR_END_BYTES });
  });
  const over = new Promise<void>((resolve) => {
    gunzip.once('end', resolve);
    gunzip.once('error', (error) => {
      failure = messageOf(error);
      resolve();
    });
  });
  return {
    async add(chunk) {
      if (failure === null && !gunzip.write(chunk)) await Promise.race([once(gunzip, 'drain'), over]);
    },
    async problem() {
      if (failure === null) gunzip.end();
      await over;
      if (failure !== null) return failure;
      const isEnded = tail.length === TAR_END_BYTES && tail.every((byte) => byte === 0);
      return isEnded && sizeBytes % TAR_BLOCK_BYTES === 0 ? null : 'its tar has no end';
    },
  };
}

function zipCheck(): Check {
  let tail: Buffer = Buffer.alloc(0);
  return {
    async add(bytes) {
      tail = lastOf(tail, { bytes, keep: ZIP_TAIL_BYTES });
    },
    problem: async () => (tail.lastIndexOf(ZIP_END) < 0 ? 'its list of entries is missing' : null),
  };
}

function lastOf(tail: Buffer, { bytes, keep }: { bytes: Buffer; keep: number }): Buffer {
  if (bytes.length >= keep) return bytes.subarray(bytes.length - keep);
  const all = Buffer.concat([tail, bytes]);
  return all.subarray(Math.max(0, all.length - keep));
}
