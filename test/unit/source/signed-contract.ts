import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Believed, Signing, Source } from '../../../src/source/index.ts';
import { Signer, signingBy } from '../../support/signer.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { APP, archiveKey, becomes, CURRENT_KEY, ENVIRONMENT, isError, offers, someArchive } from './bed.ts';

export interface SignedBed {
  source(signing: Signing): Source;
  put(key: string, content: string | Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}

/** What every kind of bucket must do where keys are in force. Nothing is in the bed at first. */
export function signedContract(kind: string, makeBed: () => Promise<SignedBed>): void {
  const signer = new Signer();
  const archives = new Map(['1.0.0', '1.1.0'].map((version) => [version, someArchive()]));

  async function put(bed: SignedBed, key: string, content: string | Uint8Array, by = signer): Promise<void> {
    await bed.put(`${key}.minisig`, await by.sign(content, key.split('/').at(-1) ?? ''));
    await bed.put(key, content);
  }

  function textOf(version: string, at: string, more: object = {}): string {
    const [app, environment] = [APP, ENVIRONMENT];
    return JSON.stringify({ version, hash: 'ab12', app, environment, published_at: at, ...more });
  }

  async function filled(): Promise<SignedBed> {
    const bed = await makeBed();
    for (const [version, archive] of archives) await put(bed, archiveKey(version), archive);
    return bed;
  }

  function started(bed: SignedBed, signing = signingBy([signer])): Source {
    const source = bed.source(signing);
    onTestFinished(() => source.stop());
    source.start();
    return source;
  }

  async function fetched(source: Source, version: string) {
    const signal = new AbortController().signal;
    return await source.fetch({ version, cacheDirectory: temporaryFolder(), signal });
  }

  const AT = '2026-11-30T12:00:00.000Z';
  const LATER = '2026-11-30T12:00:00.001Z';

  describe(`a ${kind} with keys in force`, () => {
    test('offers what is signed, and gives the digest of the archive that it checked', async () => {
      const bed = await filled();
      const source = started(bed);
      await put(bed, CURRENT_KEY, textOf('1.0.0', AT));
      await source.look();
      expect((await offers(source, '1.0.0')).offer?.hash).toBe('ab12');
      const archive = archives.get('1.0.0') ?? '';
      const found = await fetched(source, '1.0.0');
      expect(found).toMatchObject({ sha256: createHash('sha256').update(archive).digest('hex') });
      if (found.kind === 'archive')
        expect(fs.readFileSync(found.path).equals(Buffer.from(archive))).toBe(true);
    });

    test.each<[string, (text: string) => Promise<string | null>, string]>([
      ['is not signed', async () => null, 'is not signed: there is no current.json.minisig'],
      [
        'is signed by somebody else',
        (text) => new Signer().sign(text, 'current.json'),
        'is signed by the key',
      ],
      ['was changed', (text) => signer.sign(`${text} `, 'current.json'), 'it was changed'],
      ['has no signature for one', async () => 'signed, I swear', 'is no signature of minisign'],
    ])('does not believe a current.json that %s', async (_, signatureOf, reason) => {
      const bed = await filled();
      const text = textOf('1.0.0', AT);
      const signature = await signatureOf(text);
      if (signature !== null) await bed.put(`${CURRENT_KEY}.minisig`, signature);
      await bed.put(CURRENT_KEY, text);
      const found = await becomes(started(bed), isError);
      expect(found).toMatchObject({ offer: null, reason: expect.stringContaining(reason) });
      expect(found.reason).toContain('--signing-key');
    });

    test.each<[string, object, string]>([
      ['of another app', { app: 'other' }, 'signed for the app "other", and this is demo'],
      ['of another environment', { environment: 'staging' }, 'signed for the environment "staging"'],
      ['of nothing', { app: undefined }, 'does not say which app it is for'],
      ['of no time', { published_at: undefined }, 'does not say when it was published'],
      ['of some time', { published_at: 'yesterday' }, 'does not say when it was published'],
    ])('does not believe a signed current.json %s', async (_, more, reason) => {
      const bed = await filled();
      await put(bed, CURRENT_KEY, textOf('1.0.0', AT, more));
      expect((await becomes(started(bed), isError)).reason).toContain(reason);
    });

    test('takes no older publication than the one before, after a start of the agent neither', async () => {
      const bed = await filled();
      const memory: { last: Believed | null } = { last: null };
      const source = started(bed, signingBy([signer], memory));
      await put(bed, CURRENT_KEY, textOf('1.1.0', LATER));
      await source.look();
      await offers(source, '1.1.0');
      await put(bed, CURRENT_KEY, textOf('1.0.0', AT));
      await source.look();
      const { reason, offer } = await becomes(source, isError);
      expect(offer).toBeNull();
      expect(reason).toContain(`published at ${AT}, and one of ${LATER} was taken before`);
      expect(reason).toContain('slipway rollback');
      source.stop();
      const next = started(bed, signingBy([signer], memory));
      expect((await becomes(next, isError)).reason).toContain('was taken before');
      await put(bed, CURRENT_KEY, textOf('1.0.0', LATER));
      expect((await next.look()).reason).toContain('an old one is not taken again');
      await put(bed, CURRENT_KEY, textOf('1.0.0', '2026-11-30T12:00:01Z'));
      await next.look();
      await offers(next, '1.0.0');
    });

    test('waits for the signature of an archive, and fetches none without it', async () => {
      const bed = await filled();
      await bed.remove(`${archiveKey('1.0.0')}.minisig`);
      await put(bed, CURRENT_KEY, textOf('1.0.0', AT));
      const source = started(bed);
      const { reason } = await becomes(source, (now) => now.reason?.includes('.tar.gz.minisig') ?? false);
      expect(reason).toContain('does not exist');
      await expect(fetched(source, '1.0.0')).rejects.toMatchObject({
        code: 'signature_refused',
        message: 'demo-1.0.0.tar.gz is refused: there is no demo-1.0.0.tar.gz.minisig beside it',
      });
      const archive = archives.get('1.0.0') ?? '';
      await bed.put(`${archiveKey('1.0.0')}.minisig`, await signer.sign(archive, 'demo-1.0.0.tar.gz'));
      await source.look();
      await offers(source, '1.0.0');
    });

    test('fetches no archive that is not what was signed, or was signed as another version', async () => {
      const bed = await filled();
      const source = started(bed);
      const old = archives.get('1.0.0') ?? Buffer.alloc(0);
      await bed.put(archiveKey('1.1.0'), old);
      const code = 'signature_refused';
      await expect(fetched(source, '1.1.0')).rejects.toMatchObject({
        code,
        message: expect.stringContaining('it was changed'),
      });
      await bed.put(`${archiveKey('1.1.0')}.minisig`, await signer.sign(old, 'demo-1.0.0.tar.gz'));
      await expect(fetched(source, '1.1.0')).rejects.toMatchObject({
        code,
        message: 'demo-1.1.0.tar.gz is refused: it is signed as "demo-1.0.0.tar.gz"',
      });
      expect((await fetched(source, '1.0.0')).kind).toBe('archive');
    });
  });
}
