import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WritableStore } from '../../../../src/source/index.ts';
import { temporaryFolder } from '../../../support/temporary.ts';

const never = new AbortController().signal;
const KIND = { maxBytes: 1024 ** 2, signal: never };

/** What every store that is published to must do. Nothing is in it at first. */
export function storeContract(kind: string, open: () => Promise<WritableStore>): void {
  const text = (value: unknown) => Buffer.from((value as { bytes: Uint8Array }).bytes).toString();

  describe(`a store that is a ${kind}`, () => {
    test('has nothing where nothing was written', async () => {
      const store = await open();
      expect(await store.get('a/b.json', KIND)).toBeNull();
      expect(await store.stat('a/b.json', never)).toBeNull();
      expect(await store.list('a/', never)).toEqual([]);
      await store.remove('a/b.json', never);
    });

    test('gives what was written, once: then it is unchanged, until it is written again', async () => {
      const store = await open();
      const { tag } = await store.put('a/b.json', Buffer.from('one'), { signal: never });
      const first = await store.get('a/b.json', KIND);
      expect(text(first)).toBe('one');
      expect(first).toMatchObject({ tag, modifiedMs: expect.any(Number) });
      expect(await store.get('a/b.json', { ...KIND, unlessTag: tag })).toBe('unchanged');
      await store.put('a/b.json', Buffer.from('two!'), { signal: never });
      expect(text(await store.get('a/b.json', { ...KIND, unlessTag: tag }))).toBe('two!');
      await store.remove('a/b.json', never);
      expect(await store.get('a/b.json', { ...KIND, unlessTag: tag })).toBeNull();
    });

    test('reads no object that is larger than it may be', async () => {
      const store = await open();
      await store.put('a', Buffer.alloc(100), { signal: never });
      await expect(store.get('a', { maxBytes: 99, signal: never })).rejects.toThrow(/\b99\b/);
    });

    test('writes on a condition: where nothing is there, or what was read', async () => {
      const store = await open();
      const { tag } = await store.put('c', Buffer.from('1'), { ifTag: null, signal: never });
      await expect(store.put('c', Buffer.from('x'), { ifTag: null, signal: never })).rejects.toMatchObject({
        code: 'publish_conflict',
      });
      await store.put('c', Buffer.from('22'), { ifTag: tag, signal: never });
      await expect(store.put('c', Buffer.from('x'), { ifTag: tag, signal: never })).rejects.toMatchObject({
        code: 'publish_conflict',
      });
      expect(text(await store.get('c', KIND))).toBe('22');
      await store.remove('c', never);
      await expect(store.put('c', Buffer.from('x'), { ifTag: tag, signal: never })).rejects.toMatchObject({
        code: 'publish_conflict',
      });
    });

    test('lets one of many writers win who all read the same', async () => {
      const store = await open();
      const { tag } = await store.put('c', Buffer.from('start'), { ifTag: null, signal: never });
      const writers = Array.from({ length: 6 }, (_, i) =>
        store.put('c', Buffer.from(`writer ${i}`), { ifTag: tag, signal: never }).then(
          () => `writer ${i}`,
          (error: { code?: string }) => error.code,
        ),
      );
      const outcomes = await Promise.all(writers);
      expect(outcomes.filter((each) => each === 'publish_conflict')).toHaveLength(5);
      expect(outcomes).toContain(text(await store.get('c', KIND)));
    });

    test('takes a file, tells how far it is, and gives any rest of it while it is the same', async () => {
      const store = await open();
      const file = someFile(3_000_000);
      const told: number[] = [];
      await store.putFile('dist/a.tar.gz', { ...file, onProgress: (n) => told.push(n), signal: never });
      expect(told.at(-1)).toBe(file.sizeBytes);
      const stat = await store.stat('dist/a.tar.gz', never);
      expect(stat).toMatchObject({ sizeBytes: file.sizeBytes });
      expect([null, file.sha256]).toContain(stat?.sha256);
      const tag = stat?.tag ?? '';
      const from = (fromByte: number) => all(store.read('dist/a.tar.gz', { fromByte, tag, signal: never }));
      expect((await from(0)).equals(file.bytes)).toBe(true);
      expect((await from(2_999_990)).equals(file.bytes.subarray(2_999_990))).toBe(true);
      await store.putFile('dist/a.tar.gz', { ...someFile(3_000_001), signal: never });
      await expect(from(10)).rejects.toMatchObject({ code: 'archive_replaced' });
      await store.remove('dist/a.tar.gz', never);
      await expect(from(0)).rejects.toMatchObject({ code: 'archive_replaced' });
    });

    test('takes a file on a condition', async () => {
      const store = await open();
      await store.putFile('f', { ...someFile(1000), ifTag: null, signal: never });
      const second = { ...someFile(1000), ifTag: null, signal: never };
      await expect(store.putFile('f', second)).rejects.toMatchObject({ code: 'publish_conflict' });
    });

    test('lists what begins so, and no more', async () => {
      const store = await open();
      for (const key of ['dist/a/1', 'dist/a/2', 'dist/b/1'])
        await store.put(key, Buffer.from(key), { signal: never });
      const listed = (await store.list('dist/a/', never)) ?? [];
      expect(listed.map(({ key }) => key).sort()).toEqual(['dist/a/1', 'dist/a/2']);
      expect(listed[0]).toMatchObject({ sizeBytes: 8, modifiedMs: expect.any(Number) });
    });

    test('does nothing for a caller that has given up', async () => {
      const store = await open();
      const signal = AbortSignal.abort(new Error('given up'));
      await expect(store.put('g', Buffer.from('x'), { signal })).rejects.toThrow('given up');
      await expect(store.putFile('g', { ...someFile(10), signal })).rejects.toThrow('given up');
      expect(await store.stat('g', never)).toBeNull();
    });
  });
}

export function someFile(sizeBytes: number) {
  const bytes = randomBytes(sizeBytes);
  const file = path.join(temporaryFolder(), 'file');
  fs.writeFileSync(file, bytes);
  return { path: file, bytes, sizeBytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
