import { crc32 } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { type ArchiveEntry, type EntrySink, type EntryType, mtimeOf } from './archive-entry.ts';
import { type Limits, OutputMeter } from './limits.ts';
import { strictText } from './pax.ts';
import { Refusal } from './refusal.ts';

const MADE_ON_UNIX = 3;
const [STORED, DEFLATED] = [0, 8];
const [TYPE_MASK, FIFO, DIRECTORY, REGULAR, SYMLINK] = [0o170000, 0o010000, 0o040000, 0o100000, 0o120000];
const TARGET_MAX_BYTES = 4096;

/**
 * Hands the entries of a zip file to `sink`. The central directory alone is believed; what the headers before each
 * entry say is not looked at. yauzl checks the sizes, the CRC is checked here.
 */
export async function readZip(options: {
  fd: number;
  sizeBytes: number;
  limits: Limits;
  sink: EntrySink;
}): Promise<void> {
  const { fd, sizeBytes, limits, sink } = options;
  const zip = await fromFdPromise(fd, { autoClose: false, decodeStrings: false });
  // Measured against the whole file, so that entries that share their compressed bytes do not count them twice.
  const meter = new OutputMeter(limits, () => sizeBytes);
  for await (const found of zip.eachEntry()) {
    const entry = describe(found);
    checkReadable(found, entry.path);
    if (entry.type === 'symlink') entry.target = await readTarget(zip, found, entry.path);
    sink.begin(entry);
    if (entry.type !== 'file') continue;
    for await (const chunk of content(zip, found, entry.path)) {
      meter.add(chunk.length);
      sink.write(chunk);
    }
    sink.end();
  }
}

function describe(found: Entry): ArchiveEntry {
  const path = strictText(found.fileNameRaw, 'a name');
  if (path.includes('\\')) throw new Refusal('has a backslash in its path: zip files have "/" there', path);
  const unixMode = found.versionMadeBy >>> 8 === MADE_ON_UNIX ? found.externalFileAttributes >>> 16 : 0;
  const type = typeOf(unixMode, path);
  return {
    path,
    type,
    sizeBytes: type === 'file' ? found.uncompressedSize : 0,
    mode: unixMode & 0o777 || (type === 'directory' ? 0o755 : 0o644),
    mtimeSeconds: mtimeOf(found.getLastModDate().getTime() / 1000),
    target: '',
  };
}

function typeOf(unixMode: number, path: string): EntryType {
  const type = unixMode & TYPE_MASK;
  if (type === SYMLINK) return 'symlink';
  if (type === DIRECTORY || (type === 0 && path.endsWith('/'))) return 'directory';
  if (type === REGULAR || type === 0) return path.endsWith('/') ? 'directory' : 'file';
  throw new Refusal(type === FIFO ? 'is a fifo' : 'is a device or a socket', path);
}

function checkReadable(found: Entry, path: string): void {
  if (found.isEncrypted()) throw new Refusal('is encrypted', path);
  if (found.compressionMethod !== STORED && found.compressionMethod !== DEFLATED)
    throw new Refusal(`is compressed by method ${found.compressionMethod}; only deflate is known`, path);
}

async function readTarget(zip: ZipFile, found: Entry, path: string): Promise<string> {
  if (found.uncompressedSize > TARGET_MAX_BYTES) throw new Refusal('is a link with an endless target', path);
  const parts: Buffer[] = [];
  for await (const chunk of content(zip, found, path)) parts.push(chunk);
  return strictText(Buffer.concat(parts), 'a link target');
}

async function* content(zip: ZipFile, found: Entry, path: string): AsyncGenerator<Buffer> {
  const stream = await zip.openReadStreamPromise(found);
  let crc = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (crc !== found.crc32) throw new Refusal('is damaged: its CRC differs', path);
}
