import { type EntrySink, type EntryType, mtimeOf } from './archive-entry.ts';
import { type Overrides, parsePax, strictText } from './pax.ts';
import { quote, Refusal } from './refusal.ts';
import { readTarHeader, type TarHeader } from './tar-header.ts';

const BLOCK_BYTES = 512;
const META_MAX_BYTES = 1024 * 1024;
const DEFAULT_MODE = 0o644;
const ZEROS = Buffer.alloc(64 * 1024);
const ZERO_BLOCK = ZEROS.subarray(0, BLOCK_BYTES);
const TYPES: Record<string, EntryType> = {
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};
const REFUSED_TYPES: Record<string, string> = {
  '3': 'is a character device',
  '4': 'is a block device',
  '6': 'is a fifo',
  S: 'is a sparse file; pack it without --sparse',
};

/**
 * Cuts a tar stream into entries: v7, ustar, GNU and pax, in chunks of any size. The `Parser` of npm's tar would decompress a
 * second layer on its own account, reads pax records by lines, and costs a small release a tenth of its time.
 *
 * The end is a block of zeros with nothing but zeros behind it. An archive without it is refused: it cannot be told
 * from one that was cut between two entries.
 */
export class TarReader {
  private readonly sink: EntrySink;
  private state: 'header' | 'content' | 'meta' | 'ended' = 'header';
  private partial: Buffer = Buffer.alloc(0);
  private remaining = 0;
  private padding = 0;
  private meta = { type: '', parts: [] as Buffer[] };
  private overrides: Overrides = {};
  private lastPath: string | null = null;

  constructor(sink: EntrySink) {
    this.sink = sink;
  }

  write(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.state === 'ended') return this.checkZeros(rest);
      if (this.remaining > 0) rest = this.content(rest);
      else if (this.padding > 0) {
        const skipped = Math.min(this.padding, rest.length);
        this.padding -= skipped;
        rest = rest.subarray(skipped);
      } else rest = this.block(rest);
    }
  }

  end(): void {
    if (this.state === 'ended') return;
    if (this.lastPath === null) throw new Refusal('it is not a tar archive, or it is empty');
    const where = this.remaining > 0 && this.state === 'content' ? 'in the middle of' : 'after';
    throw new Refusal(`it is cut short: it ends ${where} entry ${quote(this.lastPath)}`);
  }

  private content(rest: Buffer): Buffer {
    const piece = rest.subarray(0, this.remaining);
    this.remaining -= piece.length;
    if (this.state === 'meta') this.meta.parts.push(Buffer.from(piece));
    else this.sink.write(piece);
    if (this.remaining === 0) this.endContent();
    return rest.subarray(piece.length);
  }

  private endContent(): void {
    if (this.state === 'meta') this.readMeta(this.meta.type, Buffer.concat(this.meta.parts));
    else this.sink.end();
    this.state = 'header';
  }

  private block(rest: Buffer): Buffer {
    const taken = rest.subarray(0, BLOCK_BYTES - this.partial.length);
    const block = this.partial.length === 0 ? taken : Buffer.concat([this.partial, taken]);
    if (block.length < BLOCK_BYTES) {
      this.partial = Buffer.from(block);
    } else {
      this.partial = Buffer.alloc(0);
      this.header(block);
    }
    return rest.subarray(taken.length);
  }

  private header(block: Buffer): void {
    if (block.equals(ZERO_BLOCK)) {
      this.state = 'ended';
      return;
    }
    const header = readTarHeader(block);
    if (header === null) throw new Refusal(this.brokenHeader());
    if ('xXgLK'.includes(header.type)) this.beginMeta(header);
    else this.beginEntry(header);
  }

  private brokenHeader(): string {
    if (this.lastPath === null) return 'it is not a tar archive';
    return `it is broken after entry ${quote(this.lastPath)}: no header where one must be`;
  }

  private beginMeta({ type, sizeBytes }: TarHeader): void {
    if (!(sizeBytes <= META_MAX_BYTES))
      throw new Refusal(`it holds an extended header of ${sizeBytes} bytes`);
    this.meta = { type, parts: [] };
    this.begin('meta', sizeBytes);
  }

  private readMeta(type: string, bytes: Buffer): void {
    if (type === 'L') this.overrides.path = strictText(untilNul(bytes), 'a long path');
    else if (type === 'K') this.overrides.target = strictText(untilNul(bytes), 'a long link target');
    else if (type !== 'g') Object.assign(this.overrides, parsePax(bytes));
    else {
      const { mtimeSeconds: _, ...others } = parsePax(bytes);
      // One path for every entry: no packer writes that.
      if (Object.keys(others).length > 0)
        throw new Refusal('it holds a global pax header with a path or a size');
    }
  }

  private beginEntry(header: TarHeader): void {
    const { overrides } = this;
    this.overrides = {};
    const path = overrides.path ?? header.path;
    this.lastPath = path;
    const type = entryType(header.type, path);
    // Only files have content; some packers put the size of the target or of the directory into the header all the same.
    const sizeBytes = type === 'file' ? (overrides.sizeBytes ?? header.sizeBytes) : 0;
    if (Number.isNaN(sizeBytes)) throw new Refusal('has a size that is none', path);
    this.sink.begin({
      path,
      type,
      sizeBytes,
      mode: Number.isNaN(header.mode) ? DEFAULT_MODE : header.mode,
      mtimeSeconds: mtimeOf(overrides.mtimeSeconds ?? header.mtimeSeconds),
      target: type === 'symlink' || type === 'hardlink' ? (overrides.target ?? header.target) : '',
    });
    this.begin('content', sizeBytes);
  }

  private begin(state: 'content' | 'meta', sizeBytes: number): void {
    this.state = state;
    this.remaining = sizeBytes;
    this.padding = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
    if (sizeBytes === 0) this.endContent();
  }

  private checkZeros(rest: Buffer): void {
    for (let position = 0; position < rest.length; position += ZEROS.length) {
      const piece = rest.subarray(position, position + ZEROS.length);
      if (!piece.equals(ZEROS.subarray(0, piece.length)))
        throw new Refusal('something follows the end of the archive');
    }
  }
}

function entryType(flag: string, path: string): EntryType {
  const type = TYPES[flag];
  if (type === undefined)
    throw new Refusal(REFUSED_TYPES[flag] ?? `is of the unknown type ${quote(flag)}`, path);
  // Archives from before ustar have no flag for directories.
  return type === 'file' && path.endsWith('/') ? 'directory' : type;
}

function untilNul(bytes: Buffer): Buffer {
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul);
}
