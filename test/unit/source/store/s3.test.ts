import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { openWritableStore, type WritableStore } from '../../../../src/source/index.ts';
import { s3Server, useCredentials } from '../../../support/s3.ts';
import { tcpProxy } from '../../../support/tcp-proxy.ts';
import { all, someFile, storeContract } from './contract.ts';

async function bucket({ prefix = '' } = {}) {
  const server = await s3Server();
  const { endpoint, ...credentials } = server;
  const name = `store-${randomUUID()}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  useCredentials(server);
  const network = await tcpProxy({ port: Number(new URL(endpoint).port) });
  const url = `s3://${name}/${prefix}`;
  return {
    name,
    client,
    network,
    store: openWritableStore({ url, endpoint: `http://127.0.0.1:${network.port}` }),
  };
}

storeContract('bucket of S3', async () => (await bucket()).store);
storeContract('bucket of S3 with a prefix', async () => (await bucket({ prefix: 'some/where' })).store);

const MIB = 1024 ** 2;

test('an upload that was cut off goes on with the parts that are not there yet', async () => {
  const { name, client, store, network } = await bucket();
  const file = someFile(40 * MIB);
  await cutOff(store, file);
  const { signal } = new AbortController();
  expect(await store.stat('dist/a.tar.gz', signal)).toBeNull();
  network.sent = 0;
  const told: number[] = [];
  await store.putFile('dist/a.tar.gz', { ...file, onProgress: (n) => told.push(n), signal });
  expect(told.at(-1)).toBe(file.sizeBytes);
  expect(network.sent).toBeLessThan(33 * MIB);
  const stat = await store.stat('dist/a.tar.gz', signal);
  expect(stat?.sha256).toBe(file.sha256);
  const read = await all(store.read('dist/a.tar.gz', { fromByte: 0, tag: stat?.tag ?? '', signal }));
  expect(read.equals(file.bytes)).toBe(true);
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: name }));
  expect(Uploads ?? []).toEqual([]);
});

test('an upload goes on from that of another file only as far as both are the same', async () => {
  const { store } = await bucket();
  const former = someFile(24 * MIB);
  await cutOff(store, former);
  const file = someFile(20 * MIB);
  former.bytes.copy(file.bytes, 0, 0, 9 * MIB);
  fs.writeFileSync(file.path, file.bytes);
  const sha256 = createHash('sha256').update(file.bytes).digest('hex');
  const { signal } = new AbortController();
  await store.putFile('dist/a.tar.gz', { ...file, sha256, signal });
  const stat = await store.stat('dist/a.tar.gz', signal);
  expect(stat).toMatchObject({ sha256, sizeBytes: file.sizeBytes });
  const read = await all(store.read('dist/a.tar.gz', { fromByte: 0, tag: stat?.tag ?? '', signal }));
  expect(read.equals(file.bytes)).toBe(true);
});

test('of two who send the same large file at once one has sent it, and the other is told', async () => {
  const { store } = await bucket();
  const file = someFile(40 * MIB);
  const { signal } = new AbortController();
  const other = Promise.withResolvers<void>();
  let isFirst = true;
  const slow = store.putFile('dist/a.tar.gz', {
    ...{ ...file, ifTag: null, signal },
    onProgress() {
      if (isFirst)
        void store
          .putFile('dist/a.tar.gz', { ...file, ifTag: null, signal })
          .then(other.resolve, other.reject);
      isFirst = false;
    },
  });
  const outcomes = await Promise.allSettled([slow, other.promise]);
  for (const each of outcomes)
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'publish_conflict' });
  expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
  expect(await store.stat('dist/a.tar.gz', signal)).toMatchObject({ sha256: file.sha256 });
});

/** Begins to send a file, and is cut off when its first part is there. */
async function cutOff(store: WritableStore, file: ReturnType<typeof someFile>): Promise<void> {
  const cut = new AbortController();
  const onProgress = () => cut.abort(new Error('cut'));
  const sent = store.putFile('dist/a.tar.gz', { ...file, onProgress, signal: cut.signal });
  await expect(sent).rejects.toThrow('cut');
}
