import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { paxEntry, type TarFields, tarArchive, tarEntry, tarHeader } from '../../fixtures/tar-writer.ts';
import { zipArchive } from '../../fixtures/zip-writer.ts';
import { Ground } from './ground.ts';

const SYMLINK = '2';
const HARDLINK = '1';
const DIRECTORY = '5';

async function refusal(
  archive: Buffer,
  options: Parameters<Ground['unpackInVain']>[0] = {},
): Promise<string> {
  const ground = new Ground(archive);
  const error = await ground.unpackInVain(options);
  expect(error.code).toBe('archive_refused');
  expect(error.message).toContain(ground.archive);
  expect(error.hint).toMatch(/nothing outside its own directory was touched/);
  return error.message;
}

describe('an archive is refused, and the entry named,', () => {
  const cases: [what: string, named: string, entries: TarFields[]][] = [
    ['with an absolute path', '"/etc/passwd" has an absolute path', [{ path: '/etc/passwd' }]],
    ['with ..', '"../outside/sentinel" has ".."', [{ path: '../outside/sentinel', body: 'changed' }]],
    ['with a link that leads out', '"l" is a link to "../x"', [{ path: 'l', type: SYMLINK, target: '../x' }]],
    [
      'with a file written through a link that leads out',
      '"l" is a link to "../../outside"',
      [
        { path: 'l', type: SYMLINK, target: '../../outside' },
        { path: 'l/sentinel', body: 'changed' },
      ],
    ],
    [
      'with a file written through a link that stays inside',
      '"l/x" goes through "l"',
      [
        { path: 'd/', type: DIRECTORY },
        { path: 'l', type: SYMLINK, target: 'd' },
        { path: 'l/x', body: 'x' },
      ],
    ],
    [
      'with a hard link that leads out',
      '"h" is a hard link',
      [{ path: 'h', type: HARDLINK, target: '../../outside/sentinel' }],
    ],
    ['with a device', '"null" is a character device', [{ path: 'null', type: '3' }]],
    ['with a newline in its name', '"a\\nb"', [{ path: 'a\nb' }]],
  ];

  test.each(cases)('%s', async (_what, named, entries) => {
    expect(await refusal(gzipSync(tarArchive({ path: 'first' }, ...entries)))).toContain(`entry ${named}`);
  });

  test('in a zip', async () => {
    expect(await refusal(zipArchive({ path: '../outside/sentinel' }))).toContain(
      'entry "../outside/sentinel" has ".."',
    );
  });
});

describe('an archive is refused', () => {
  const tar = tarArchive({ path: 'a', body: randomBytes(3000) }, { path: 'b', body: randomBytes(3000) });

  test('whose compressed stream was cut, even in its checksum', async () => {
    for (const whole of [gzipSync(tar), zstdCompressSync(tar)])
      for (const bytes of [whole.length - 1, whole.length - 9, whole.length >> 1, 5])
        expect(await refusal(whole.subarray(0, bytes))).toMatch(/unexpected end of file/);
  });

  test('whose compressed stream was damaged', async () => {
    const damaged = Buffer.from(gzipSync(tar));
    damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 1;
    expect(await refusal(damaged)).toMatch(/incorrect data check/);
  });

  test('with something behind its end', async () => {
    const extra = tarEntry({ path: 'hidden' });
    expect(await refusal(Buffer.concat([tar, extra]))).toMatch(/something follows the end of the archive/);
    for (const stream of [gzipSync(tar), zstdCompressSync(tar)])
      for (const tail of [Buffer.from('tail'), Buffer.alloc(10), zstdCompressSync(extra)])
        expect(await refusal(Buffer.concat([stream, tail]))).toMatch(
          /something follows|incorrect header check/,
        );
    expect(await refusal(gzipSync(Buffer.concat([tar, extra])))).toMatch(/something follows/);
  });

  test('that is compressed twice', async () => {
    expect(await refusal(gzipSync(gzipSync(tar)))).toMatch(/not a tar archive/);
  });

  test('that is empty', async () => {
    expect(await refusal(Buffer.alloc(0))).toMatch(/it is empty/);
    expect(await refusal(tarArchive())).toMatch(/it is empty/);
    expect(await refusal(gzipSync(tarArchive({ path: './', type: DIRECTORY })))).toMatch(/it is empty/);
    expect(await refusal(gzipSync(''))).toMatch(/empty/);
    expect(await refusal(zipArchive())).toMatch(/it is empty/);
  });

  test('that is no archive at all', async () => {
    for (const bytes of [
      randomBytes(10_000),
      Buffer.from('<html>404</html>'),
      Buffer.from([0x1f, 0x8b]),
      Buffer.from('PK\x03\x04'),
    ])
      expect(await refusal(bytes)).not.toBe('');
  });

  test('that is no file: a directory, a fifo, a socket', async () => {
    const ground = new Ground();
    const makers = [
      async () => fs.mkdirSync(ground.archive),
      async () => execFileSync('mkfifo', [ground.archive]),
      () => once(net.createServer().listen(ground.archive).unref(), 'listening'),
    ];
    for (const make of makers) {
      await make();
      const error = await ground.unpackInVain();
      expect(error.code).toBe('archive_refused');
      fs.rmSync(ground.archive, { recursive: true });
    }
  });
});

