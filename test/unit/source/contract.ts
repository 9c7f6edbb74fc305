import fs from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Source } from '../../../src/source/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { archiveKey, becomes, CURRENT_KEY, isError, offers, record, someArchive } from './bed.ts';

/** A bucket that a test fills as a publisher would. */
export interface Bed {
  /** A source on it that is quick to look again; not started. */
  source(): Source;
  /** Whole at once. */
  put(key: string, content: string | Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  /** Whether it can tell what there is. Default: true. */
  lists?: boolean;
}

/** What every kind of bucket must do. Nothing is in the bed at first. */
export function bucketContract(kind: string, makeBed: () => Promise<Bed>): void {
  const publish = (bed: Bed, fields: object) => bed.put(CURRENT_KEY, JSON.stringify(fields));

  function started(bed: Bed): Source {
    const source = bed.source();
    onTestFinished(() => source.stop());
    source.start();
    return source;
  }

  async function fetch(source: Source, version: string, signal = new AbortController().signal) {
    const fetched = await source.fetch({ version, cacheDirectory: temporaryFolder(), signal });
    if (fetched.kind !== 'archive') throw new Error(`a bucket has archives, and this is a ${fetched.kind}`);
    return fetched;
  }

  describe(`a ${kind}`, () => {
    test('waits, without an error, where nothing is published', async () => {
      const source = started(await makeBed());
      const { state, reason, offer } = await source.look();
      expect({ state, offer }).toEqual({ state: 'waiting', offer: null });
      expect(reason).toContain('nothing is published yet');
    });

    test('offers what is published, with its hash, commit and pre-commands', async () => {
      const bed = await makeBed();
      const source = started(bed);
      const archive = someArchive();
      await bed.put(archiveKey('1.0.0'), archive);
      await publish(bed, { version: '1.0.0', hash: 'ab12cd3', pre_commands: ['eval A.b'], more: 1 });
      expect(await offers(source, '1.0.0')).toEqual({
        state: 'ok',
        reason: null,
        at: expect.any(Number),
        offer: {
          version: '1.0.0',
          hash: 'ab12cd3',
          sha256: null,
          commit: 'ab12cd3',
          preCommands: ['eval A.b'],
          archive: { sizeBytes: archive.length, mtimeMs: expect.any(Number) },
          ref: null,
          upload: null,
        },
      });
    });

    test('offers the next version, and tells a hash that reads sha256: as the digest', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await bed.put(archiveKey('1.0.0'), someArchive());
      await bed.put(archiveKey('1.0.1'), someArchive());
      await publish(bed, { version: '1.0.0' });
      expect((await offers(source, '1.0.0')).offer).toMatchObject({ hash: null, commit: null, sha256: null });
      const hash = `sha256:${'0F'.repeat(32)}`;
      await publish(bed, { version: '1.0.1', hash });
      const { offer } = await offers(source, '1.0.1');
      expect(offer).toMatchObject({ hash, commit: null, sha256: '0f'.repeat(32), preCommands: [] });
    });

    test('waits for the archive that is published but not there, and goes on when it comes', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await publish(bed, { version: '1.0.0' });
      const { reason, state } = await becomes(
        source,
        (now) => now.reason?.includes('demo-1.0.0.tar.gz') ?? false,
      );
      expect(state).toBe('waiting');
      expect(reason).toContain('does not exist');
      await bed.put(archiveKey('1.0.0'), someArchive());
      await offers(source, '1.0.0');
    });

    test('tells malformed JSON once, and offers the next good one', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await bed.put(archiveKey('1.0.0'), someArchive());
      await bed.put(CURRENT_KEY, '{\n  "version": 1.0.0\n}');
      const { reason, offer } = await becomes(source, isError);
      expect(reason).toContain('current.json is not JSON: line 2 column 17');
      expect(offer).toBeNull();
      const told = record(source);
      await source.look();
      await source.look();
      expect(told).toEqual([]);
      await publish(bed, { version: '1.0.0' });
      await offers(source, '1.0.0');
    });

