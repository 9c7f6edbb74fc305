import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArchiveEntry, EntrySink } from '../../../src/release/archive-entry.ts';
import { TarReader } from '../../../src/release/tar-reader.ts';
import { gnuLongEntry, paxEntry, tarArchive, tarHeader, withChecksum } from '../../fixtures/tar-writer.ts';

const NAMES = ['a', 'folder/ä', `${'deep/'.repeat(30)}end`];
const ARCHIVE = tarArchive(
  { path: 'a', body: 'a'.repeat(1000) },
  paxEntry({ path: 'folder/ä', mtime: '12.5' }),
  { path: 'cut', body: 'b'.repeat(512) },
  gnuLongEntry('L', NAMES[2] ?? ''),
  { path: 'cut', mode: 0o750 },
);

describe('a tar', () => {
  test('reads the same in pieces of any size', () => {
    const whole = read([ARCHIVE]);
    expect(whole.map(({ path }) => path)).toEqual(NAMES);
    expect(whole.map(({ content }) => content.length)).toEqual([1000, 512, 0]);
    expect(read(pieces(ARCHIVE, () => 1))).toEqual(whole);
    const sizes = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        expect(read(pieces(ARCHIVE, (index) => lengths[index % lengths.length] ?? 1))).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  test('has the mode and the time of the header, or the time of the pax record', () => {
    const [first, second, third] = read([ARCHIVE]);
    expect([first?.mode, third?.mode]).toEqual([0o644, 0o750]);
    expect([first?.mtimeSeconds, second?.mtimeSeconds]).toEqual([1_700_000_000, 12.5]);
  });

  test('has no time where the header has one that makes no sense', () => {
    const times = ['1e300', '-5', 'yesterday', 'Infinity'];
    const entries = times.flatMap((mtime, index) => [paxEntry({ mtime }), { path: `file-${index}` }]);
    expect(read([tarArchive(...entries)]).map(({ mtimeSeconds }) => mtimeSeconds)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  test('may have sizes in base 256', () => {
    const header = tarHeader({ path: 'a' });
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header[135] = 3;
    const [entry] = read([tarArchive(withChecksum(header), Buffer.alloc(512, 'xyz'))]);
    expect(entry?.content).toBe('xyz');
  });

  test('may have directories without a flag of their own, as old archives do', () => {
    const old = tarHeader({ path: 'folder/', type: '\0' });
    const entries = read([
      tarArchive(old, { path: 'file', type: '\0', body: 'x' }, { path: 'last/', type: '7' }),
    ]);
    expect(entries.map(({ type }) => type)).toEqual(['directory', 'file', 'directory']);
  });

  test('has no prefix in its path where the header is of GNU: other things stand there', () => {
    const header = tarHeader({ path: 'name', prefix: 'times' });
    header.write('ustar  \0', 257, 'latin1');
    expect(read([tarArchive(withChecksum(header))])[0]?.path).toBe('name');
  });

  test('has no content behind links and directories, whatever their headers say', () => {
    const sizes = { size: 4096 };
    const entries = read([
      tarArchive(
        { path: 'd/', type: '5', ...sizes },
        { path: 'l', type: '2', target: 'd', ...sizes },
        { path: 'h', type: '1', target: 'f', ...sizes },
        { path: 'f', body: 'content' },
      ),
    ]);
    expect(entries.map(({ path, content }) => [path, content])).toEqual([
      ['d/', ''],
      ['l', ''],
      ['h', ''],
      ['f', 'content'],
    ]);
  });

  test('may be padded with zeros to any length', () => {
    expect(read([ARCHIVE, Buffer.alloc(200_001)])).toHaveLength(3);
  });
});

type Read = ArchiveEntry & { content: string };

function read(chunks: Buffer[]): Read[] {
  const entries: Read[] = [];
  const sink: EntrySink = {
    begin: (entry) => void entries.push({ ...entry, content: '' }),
    write: (chunk) => {
      const last = entries.at(-1);
      if (last) last.content += Buffer.from(chunk).toString('latin1');
    },
    end: () => {},
  };
  const reader = new TarReader(sink);
  for (const chunk of chunks) reader.write(chunk);
  reader.end();
  return entries;
}

function pieces(bytes: Buffer, length: (index: number) => number): Buffer[] {
  const out: Buffer[] = [];
  for (let position = 0; position < bytes.length; ) {
    const piece = bytes.subarray(position, position + length(out.length));
    out.push(piece);
    position += piece.length;
  }
  return out;
}
