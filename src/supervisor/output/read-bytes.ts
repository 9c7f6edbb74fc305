import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errnoOf, messageOf, SlipwayError } from '../../kernel/index.ts';
import { extentOf, logSpan } from './log-span.ts';
import { openSegments, type Segment } from './segments.ts';

const CHUNK_BYTES = 64 * 1024;

export interface Chunk {
  /** Absolute offset of the first byte. */
  offset: number;
  bytes: Buffer;
}

export interface ByteRange {
  file: string;
  from: number;
  until: number;
  /** So much is read at once at most. Default: 64 KB. */
  chunkBytes?: number;
}

/**
 * The bytes of a log in the order in which they were written, over rotated files and the log itself, whatever is rotated
 * meanwhile. `from` and `until` are absolute offsets; begins later where the bytes are kept no longer. A chunk is good until
 * the next one is asked for: of a large log the memory for each would be taken faster than it is given back.
 */
export async function* readBytes({
  file,
  from,
  until,
  chunkBytes = CHUNK_BYTES,
}: ByteRange): AsyncGenerator<Chunk> {
  let position = from;
  const room = Buffer.allocUnsafeSlow(Math.max(0, Math.min(chunkBytes, until - from)));
  while (position < until) {
    if (position < logSpan(file).start) {
      await using segments = await openSegments(file);
      for (const segment of segments.list) yield* readSegment(segment, { from: position, until, chunkBytes });
      position = Math.max(position, segments.end);
      continue;
    }
    const bytes = await readCurrent(file, {
      offset: position,
      room: room.subarray(0, Math.min(chunkBytes, until - position)),
    });
    if (bytes === 'moved') continue;
    if (bytes.length === 0) return;
    yield { offset: position, bytes };
    position += bytes.length;
  }
}

async function* readSegment(
  segment: Segment,
  range: Omit<Required<ByteRange>, 'file'>,
): AsyncGenerator<Chunk> {
  const from = Math.max(range.from, segment.start);
  const until = Math.min(range.until, segment.end);
  if (from >= until) return;
  const source = segment.handle.createReadStream({ start: 0, autoClose: false });
  // Errors reach the loop below through the last stream.
  const text = pipeline(source, createGunzip({ chunkSize: range.chunkBytes }), () => {});
  let offset = segment.start;
  try {
    for await (const bytes of text as AsyncIterable<Buffer>) {
      const wanted = bytes.subarray(Math.max(0, from - offset), Math.max(0, until - offset));
      if (wanted.length > 0) yield { offset: Math.max(offset, from), bytes: wanted };
      offset += bytes.length;
      if (offset >= until) return;
    }
  } catch (error) {
    throw new SlipwayError('log_failed', {
      message: `${segment.name} cannot be read: ${messageOf(error)}`,
      hint: 'the other rotated files and the log are unharmed',
      next: `mv ${segment.name} ${segment.name}.damaged`,
      cause: error,
    });
  }
}

/** Bytes at an absolute offset of the log itself; none at its end; `moved` where a rotation came between. */
async function readCurrent(
  file: string,
  { offset, room }: { offset: number; room: Buffer },
): Promise<Buffer | 'moved'> {
  try {
    await using handle = await open(file, 'r');
    const before = extentOf(file, handle.fd);
    if (offset < before.base + before.hole) return 'moved';
    const { bytesRead } = await handle.read(room, 0, room.length, offset - before.base);
    const after = extentOf(file, handle.fd);
    if (after.base !== before.base || after.hole !== before.hole) return 'moved';
    return room.subarray(0, bytesRead);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
