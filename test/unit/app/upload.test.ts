import fs from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { receiveUpload } from '../../../src/app/upload.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const MB = 1024 ** 2;

test('an archive that is sent leaves room on the disk, whatever comes beside it', async () => {
  const disk = new SmallDisk(path.join(temporaryFolder(), 'disk'), 48 * MB);
  const context = { dataDirectory: disk.folder, id: 'shop' };
  const receive = (body: Readable, sizeBytes: number) =>
    receiveUpload(context, { body, sizeBytes, maxSizeBytes: 100 * MB });
  const tooMuch = receive(Readable.from([Buffer.alloc(MB)]), 40 * MB);
  await expect(tooMuch).rejects.toMatchObject({ code: 'disk_full', hint: 'nothing was kept of it' });

  const body = new PassThrough();
  const received = receive(body, 24 * MB);
  body.write(Buffer.alloc(MB));
  // Somebody else takes what was free when it began.
  disk.fill(8 * MB);
  for (let sent = 1; sent < 24; sent++) body.write(Buffer.alloc(MB));
  body.end();
  await expect(received).rejects.toMatchObject({ code: 'disk_full' });
  expect(fs.readdirSync(path.join(disk.folder, 'uploads/shop'))).toEqual([]);
  disk.empty();
  expect(await receive(Readable.from([Buffer.alloc(MB)]), MB)).toMatchObject({ sizeBytes: MB });
});
