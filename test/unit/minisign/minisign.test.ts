import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digestOf,
  makeSecretKey,
  type PublicKey,
  parsePublicKey,
  parseSecretKey,
  type SecretKey,
  secretKeyText,
  sign,
  verify,
} from '../../../src/minisign/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const CONTENT = Buffer.from('a release\n'.repeat(1000));
const noPassword = () => Promise.reject(new Error('nobody is to be asked'));

describe('the minisign of the host', () => {
  const minisign = (folder: string, args: string[], input = '') =>
    execFileSync('minisign', args, { cwd: folder, input, encoding: 'utf8', stdio: 'pipe' });

  test('verifies what is signed here, with a public key that is made here', async () => {
    const folder = temporaryFolder();
    const key = makeSecretKey();
    fs.writeFileSync(path.join(folder, 'content'), CONTENT);
    fs.writeFileSync(path.join(folder, 'content.minisig'), await signed(CONTENT, key, 'file:content'));
    const said = minisign(folder, ['-V', '-H', '-m', 'content', '-P', key.publicKey]);
    expect(said).toContain('Signature and comment signature verified');
    expect(said).toContain('Trusted comment: file:content');
  });

  test('makes keys and signatures that are understood here, without a password', async () => {
    const folder = temporaryFolder();
    minisign(folder, ['-G', '-W', '-p', 'key.pub', '-s', 'key']);
    fs.writeFileSync(path.join(folder, 'content'), CONTENT);
    minisign(folder, ['-S', '-H', '-s', 'key', '-m', 'content', '-t', 'to be trusted']);
    const publicKey = publicKeyIn(path.join(folder, 'key.pub'));
    const signature = fs.readFileSync(path.join(folder, 'content.minisig'));
    expect(await verify([CONTENT], { signature, keys: [publicKey] })).toEqual({
      trustedComment: 'to be trusted',
      keyId: publicKey.id,
    });
    const key = await parseSecretKey(fs.readFileSync(path.join(folder, 'key'), 'utf8'), noPassword);
    expect(key.publicKey).toBe(publicKey.text);
  });

  test('signs with a key that is made here, behind a password and not', async () => {
    const folder = temporaryFolder();
    const key = makeSecretKey();
    fs.writeFileSync(path.join(folder, 'content'), CONTENT);
    const stretching = { operations: 32_768, memoryBytes: 16 * 1024 ** 2 };
    fs.writeFileSync(path.join(folder, 'key'), await secretKeyText(key, { password: 'correct', stretching }));
    fs.writeFileSync(path.join(folder, 'bare'), await secretKeyText(key, { password: null }));
    const comment = async () => {
      const signature = fs.readFileSync(path.join(folder, 'content.minisig'));
      return (await verify([CONTENT], { signature, keys: keysOf(key) })).trustedComment;
    };
    minisign(folder, ['-S', '-H', '-s', 'key', '-m', 'content', '-t', 'behind one'], 'correct\n');
    expect(await comment()).toBe('behind one');
    minisign(folder, ['-S', '-H', '-s', 'bare', '-m', 'content', '-t', 'without']);
    expect(await comment()).toBe('without');
  });

  test('makes a key behind a password that is opened here, and by that password alone', async () => {
    const folder = temporaryFolder();
    // With little memory it makes a key that is cheaper to try: what it makes else takes a gigabyte and three seconds.
    const make = ['--as=60000000', 'minisign', '-G', '-p', 'key.pub', '-s', 'key'];
    execFileSync('prlimit', make, { cwd: folder, input: 'right\nright\n', stdio: 'pipe' });
    const text = fs.readFileSync(path.join(folder, 'key'), 'utf8');
    const key = await parseSecretKey(text, async () => 'right');
    expect(key.publicKey).toBe(publicKeyIn(path.join(folder, 'key.pub')).text);
    await expect(parseSecretKey(text, async () => 'wrong')).rejects.toMatchObject({
      code: 'signing_key_refused',
      message: 'the password is not that of the key',
    });
  });

  test('signs the old way, which is refused in words', async () => {
    const folder = temporaryFolder();
    minisign(folder, ['-G', '-W', '-p', 'key.pub', '-s', 'key']);
    fs.writeFileSync(path.join(folder, 'content'), CONTENT);
    minisign(folder, ['-S', '-l', '-s', 'key', '-m', 'content']);
    const signature = fs.readFileSync(path.join(folder, 'content.minisig'));
    const keys = [publicKeyIn(path.join(folder, 'key.pub'))];
    await expect(verify([CONTENT], { signature, keys })).rejects.toMatchObject({
      code: 'signature_refused',
      message: expect.stringContaining('is of the old kind'),
    });
  });
});