describe('a bomb is refused early:', () => {
  test('1 to 1,000 by gzip, and far more by zstd', async () => {
    const zeros = tarArchive({ path: 'zeros', body: Buffer.alloc(70 * 1024 ** 2) });
    for (const bomb of [gzipSync(zeros), zstdCompressSync(zeros)]) {
      expect(zeros.length / bomb.length).toBeGreaterThan(900);
      expect(await refusal(bomb)).toMatch(/more than 200 times its size/);
    }
  });

  test('1 to 1,000 in a zip', async () => {
    const bomb = zipArchive({ path: 'zeros', body: Buffer.alloc(70 * 1024 ** 2) });
    expect(await refusal(bomb)).toMatch(/more than 200 times its size/);
  });

  test('zeros behind the end of the archive', async () => {
    const tail = Buffer.alloc(70 * 1024 ** 2);
    expect(await refusal(gzipSync(Buffer.concat([tarArchive({ path: 'a' }), tail])))).toMatch(/200 times/);
  });

  test('a size over the limit, at the header that declares it', async () => {
    const declared = tarArchive({ path: 'a', body: 'a' }, tarHeader({ path: 'huge', size: 7 * 1024 ** 3 }));
    const limits = { sizeBytes: 1024 ** 3 };
    expect(await refusal(declared, { limits })).toMatch(
      /entry "huge" brings the total to 7 GB, over the limit of 1 GB/,
    );
    const zip = zipArchive({ path: 'huge', claimedBytes: 4 * 1024 ** 3 - 2, body: 'x' });
    expect(await refusal(zip, { limits })).toMatch(/entry "huge" brings the total to 4 GB/);
  });

  test('a size over the limit that no header declares', async () => {
    const headers = Array.from({ length: 500 }, () => paxEntry({ comment: 'x'.repeat(3000) }));
    const archive = tarArchive({ path: 'a' }, ...headers, { path: 'b' });
    expect(await refusal(archive, { limits: { sizeBytes: 1024 ** 2 } })).toMatch(
      /more than the limit of 1 MB/,
    );
  });

  test('more entries than allowed', async () => {
    const files = Array.from({ length: 20 }, (_, n) => ({ path: `file-${n}` }));
    for (const archive of [tarArchive(...files), zipArchive(...files)])
      expect(await refusal(archive, { limits: { entries: 10 } })).toMatch(
        /more than the limit of 10 entries/,
      );
  });

  test('the same directory more often than allowed', async () => {
    const archive = tarArchive(...Array.from({ length: 20 }, () => ({ path: 'd/', type: DIRECTORY })));
    expect(await refusal(archive, { limits: { entries: 10 } })).toMatch(/more than the limit of 10 entries/);
  });

  test('more directories than allowed, each within the one before', async () => {
    const archive = tarArchive({ path: `${'d/'.repeat(30)}file` });
    expect(await refusal(archive, { limits: { entries: 20 } })).toMatch(/more than the limit of 20 entries/);
  });
});

describe('a zip is refused', () => {
  const zip = zipArchive({ path: 'a', body: randomBytes(3000) });

  test('that was cut', async () => {
    for (const bytes of [zip.length - 1, zip.length - 30, 1000])
      expect(await refusal(zip.subarray(0, bytes))).toMatch(/not a zip file, or file is truncated/);
  });

  test('with something behind its end', async () => {
    expect(await refusal(Buffer.concat([zip, Buffer.from('tail')]))).toMatch(/Invalid comment length/);
  });

  test('whose sizes are lies', async () => {
    const body = 'x'.repeat(1000);
    for (const claimedBytes of [10, 2000])
      expect(await refusal(zipArchive({ path: 'a', body, claimedBytes }))).toMatch(/bytes in the stream/);
  });
});

test('a name that is not UTF-8 in a zip is refused', async () => {
  expect(await refusal(zipArchive({ path: Buffer.from('caf\xe9', 'latin1') }))).toMatch(/not UTF-8: café/);
});
