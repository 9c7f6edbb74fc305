import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { gnuLongEntry, paxEntry, tarArchive } from '../../fixtures/tar-writer.ts';
import { zipArchive } from '../../fixtures/zip-writer.ts';
import { treeLines } from '../../support/tree.ts';
import { Ground } from './ground.ts';

const TAR = tarArchive(
  { path: './', type: '5', mode: 0o700 },
  { path: './bin/', type: '5', mode: 0o755 },
  { path: './bin/app', mode: 0o755, body: '#!/bin/sh\n' },
  { path: './lib/a.txt', body: 'a' },
);
const LISTED = [
  'bin directory 755 1700000000',
  'bin/app file 755 1700000000 "#!/bin/sh\\n"',
  'lib directory 755 ',
  'lib/a.txt file 644 1700000000 "a"',
];

describe('a release', () => {
  test.each([
    ['tar', TAR],
    ['tar.gz', gzipSync(TAR)],
    ['tar.zst', zstdCompressSync(TAR)],
  ])('is unpacked from a %s whatever its name says', async (_format, archive) => {
    const ground = new Ground(archive);
    expect(await ground.unpack()).toEqual({ entries: 4, sizeBytes: 11 });
    const lines = treeLines(ground.into).map((line) => line.replace(/(lib directory 755 ).*/, '$1'));
    expect(lines).toEqual(LISTED);
    expect(fs.readdirSync(ground.releases)).toEqual([path.basename(ground.into)]);
  });

  test('is unpacked from a zip with its modes and links', async () => {
    const ground = new Ground(
      zipArchive(
        { path: 'bin/', unixMode: 0o040750 },
        { path: 'bin/app', unixMode: 0o100755, body: 'run' },
        { path: 'current', unixMode: 0o120777, body: 'bin/app', method: 0 },
        { path: 'stored', body: 'stored', method: 0 },
      ),
    );
    expect(await ground.unpack()).toEqual({ entries: 4, sizeBytes: 9 });
    const lines = treeLines(ground.into).map((line) => line.replace(/ \d{10}/, ''));
    expect(lines).toEqual([
      'bin directory 750',
      'bin/app file 755 "run"',
      'current link bin/app',
      'stored file 644 "stored"',
    ]);
  });

  test('has the modes of its archive whatever the umask, without setuid, setgid and sticky', async () => {
    const ground = new Ground(
      tarArchive(
        { path: 'suid', mode: 0o6755 },
        { path: 'open', mode: 0o666 },
        { path: 'shut/', type: '5', mode: 0o1500 },
        { path: 'shut/file', mode: 0o400 },
      ),
    );
    const umask = process.umask(0o077);
    try {
      await ground.unpack();
    } finally {
      process.umask(umask);
    }
    const mode = (name: string) => (fs.statSync(path.join(ground.into, name)).mode & 0o7777).toString(8);
    expect(['suid', 'open', 'shut', 'shut/file', '.'].map(mode)).toEqual(['755', '666', '500', '400', '755']);
  });

  test('keeps relative links and hard links within it', async () => {
    const ground = new Ground(
      tarArchive(
        { path: 'lib/a-1.0/ebin/a.beam', body: 'beam' },
        { path: 'lib/a', type: '2', target: 'a-1.0' },
        { path: 'lib/a-1.0/priv', type: '2', target: '../../shared/./x//y' },
        { path: 'lib/a-1.0/root', type: '2', target: '../..' },
        { path: 'lib/late', type: '2', target: 'not-there-yet/../a-1.0' },
        { path: 'same.beam', type: '1', target: './lib/a-1.0/ebin/a.beam' },
      ),
    );
    await ground.unpack();
    const link = (name: string) => fs.readlinkSync(path.join(ground.into, name));
    expect(link('lib/a')).toBe('a-1.0');
    expect(link('lib/a-1.0/priv')).toBe('../../shared/./x//y');
    expect(link('lib/late')).toBe('not-there-yet/../a-1.0');
    const first = fs.statSync(path.join(ground.into, 'lib/a-1.0/ebin/a.beam'));
    expect(fs.statSync(path.join(ground.into, 'same.beam')).ino).toBe(first.ino);
  });

  test('may have long names, in the ways of pax, GNU and ustar', async () => {
    const folders = `${'folder/'.repeat(20)}`;
    const ground = new Ground(
      tarArchive(
        paxEntry({
          path: `${folders}päx.txt`,
          mtime: '1600000000.5',
          'SCHILY.xattr.user.note': 'line\n11 path=/x\n',
        }),
        { path: 'short', body: 'pax', prefix: 'not-this' },
        gnuLongEntry('L', `${folders}gnu.txt`),
        { path: folders.slice(0, 98), body: 'gnu' },
        { path: 'ustar.txt', prefix: `${folders}u`, body: 'ustar' },
        gnuLongEntry('K', `${folders}gnu.txt`),
        { path: 'link', type: '2', target: 'cut' },
        paxEntry({ linkpath: `${folders}päx.txt` }),
        { path: 'hard', type: '1', target: 'cut' },
        paxEntry({ comment: 'f00d', mtime: '1' }, 'g'),
        { path: 'last', body: 'last' },
      ),
    );
    await ground.unpack();
    const read = (name: string) => fs.readFileSync(path.join(ground.into, name), 'utf8');
    expect(['hard', 'link', `${folders}u/ustar.txt`, 'last'].map(read)).toEqual([
      'pax',
      'gnu',
      'ustar',
      'last',
    ]);
    expect(fs.statSync(path.join(ground.into, `${folders}päx.txt`)).mtimeMs).toBe(1_600_000_000_500);
    expect(fs.statSync(path.join(ground.into, 'last')).mtimeMs).toBe(1_700_000_000_000);
  });

  test('belongs to whoever unpacks it', async () => {
    const ground = new Ground(TAR);
    await ground.unpack();
    expect(fs.statSync(path.join(ground.into, 'bin/app')).uid).toBe(process.getuid?.());
  });

  test('is unpacked where the digest is that of the archive, in either case', async () => {
    for (const archive of [gzipSync(TAR), zipArchive({ path: 'a' })]) {
      const ground = new Ground(archive);
      const sha256 = createHash('sha256').update(archive).digest('hex').toUpperCase();
      await ground.unpack({ sha256 });
      expect(fs.existsSync(ground.into)).toBe(true);
    }
  });

  test('that is small is no bomb, however well it compresses', async () => {
    const ground = new Ground(gzipSync(tarArchive({ path: 'zeros', body: Buffer.alloc(1024 ** 2) })));
    expect(await ground.unpack()).toEqual({ entries: 1, sizeBytes: 1024 ** 2 });
  });

  test('that compresses as well as a log does is no bomb', async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, n) => `2026-01-01T00:00:00Z info request ${n} GET / 200\n`,
    );
    const ground = new Ground(gzipSync(tarArchive({ path: 'app.log', body: lines.join('').repeat(70) })));
    expect((await ground.unpack()).sizeBytes).toBeGreaterThan(64 * 1024 ** 2);
  });
});