describe('a signature', () => {
  const key = makeSecretKey();
  const keys = keysOf(key);

  test('is of one of several keys, and of no other', async () => {
    const others = [...keysOf(makeSecretKey()), ...keysOf(makeSecretKey())];
    const signature = Buffer.from(await signed(CONTENT, key, 'x'));
    expect((await verify([CONTENT], { signature, keys: [...others, ...keys] })).keyId).toBe(keys[0]?.id);
    await expect(verify([CONTENT], { signature, keys: others })).rejects.toMatchObject({
      code: 'signature_refused',
      message: `it is signed by the key ${keys[0]?.id}, and ${others.map(({ id }) => id).join(', ')} may`,
    });
    await expect(verify([CONTENT], { signature, keys: [] })).rejects.toThrow('and none may');
  });

  test('of another key with the same number is refused', async () => {
    const forged = { ...makeSecretKey(), number: key.number };
    const signature = Buffer.from(await signed(CONTENT, forged, 'x'));
    await expect(verify([CONTENT], { signature, keys })).rejects.toMatchObject({ code: 'signature_refused' });
  });

  test('of a gigabyte is checked in constant memory', async () => {
    const chunk = Buffer.alloc(1024 ** 2, 7);
    function* content() {
      for (let i = 0; i < 256; i++) yield chunk;
    }
    const digest = await digestOf(content());
    const signature = Buffer.from(sign(digest, { key, trustedComment: 'x' }));
    const before = process.memoryUsage().rss;
    await verify(content(), { signature, keys });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2);
  });

  test('does not fit any other content', async () => {
    const signature = Buffer.from(await signed(CONTENT, key, 'x'));
    await fc.assert(
      fc.asyncProperty(fc.nat(CONTENT.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const other = Buffer.from(CONTENT);
        other[at] = (other[at] ?? 0) ^ change;
        await expect(verify([other], { signature, keys })).rejects.toMatchObject({
          code: 'signature_refused',
        });
      }),
      { numRuns: 50 },
    );
  });

  test('is refused whichever of its bytes was changed, but for the untrusted comment', async () => {
    const text = await signed(CONTENT, key, 'file:demo-1.0.0.tar.gz');
    const trustedFrom = text.indexOf('\n') + 1;
    const at = fc.integer({ min: trustedFrom, max: text.length - 2 });
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 0, max: 255 }), async (position, byte) => {
        const bytes = Buffer.from(text);
        fc.pre(bytes[position] !== byte);
        bytes[position] = byte;
        await expect(verify([CONTENT], { signature: bytes, keys })).rejects.toMatchObject({
          code: 'signature_refused',
        });
      }),
      { numRuns: 500 },
    );
  });

  test('that is any other text is refused, and nothing else happens', async () => {
    const text = await signed(CONTENT, key, 'x');
    const lines = text.split('\n');
    const piece = fc.oneof(fc.constantFrom(...lines, ...lines.map((line) => line.slice(0, 40))), fc.string());
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(piece, { maxLength: 8 }).map((parts) => Buffer.from(parts.join('\n'))),
      fc.constant(Buffer.alloc(20_000, 'a')),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        fc.pre(Buffer.from(bytes).toString().trimEnd() !== text.trimEnd());
        await expect(verify([CONTENT], { signature: bytes, keys })).rejects.toMatchObject({
          code: 'signature_refused',
        });
      }),
      { numRuns: 500 },
    );
  });

  test('has one form: no fifth line, no other base64, no control characters', async () => {
    const text = await signed(CONTENT, key, 'x');
    const [untrusted, first = '', trusted, last] = text.split('\n');
    const refused = (...lines: (string | undefined)[]) =>
      expect(verify([CONTENT], { signature: Buffer.from(lines.join('\n')), keys })).rejects.toMatchObject({
        code: 'signature_refused',
      });
    await refused(untrusted, first, trusted, last, 'more');
    await refused(untrusted, `${first} `, trusted, last);
    await refused(untrusted, first.replaceAll('+', '-'), `${trusted}\u001b[2J`, last);
    await refused(untrusted, first, trusted);
    const windows = Buffer.from(text.replaceAll('\n', '\r\n'));
    expect((await verify([CONTENT], { signature: windows, keys })).trustedComment).toBe('x');
  });
});

describe('a key', () => {
  test('that is public has one form', () => {
    const { publicKey } = makeSecretKey();
    expect(parsePublicKey(publicKey)?.text).toBe(publicKey);
    expect(publicKey).toMatch(/^RW/);
    for (const wrong of ['', `${publicKey} `, publicKey.slice(1), `Q${publicKey.slice(1)}`, `${publicKey}=`])
      expect(parsePublicKey(wrong)).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => parsePublicKey(text) === null));
  });

  test('that is secret is refused when it was changed anywhere', async () => {
    const text = await secretKeyText(makeSecretKey(), { password: null });
    const from = text.indexOf('\n') + 1;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: from, max: text.length - 2 }),
        fc.base64String({ minLength: 1 }),
        async (at, other) => {
          const changed = text.slice(0, at) + (other[0] ?? '!') + text.slice(at + 1);
          fc.pre(changed !== text);
          // The salt and the costs of a password that is not there mean nothing.
          const meaningless = at - from >= 8 && at - from < 72;
          const outcome = await parseSecretKey(changed, async () => 'x').then(
            () => 'read',
            ({ code }) => code,
          );
          expect(outcome).toBe(meaningless && outcome === 'read' ? 'read' : 'signing_key_refused');
        },
      ),
      { numRuns: 200 },
    );
  });

  test('that asks for more memory than minisign does is refused before it is given', async () => {
    const stretching = { operations: 32_768, memoryBytes: 16 * 1024 ** 2 };
    const text = await secretKeyText(makeSecretKey(), { password: 'x', stretching });
    const bytes = Buffer.from(text.split('\n')[1] ?? '', 'base64');
    bytes.writeBigUInt64LE(2n ** 62n, 38);
    bytes.writeBigUInt64LE(2n ** 62n, 46);
    const greedy = `untrusted comment: x\n${bytes.toString('base64')}\n`;
    await expect(parseSecretKey(greedy, async () => 'x')).rejects.toThrow('asks for more memory');
  });
});

async function signed(content: Buffer, key: SecretKey, trustedComment: string): Promise<string> {
  return sign(await digestOf([content]), { key, trustedComment });
}

function keysOf({ publicKey }: SecretKey): PublicKey[] {
  return [parsePublicKey(publicKey)].filter((key) => key !== null);
}

function publicKeyIn(file: string): PublicKey {
  const key = parsePublicKey(fs.readFileSync(file, 'utf8').split('\n')[1] ?? '');
  if (!key) throw new Error(`${file} holds no public key`);
  return key;
}
