import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../../src/release/limits.ts';
import { Refusal } from '../../../src/release/refusal.ts';
import { TarReader } from '../../../src/release/tar-reader.ts';
import { Tree } from '../../../src/release/tree.ts';
import { readZip } from '../../../src/release/zip-reader.ts';
import {
  gnuLongEntry,
  paxEntry,
  type TarFields,
  tarArchive,
  tarEntry,
  tarHeader,
  withChecksum,
} from '../../fixtures/tar-writer.ts';
import { type ZipFields, zipArchive } from '../../fixtures/zip-writer.ts';
import { Ground } from './ground.ts';

const SYMLINK = '2';
const HARDLINK = '1';
const DIRECTORY = '5';

describe('a tar is refused, and the entry named,', () => {
  const cases: [what: string, named: string, entries: (TarFields | Buffer)[]][] = [
    ['with an absolute path', '"/etc/passwd" has an absolute path', [{ path: '/etc/passwd' }]],
    ['with an absolute path in a pax header', '"/tmp/x"', [paxEntry({ path: '/tmp/x' }), { path: 'x' }]],
    ['with an absolute path in a GNU record', '"/tmp/x"', [gnuLongEntry('L', '/tmp/x'), { path: 'x' }]],
    ['with an absolute prefix', '"/tmp/x"', [{ path: 'x', prefix: '/tmp' }]],
    ['with .. at the start', '"../outside/sentinel" has ".."', [{ path: '../outside/sentinel' }]],
    ['with .. inside', '"a/../../x"', [{ path: 'a/../../x' }]],
    ['with .. that stays inside', '"a/../x"', [{ path: 'a/../x' }]],
    ['with .. at the end', '"a/.."', [{ path: 'a/..', type: DIRECTORY }]],
    ['with an empty name', '"" has an empty name', [{ path: '' }]],
    [
      'with a link in place of the directory',
      '"./" stands for the directory itself',
      [{ path: './', type: SYMLINK, target: 'a' }],
    ],
    ['with a NUL in its name', '"a\\u0000b"', [paxEntry({ path: 'a\0b' }), { path: 'x' }]],
    ['with a newline in its name', '"a\\nb" has a name that holds control characters', [{ path: 'a\nb' }]],
    ['with a newline in its pax name', '"a\\nb"', [paxEntry({ path: 'a\nb' }), { path: 'x' }]],
    ['with a terminal sequence in its name', '"\\u001b[2J"', [{ path: '\x1b[2J' }]],
    [
      'with a name longer than a file system takes',
      '"nnnn',
      [gnuLongEntry('L', 'n'.repeat(256)), { path: 'x' }],
    ],
    ['with an endless path', '"d/d/', [gnuLongEntry('L', 'd/'.repeat(1500)), { path: 'x' }]],
    ['with a name that is not UTF-8', '"caf\ufffd"', [{ path: Buffer.from('caf\xe9', 'latin1') }]],
    [
      'with a link to an absolute path',
      '"l" is a link to "/etc"',
      [{ path: 'l', type: SYMLINK, target: '/etc' }],
    ],
    [
      'with a link that leads out',
      '"a/l" is a link to "../../x"',
      [{ path: 'a/l', type: SYMLINK, target: '../../x' }],
    ],
    ['with a link to its parent', '"l" is a link to ".."', [{ path: 'l', type: SYMLINK, target: '..' }]],
    ['with a link to nowhere', '"l" is a link to nowhere', [{ path: 'l', type: SYMLINK }]],
    [
      'with a link that leads out through an earlier one',
      '"b" is a link to "a/deep/link/..", which climbs out of another link',
      [
        { path: 'a/deep/link', type: SYMLINK, target: '../..' },
        { path: 'b', type: SYMLINK, target: 'a/deep/link/..' },
      ],
    ],
    [
      'with a link that leads out through a later one',
      '"b" is a link to "a/deep/link/.."',
      [
        { path: 'b', type: SYMLINK, target: 'a/deep/link/..' },
        { path: 'a/deep/link', type: SYMLINK, target: '../..' },
      ],
    ],
    [
      'with a file written through a link',
      '"l/x" goes through "l", which is a link',
      [
        { path: 'd/', type: DIRECTORY },
        { path: 'l', type: SYMLINK, target: 'd' },
        { path: 'l/x', body: 'x' },
      ],
    ],
    [
      'with a directory made through a link',
      '"l/x/y/"',
      [
        { path: 'd/x/', type: DIRECTORY },
        { path: 'l', type: SYMLINK, target: 'd' },
        { path: 'l/x/y/', type: DIRECTORY },
      ],
    ],
    [
      'with a link replaced by a file',
      '"l" is in the archive twice',
      [
        { path: 'l', type: SYMLINK, target: 'd' },
        { path: 'l', body: 'x' },
      ],
    ],
    [
      'with a directory replaced by a link',
      '"d" is in the archive twice',
      [
        { path: 'd/x', body: 'x' },
        { path: 'd', type: SYMLINK, target: 'e' },
      ],
    ],
    [
      'with a link where a directory is to be',
      '"l/" is a directory where the archive has a link',
      [
        { path: 'l', type: SYMLINK, target: 'd' },
        { path: 'l/', type: DIRECTORY },
      ],
    ],
    [
      'with a file twice, with other content',
      '"./a" is in the archive twice, with different contents',
      [
        { path: 'a', body: 'x' },
        { path: './a', body: 'y' },
      ],
    ],
    [
      'with a file twice, the second longer',
      '"a" is in the archive twice, with different contents',
      [
        { path: 'a', body: 'x' },
        { path: 'a', body: 'xy' },
      ],
    ],
    [
      'with a file twice, the second shorter',
      '"a" is in the archive twice, with different contents',
      [
        { path: 'a', body: 'xy' },
        { path: 'a', body: 'x' },
      ],
    ],
    [
      'with a link twice, to other places',
      '"l" is in the archive twice, and not as the same',
      [
        { path: 'l', type: SYMLINK, target: 'd' },
        { path: 'l', type: SYMLINK, target: 'e' },
      ],
    ],
    [
      'with a file in the way of a directory',
      '"a/b" goes through "a", which is a file',
      [{ path: 'a' }, { path: 'a/b' }],
    ],
    [
      'with a hard link to a file outside',
      '"h" is a hard link to "../outside/sentinel"',
      [{ path: 'h', type: HARDLINK, target: '../outside/sentinel' }],
    ],
    ['with a hard link to an absolute path', '"h"', [{ path: 'h', type: HARDLINK, target: '/etc/passwd' }]],
    [
      'with a hard link to what comes later',
      '"h"',
      [{ path: 'h', type: HARDLINK, target: 'a' }, { path: 'a' }],
    ],
    [
      'with a hard link to a link',
      '"h" is a hard link to "l"',
      [
        { path: 'l', type: SYMLINK, target: 'a' },
        { path: 'h', type: HARDLINK, target: 'l' },
      ],
    ],
    [
      'with a hard link to a directory',
      '"h"',
      [
        { path: 'd/', type: DIRECTORY },
        { path: 'h', type: HARDLINK, target: 'd' },
      ],
    ],
    ['with a character device', '"dev/null" is a character device', [{ path: 'dev/null', type: '3' }]],
    ['with a block device', '"sda" is a block device', [{ path: 'sda', type: '4' }]],
    ['with a fifo', '"pipe" is a fifo', [{ path: 'pipe', type: '6' }]],
    ['with a sparse file', '"s" is a sparse file', [{ path: 's', type: 'S' }]],
    ['with an unknown type', '"u" is of the unknown type "Z"', [{ path: 'u', type: 'Z' }]],
    [
      'with a size that is none',
      '"a" has a size that is none',
      [withChecksum(withText(tarHeader({ path: 'a' }), 'huge', 124))],
    ],
    [
      'with a negative size',
      '"a" has a size that is none',
      [withChecksum(withText(tarHeader({ path: 'a' }), '\xff'.repeat(12), 124))],
    ],
    [
      'with a directory that is a file in the header',
      '"a/"',
      [{ path: 'a' }, { path: 'a/', type: DIRECTORY }],
    ],
  ];

  test.each(cases)('%s', (_what, named, entries) => {
    const harmless = { path: 'first', body: 'first' };
    expect(tarRefusal(tarArchive(harmless, ...entries, { path: 'last' }))).toContain(`entry ${named}`);
  });
});