describe('an archive is not unpacked', () => {
  test('that has another digest', async () => {
    for (const archive of [gzipSync(TAR), TAR, zipArchive({ path: 'a' })]) {
      const ground = new Ground(archive);
      const error = await ground.unpackInVain({ sha256: '0'.repeat(64) });
      expect(error.code).toBe('digest_mismatch');
      expect(error.message).toContain(createHash('sha256').update(archive).digest('hex'));
    }
  });

  test('whose digest is none', async () => {
    const ground = new Ground(TAR);
    for (const sha256 of ['', 'abc', `sha256:${'0'.repeat(64)}`, 'g'.repeat(64)]) {
      const error = await ground.unpackInVain({ sha256 });
      expect(error.code).toBe('offer_invalid');
      expect(error.message).toContain(JSON.stringify(sha256));
    }
  });

  test('that is not there', async () => {
    const ground = new Ground();
    const error = await ground.unpackInVain();
    expect(error.code).toBe('archive_missing');
    expect(error.message).toContain(ground.archive);
  });

  test('over a release that is there already', async () => {
    const ground = new Ground(TAR);
    fs.mkdirSync(ground.into);
    const error = await ground.unpackInVain();
    expect(error.code).toBe('path_refused');
    expect(error.message).toContain(ground.into);
  });

  test('when it is aborted, before or in the middle', async () => {
    const ground = new Ground();
    // 8 GB of zeros that take no room, so that there is a middle.
    fs.writeFileSync(ground.archive, endlessHeader());
    fs.truncateSync(ground.archive, 8 * 1024 ** 3);
    const reason = new Error('a newer offer came');
    expect(await ground.unpackInVain({ signal: AbortSignal.abort(reason) })).toBe(reason);
    const abort = new AbortController();
    const watcher = fs.watch(ground.releases, () => abort.abort(reason));
    try {
      expect(await ground.unpackInVain({ signal: abort.signal })).toBe(reason);
    } finally {
      watcher.close();
    }
  });
});

function endlessHeader(): Buffer {
  return tarArchive({ path: 'endless', size: 8 * 1024 ** 3 - 512 }).subarray(0, 512);
}