    test('takes no number for a version', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await bed.put(CURRENT_KEY, '{"version": 1.5}');
      expect((await becomes(source, isError)).reason).toContain('write it in quotes, "1.5"');
    });

    test('has no offer any more when current.json is taken away', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await bed.put(archiveKey('1.0.0'), someArchive());
      await publish(bed, { version: '1.0.0' });
      await offers(source, '1.0.0');
      await bed.remove(CURRENT_KEY);
      const { offer } = await becomes(source, ({ state }) => state === 'waiting');
      expect(offer).toBeNull();
    });

    test('tells nothing when the same is published again', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await bed.put(archiveKey('1.0.0'), someArchive());
      await publish(bed, { version: '1.0.0', hash: 'a' });
      await offers(source, '1.0.0');
      const told = record(source);
      await publish(bed, { version: '1.0.0', hash: 'a' });
      await source.look();
      expect(told).toEqual([]);
    });

    test('tells a version that is published again with another hash', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await bed.put(archiveKey('1.0.0'), someArchive());
      await publish(bed, { version: '1.0.0', hash: 'a' });
      await offers(source, '1.0.0');
      await publish(bed, { version: '1.0.0', hash: 'b' });
      expect((await becomes(source, ({ offer }) => offer?.hash === 'b')).offer?.version).toBe('1.0.0');
    });

    test('tells an archive that is replaced under the same version and hash', async () => {
      const bed = await makeBed();
      const source = started(bed);
      const truncated = someArchive().subarray(0, 1000);
      await bed.put(archiveKey('1.0.0'), truncated);
      await publish(bed, { version: '1.0.0', hash: 'a' });
      expect((await offers(source, '1.0.0')).offer?.archive?.sizeBytes).toBe(truncated.length);
      const whole = someArchive();
      await bed.put(archiveKey('1.0.0'), whole);
      await becomes(source, ({ offer }) => offer?.archive?.sizeBytes === whole.length);
    });

    test.each(['.tar.gz', '.tar.zst', '.zip'])('offers and fetches an archive named %s', async (suffix) => {
      const bed = await makeBed();
      const source = started(bed);
      const archive = someArchive();
      await bed.put(archiveKey('1.0.0', suffix), archive);
      await publish(bed, { version: '1.0.0' });
      await offers(source, '1.0.0');
      const fetched = await fetch(source, '1.0.0');
      expect(fetched.path.endsWith(suffix)).toBe(true);
      expect(fetched.sizeBytes).toBe(archive.length);
      expect(fs.readFileSync(fetched.path).equals(archive)).toBe(true);
    });

    test('fetches a version that is not offered', async () => {
      const bed = await makeBed();
      const source = started(bed);
      const older = someArchive();
      await bed.put(archiveKey('1.0.0'), older);
      await bed.put(archiveKey('1.0.1'), someArchive());
      await publish(bed, { version: '1.0.1' });
      await offers(source, '1.0.1');
      const { path } = await fetch(source, '1.0.0');
      expect(fs.readFileSync(path).equals(older)).toBe(true);
    });

    test('refuses to fetch what is not there, and names what was looked for and what there is', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await expect(fetch(source, '2.0.0')).rejects.toMatchObject({
        code: 'archive_missing',
        message: expect.stringContaining('demo-2.0.0.tar.gz'),
        hint: expect.stringContaining(bed.lists === false ? 'does not tell' : 'holds no archive'),
      });
      if (bed.lists === false) return;
      for (let i = 0; i < 12; i++) await bed.put(archiveKey(`1.0.${i}`), someArchive(512));
      await expect(fetch(source, '2.0.0')).rejects.toMatchObject({
        code: 'archive_missing',
        hint: expect.stringMatching(/^there are 1\.0\.\d+(, 1\.0\.\d+){9} and 2 older; nothing was changed$/),
      });
    });

    test.each(['../x', '', 'a/b', '.', 'a b', 'x'.repeat(200)])('fetches no version %j', async (version) => {
      await expect(fetch(started(await makeBed()), version)).rejects.toMatchObject({
        code: 'version_invalid',
      });
    });

    test('fetches nothing for a caller that has given up', async () => {
      const bed = await makeBed();
      await bed.put(archiveKey('1.0.0'), someArchive());
      const signal = AbortSignal.abort(new Error('given up'));
      await expect(fetch(started(bed), '1.0.0', signal)).rejects.toThrow('given up');
    });

    test('lists the versions that can be fetched', async () => {
      const bed = await makeBed();
      const source = started(bed);
      expect(await source.versions()).toEqual([]);
      await bed.put(archiveKey('1.0.0'), someArchive());
      await bed.put(archiveKey('1.0.1+b', '.zip'), someArchive());
      await bed.put('dist/demo/other-1.0.0.tar.gz', 'x');
      await bed.put('dist/demo/demo-1.0.0.tar.gz.sig', 'x');
      const listed = bed.lists === false ? [] : ['1.0.0', '1.0.1+b'];
      expect((await source.versions()).toSorted()).toEqual(listed);
    });

    test('tells nothing after it was stopped', async () => {
      const bed = await makeBed();
      const source = started(bed);
      await source.look();
      const told = record(source);
      source.stop();
      await bed.put(archiveKey('1.0.0'), someArchive());
      await publish(bed, { version: '1.0.0' });
      // Another source of the same kind sees it: by then the stopped one would have, too.
      await offers(started(bed), '1.0.0');
      await source.look();
      expect(told).toEqual([]);
    });

    test('can be asked without being started', async () => {
      const bed = await makeBed();
      await bed.put(archiveKey('1.0.0'), someArchive());
      await publish(bed, { version: '1.0.0' });
      const source = bed.source();
      onTestFinished(() => source.stop());
      await offers(started(bed), '1.0.0');
      expect((await source.look()).offer?.version).toBe('1.0.0');
    });
  });
}
