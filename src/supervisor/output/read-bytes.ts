import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, SlipwayError } from '../../kernel/index.ts';
import { extentOf, measureLog } from './log-span.ts';
import { frontFrom } from './rotation-state.ts';
import { openIfThere, openSegments, type Segment } from './segments.ts';

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
  using room = takeRoom(Math.max(0, Math.min(chunkBytes, until - from)));
  await using current = new CurrentLog(file);
  while (position < until) {
    const bytes = await current.read(
      position,
      room.bytes.subarray(0, Math.min(chunkBytes, until - position)),
    );
    if (bytes === 'moved') {
      await using segments = await openSegments(file);
      for (const segment of segments.list) yield* readSegment(segment, { from: position, until, chunkBytes });
      position = Math.max(position, segments.end);
      continue;
    }
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

/** The log itself, opened once for a reading: a rotation leaves it in its place. */
class CurrentLog implements AsyncDisposable {
  private readonly file: string;
  private handle: FileHandle | null = null;

  constructor(file: string) {
    this.file = file;
  }

  /** Bytes at an absolute offset; none at its end; `moved` where they are in a rotated file, or a rotation came between. */
  async read(offset: number, room: Buffer): Promise<Buffer | 'moved'> {
    this.handle ??= await openIfThere(this.file);
    const { handle } = this;
    const before = handle ? extentOf(this.file, handle.fd) : measureLog(this.file);
    const start = before.base + before.hole;
    if (offset < start - before.front.length) return 'moved';
    if (offset < start) return room.subarray(0, frontFrom(offset, before).copy(room));
    if (!handle) return Buffer.alloc(0);
    const { bytesRead } = await handle.read(room, 0, room.length, offset - before.base);
    const after = extentOf(this.file, handle.fd);
    return after.base === before.base && after.hole === before.hole ? room.subarray(0, bytesRead) : 'moved';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle?.close();
  }
}

/** Rooms that wait for the next reader: two hundred readers that take one each for every look at a log leave much to be collected. */
const spare: Buffer[] = [];
const SPARE_MAX = 32;

function takeRoom(sizeBytes: number): { bytes: Buffer } & Disposable {
  if (sizeBytes > CHUNK_BYTES)
    return { bytes: Buffer.allocUnsafeSlow(sizeBytes), [Symbol.dispose]: () => undefined };
  const bytes = spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  return {
    bytes,
    [Symbol.dispose]() {
      if (spare.length < SPARE_MAX) spare.push(bytes);
    },
  };
}
