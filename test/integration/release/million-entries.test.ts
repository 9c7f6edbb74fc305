import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpack } from '../../../src/release/index.ts';
import { tarHeader } from '../../fixtures/tar-writer.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const MILLION = 1_000_000;
const BATCH = 1000;

test('an archive of a million entries is refused at the limit, and what was written is gone', async () => {
  const folder = temporaryFolder();
  const archive = path.join(folder, 'million.tar.gz');
  await pipeline(Readable.from(headers()), createGzip({ level: 1 }), fs.createWriteStream(archive));
  const releases = path.join(folder, 'release');
  const refused = (limits: object) =>
    unpack({ archive, into: path.join(releases, 'deployment_1.1.0.0'), limits });
  await expect(refused({ entries: 5000 })).rejects.toMatchObject({
    code: 'archive_refused',
    message: expect.stringContaining('it holds more than the limit of 5000 entries'),
  });
  // So many headers, each like the other, are a bomb as well: without that check the default limit holds.
  await expect(refused({ ratio: Number.POSITIVE_INFINITY })).rejects.toMatchObject({
    code: 'archive_refused',
    message: expect.stringContaining('it holds more than the limit of 500000 entries'),
  });
  expect(fs.readdirSync(releases)).toEqual([]);
});

/** Five thousand and some files, then one directory again and again, which costs the test no room. */
function* headers(): Generator<Buffer> {
  for (let n = 0; n < 6 * BATCH; n += BATCH)
    yield Buffer.concat(
      Array.from({ length: BATCH }, (_, index) => tarHeader({ path: `files/${n + index}` })),
    );
  const directories = Buffer.concat(
    Array.from({ length: BATCH }, () => tarHeader({ path: 'd/', type: '5' })),
  );
  for (let n = 6 * BATCH; n < MILLION; n += BATCH) yield directories;
}