describe('a tar is refused', () => {
  const tar = tarArchive({ path: 'a', body: randomBytes(3000) }, { path: 'b', body: randomBytes(3000) });

  test.each([
    ['in the middle of a file', tar.subarray(0, 5000), /cut short: it ends in the middle of entry "b"/],
    ['in the padding of a file', tar.subarray(0, 3550), /cut short: it ends after entry "a"/],
    ['in a header', tar.subarray(0, 3700), /cut short: it ends after entry "a"/],
    ['between two files', tar.subarray(0, 3584), /cut short: it ends after entry "a"/],
    ['before its end', tar.subarray(0, tar.length - 1024), /cut short: it ends after entry "b"/],
    ['in the first header', tar.subarray(0, 300), /not a tar archive/],
  ])('that was cut %s', (_where, archive, why) => {
    expect(tarRefusal(archive)).toMatch(why);
  });

  test('with a header that is broken', () => {
    const broken = Buffer.from(tar);
    broken[3584] = 0x21;
    expect(tarRefusal(broken)).toMatch(/broken after entry "a"/);
  });

  test('with a broken or an endless extended header', () => {
    for (const body of ['5 path=/x\n', 'path=x\n', '999 path=x\n', '12 path=abcd', '-1 path=x\n', '6 pax\n'])
      expect(tarRefusal(tarArchive(tarEntry({ path: 'x', type: 'x', body }), { path: 'a' }))).toMatch(
        /broken pax header/,
      );
    const endless = tarArchive(tarHeader({ path: 'x', type: 'x', size: 2 ** 30 }));
    expect(tarRefusal(endless)).toMatch(/extended header of 1073741824 bytes/);
    expect(tarRefusal(tarArchive(paxEntry({ size: '-1' }), { path: 'a' }))).toMatch(/a size that is none/);
    expect(tarRefusal(tarArchive(paxEntry({ 'GNU.sparse.major': '1' }), { path: 'a' }))).toMatch(
      /sparse file/,
    );
    expect(tarRefusal(tarArchive(paxEntry({ path: 'x' }, 'g'), { path: 'a' }))).toMatch(/global pax header/);
  });
});

describe('a zip is refused, and the entry named,', () => {
  const cases: [what: string, named: string, entries: ZipFields[]][] = [
    ['with an absolute path', '"/etc/passwd" has an absolute path', [{ path: '/etc/passwd' }]],
    ['with ..', '"../outside/sentinel" has ".."', [{ path: '../outside/sentinel' }]],
    ['with backslashes', '"a\\\\b" has a backslash', [{ path: 'a\\b' }]],
    ['with a NUL', '"a\\u0000b"', [{ path: 'a\0b' }]],
    ['with an empty name', '"" has an empty name', [{ path: '' }]],
    [
      'with a link that leads out',
      '"l" is a link to "../x"',
      [{ path: 'l', unixMode: 0o120777, body: '../x' }],
    ],
    [
      'with an endless link',
      '"l" is a link with an endless target',
      [{ path: 'l', unixMode: 0o120777, body: 'x'.repeat(5000) }],
    ],
    [
      'with a file written through a link',
      '"l/x" goes through "l"',
      [
        { path: 'l', unixMode: 0o120777, body: 'd' },
        { path: 'l/x', body: 'x' },
      ],
    ],
    ['with a device', '"null" is a device', [{ path: 'null', unixMode: 0o020666 }]],
    ['with a fifo', '"pipe" is a fifo', [{ path: 'pipe', unixMode: 0o010666 }]],
    ['with a socket', '"socket" is a device or a socket', [{ path: 'socket', unixMode: 0o140666 }]],
    ['that is encrypted', '"secret" is encrypted', [{ path: 'secret', flags: 1 }]],
    [
      'that is compressed in another way',
      '"lzma" is compressed by method 14',
      [{ path: 'lzma', method: 14 }],
    ],
    ['that is damaged', '"a" is damaged', [{ path: 'a', body: 'a', crc: 1 }]],
    [
      'twice, with other content',
      '"a" is in the archive twice',
      [
        { path: 'a', body: 'x' },
        { path: 'a', body: 'y' },
      ],
    ],
  ];

  test.each(cases)('%s', async (_what, named, entries) => {
    expect(await zipRefusal(zipArchive({ path: 'first', body: 'first' }, ...entries))).toContain(
      `entry ${named}`,
    );
  });
});

/** Without the thread and the compression: what the checks themselves say, and that nothing but the tree was touched. */
function tarRefusal(archive: Buffer): string {
  const ground = new Ground();
  try {
    const tree = new Tree(ground.into, { limits: defaultLimits, owner: null });
    const reader = new TarReader(tree);
    reader.write(archive);
    reader.end();
    tree.finish();
  } catch (error) {
    return refusalOf(error, ground);
  }
  return expect.fail('it was unpacked');
}

async function zipRefusal(archive: Buffer): Promise<string> {
  const ground = new Ground(archive);
  const fd = fs.openSync(ground.archive, 'r');
  try {
    const sink = new Tree(ground.into, { limits: defaultLimits, owner: null });
    await readZip({ fd, sizeBytes: archive.length, limits: defaultLimits, sink });
    sink.finish();
  } catch (error) {
    return refusalOf(error, ground);
  } finally {
    fs.closeSync(fd);
  }
  return expect.fail('it was unpacked');
}

function refusalOf(error: unknown, ground: Ground): string {
  expect(error).toBeInstanceOf(Refusal);
  expect(fs.readFileSync(ground.sentinel, 'utf8')).toBe('untouched');
  expect(fs.readdirSync(ground.folder).sort()).toEqual(ground.contents);
  return (error as Refusal).message;
}

function withText(header: Buffer, text: string, offset: number): Buffer {
  header.fill(0, offset, offset + 12);
  header.write(text, offset, 'latin1');
  return header;
}
