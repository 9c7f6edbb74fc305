import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { SlipwayError } from '../../../src/kernel/index.ts';
import type { WritableStore } from '../../../src/source/index.ts';
import { distrust } from '../../../src/source/signed-publication.ts';
import { Publisher } from '../../support/publishing.ts';
import { Signer, signingBy } from '../../support/signer.ts';

test('a release is put there whole, and offered with its digest, its pre-commands and its time', async () => {
  const publisher = new Publisher();
  const published = await publisher.publish('1.0.0', 'one', { preCommands: ['eval A.b'] });
  const archive = fs.readFileSync(publisher.file('dist/demo/demo-1.0.0.tar.gz'));
  const hash = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  expect(published).toEqual({
    ...{ outcome: 'published', version: '1.0.0', hash, removed: [] },
    ...{ archive: publisher.file('dist/demo/demo-1.0.0.tar.gz'), sizeBytes: archive.length },
  });
  expect(publisher.current()).toEqual({
    ...{ version: '1.0.0', hash, pre_commands: ['eval A.b'], app: 'demo', environment: 'production' },
    published_at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
});

test('the same again changes nothing, and a former version again is a new publication of it', async () => {
  const publisher = new Publisher();
  await publisher.publish('1.0.0', 'one');
  const first = publisher.current();
  expect((await publisher.publish('1.0.0', 'one')).outcome).toBe('unchanged');
  expect(publisher.current()).toEqual(first);
  expect((await publisher.publish('1.0.0', 'one', { preCommands: ['eval A.b'] })).outcome).toBe('published');
  await publisher.publish('1.1.0', 'two');
  expect((await publisher.publish('1.0.0', 'one')).outcome).toBe('published');
  const last = publisher.current();
  expect(last).toMatchObject({ version: '1.0.0', pre_commands: [] });
  expect(Date.parse(String(last.published_at))).toBeGreaterThan(Date.parse(String(first.published_at)));
});

test('other bytes under a version are refused, and taken by force', async () => {
  const publisher = new Publisher();
  const { hash } = await publisher.publish('1.0.0', 'one');
  await expect(publisher.publish('1.0.0', 'two')).rejects.toMatchObject({
    code: 'publish_refused',
    message: expect.stringContaining('demo 1.0.0 is there already, with other bytes'),
  });
  expect(publisher.current().hash).toBe(hash);
  const forced = await publisher.publish('1.0.0', 'two', { force: true });
  expect(forced.outcome).toBe('published');
  expect(publisher.current().hash).toBe(forced.hash);
});

test('a version that is there under another suffix is other bytes, too, and gone by force', async () => {
  const publisher = new Publisher();
  await publisher.publish('0.9.0', 'old');
  fs.writeFileSync(publisher.file('dist/demo/demo-1.0.0.zip'), 'a zip');
  await expect(publisher.publish('1.0.0', 'one')).rejects.toThrow('demo-1.0.0.zip');
  await publisher.publish('1.0.0', 'one', { force: true });
  expect(publisher.archives()).toEqual(['demo-0.9.0.tar.gz', 'demo-1.0.0.tar.gz']);
});

test('a dry run says what would be, and writes nothing', async () => {
  const publisher = new Publisher();
  await publisher.publish('1.0.0', 'one');
  await publisher.publish('1.1.0', 'two');
  const planned = await publisher.publish('1.2.0', 'three', { dryRun: true, keep: 1 });
  expect(planned).toMatchObject({ outcome: 'planned', removed: ['dist/demo/demo-1.0.0.tar.gz'] });
  expect(publisher.archives()).toEqual(['demo-1.0.0.tar.gz', 'demo-1.1.0.tar.gz']);
  expect(publisher.current().version).toBe('1.1.0');
});

test('the newest archives are kept, and what any environment is offered', async () => {
  const publisher = new Publisher();
  await publisher.publish('1.0.0', 'one', { environment: 'staging' });
  for (const [index, version] of ['1.1.0', '1.2.0', '1.3.0'].entries()) {
    await publisher.publish(version, version);
    fs.utimesSync(publisher.file(`dist/demo/demo-${version}.tar.gz`), 1000 + index, 1000 + index);
  }
  fs.utimesSync(publisher.file('dist/demo/demo-1.0.0.tar.gz'), 1, 1);
  fs.writeFileSync(publisher.file('dist/demo/README'), 'not ours');
  const { removed } = await publisher.publish('1.4.0', 'five', { keep: 2 });
  expect(removed).toEqual(['dist/demo/demo-1.1.0.tar.gz', 'dist/demo/demo-1.2.0.tar.gz']);
  expect(publisher.archives()).toEqual(
    ['README', ...['1.0.0', '1.3.0', '1.4.0'].map((version) => `demo-${version}.tar.gz`)].sort(),
  );
  fs.writeFileSync(publisher.file('versions/demo/staging/current.json'), 'half');
  expect((await publisher.publish('1.5.0', 'six', { keep: 1 })).removed).toEqual([]);
  expect(publisher.said.join()).toContain('current.json cannot be read, and may name any of them');
});

test('what others publish at the same time is not taken away as too much', async () => {
  const publisher = new Publisher();
  const archive = (version: string) => publisher.file(`dist/demo/demo-${version}.tar.gz`);
  for (const [index, version] of ['1.0.0', '1.1.0', '1.2.0'].entries()) {
    await publisher.publish(version, version);
    fs.utimesSync(archive(version), 1000 + index, 1000 + index);
  }
  // Two are there whose publishers have not offered them yet.
  for (const version of ['2.0.0', '2.1.0']) fs.copyFileSync(archive('1.0.0'), archive(version));
  for (const [index, version] of ['2.0.0', '2.1.0'].entries())
    fs.utimesSync(archive(version), 5_000_000_000 + index, 5_000_000_000 + index);
  // While the oldest is removed somebody offers the next one, in another environment.
  const { store } = publisher;
  const offering: WritableStore = Object.assign(Object.create(store), {
    remove: async (key: string, signal: AbortSignal) => {
      const offer = Buffer.from('{"version":"1.1.0"}');
      if (key.includes('1.0.0')) await store.put('versions/demo/staging/current.json', offer, { signal });
      await store.remove(key, signal);
    },
  });
  const { removed } = await publisher.publish('1.3.0', 'three', { store: offering, keep: 1 });
  expect(removed).toEqual(['dist/demo/demo-1.0.0.tar.gz', 'dist/demo/demo-1.2.0.tar.gz']);
  expect(publisher.archives()).toEqual(
    ['1.1.0', '1.3.0', '2.0.0', '2.1.0'].map((version) => `demo-${version}.tar.gz`),
  );
});

test('an archive that another publisher took away before it was offered is put there again', async () => {
  const publisher = new Publisher();
  const archive = publisher.file('dist/demo/demo-1.0.0.tar.gz');
  const { store } = publisher;
  const sweeping: WritableStore = Object.assign(Object.create(store), {
    put: async (...args: Parameters<WritableStore['put']>) => {
      const [key, , { signal }] = args;
      if (key.endsWith('current.json')) await store.remove('dist/demo/demo-1.0.0.tar.gz', signal);
      return await store.put(...args);
    },
  });
  const { hash } = await publisher.publish('1.0.0', 'one', { store: sweeping });
  expect(hash).toBe(`sha256:${createHash('sha256').update(fs.readFileSync(archive)).digest('hex')}`);
  expect(publisher.said.join()).toContain('it is put there again');
});

test('of two publishers at once one wins, and the other is told', async () => {
  const first = new Publisher();
  const second = new Publisher(first.store);
  await first.publish('1.0.0', 'one');
  for (let round = 1; round <= 5; round++) {
    const versions = [`1.${round}.0`, `1.${round}.1`];
    const outcomes = await Promise.allSettled([
      first.publish(versions[0] ?? '', 'one'),
      second.publish(versions[1] ?? '', 'two'),
    ]);
    const lost = outcomes.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
    // One may have ended before the other read what was there: then both were published, one after the other.
    for (const reason of lost) expect(reason).toMatchObject({ code: 'publish_conflict' });
    expect(lost.length).toBeLessThanOrEqual(1);
    const offered = first.current().version;
    const winner = outcomes.findIndex(
      (each) => each.status === 'fulfilled' && each.value.version === offered,
    );
    expect(winner).not.toBe(-1);
  }
});

test('who reads what was there before another published is told, and has changed nothing', async () => {
  const slow = new Publisher();
  await slow.publish('1.0.0', 'one');
  const quick = new Publisher(slow.store);
  const store = before(slow.store, 'put', () => quick.publish('1.2.0', 'three'));
  const error = await slow.publish('1.1.0', 'two', { store }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'publish_conflict',
    message: expect.stringContaining('1.2.0 was published meanwhile by somebody else'),
    hint: expect.stringContaining('run it again'),
  });
  expect(slow.current().version).toBe('1.2.0');
});

test('who published the same at the same time has published it', async () => {
  const slow = new Publisher();
  await slow.publish('1.0.0', 'one');
  const quick = new Publisher(slow.store);
  const store = before(slow.store, 'put', () => quick.publish('1.1.0', 'two'));
  expect((await slow.publish('1.1.0', 'two', { store })).outcome).toBe('unchanged');
});

test('other bytes that were put there meanwhile under the same version are not offered as these', async () => {
  const slow = new Publisher();
  const quick = new Publisher(slow.store);
  const store = before(slow.store, 'putFile', () => quick.publish('1.0.0', 'theirs'));
  await expect(slow.publish('1.0.0', 'ours', { store })).rejects.toMatchObject({
    code: 'publish_conflict',
    message: expect.stringContaining('another publisher has put other bytes there as demo 1.0.0'),
  });
  expect((await quick.publish('1.0.0', 'theirs')).outcome).toBe('unchanged');
});

test('who is too late to replace an archive leaves the signature of who was first', async () => {
  const { key: signingKey } = new Signer();
  const slow = new Publisher();
  await slow.publish('1.0.0', 'one', { signingKey });
  const quick = new Publisher(slow.store);
  const forced = { force: true, signingKey };
  const store = before(slow.store, 'putFile', () => quick.publish('1.0.0', 'theirs', forced));
  await expect(slow.publish('1.0.0', 'ours', { store, ...forced })).rejects.toMatchObject({
    code: 'publish_conflict',
  });
  expect(slow.archives()).toEqual(['demo-1.0.0.tar.gz', 'demo-1.0.0.tar.gz.minisig']);
  expect((await quick.publish('1.0.0', 'theirs', { signingKey })).outcome).toBe('unchanged');
});

test('an interruption says what it left, and the next attempt ends it', async () => {
  const publisher = new Publisher();
  await publisher.publish('1.0.0', 'one');
  const reason = new SlipwayError('interrupted', { message: 'interrupted' });
  const controller = new AbortController();
  const early = before(publisher.store, 'putFile', () => controller.abort(reason));
  await expect(
    publisher.publish('1.1.0', 'two', { store: early, signal: controller.signal }),
  ).rejects.toMatchObject({
    code: 'interrupted',
    hint: expect.stringContaining('agents see what they saw before'),
  });
  expect(publisher.current().version).toBe('1.0.0');
  const late = new AbortController();
  const progress = { sending: () => undefined, sent: () => late.abort(reason), say: () => undefined };
  await expect(publisher.publish('1.1.0', 'two', { progress, signal: late.signal })).rejects.toMatchObject({
    exitStatus: 130,
    hint: expect.stringContaining('the archive or a part of it is there, and is not offered'),
  });
  expect((await publisher.publish('1.1.0', 'two')).outcome).toBe('published');
});

test('a signed release is believed by who has the key, and its time is never before the last', async () => {
  const publisher = new Publisher();
  const signer = new Signer();
  const signing = signingBy([signer]);
  const signingKey = signer.key;
  const reason = () => {
    const file = publisher.file('versions/demo/production/current.json');
    const [bytes, signature] = [fs.readFileSync(file), fs.readFileSync(`${file}.minisig`)];
    return distrust({ bytes, signature, name: 'demo', environment: 'production' }, signing);
  };
  const clockAt = (now: number) => ({
    clock: { now: () => now, monotonicMs: () => 0, after: () => () => undefined },
  });
  await publisher.publish('1.0.0', 'one', { signingKey, ...clockAt(2_000_000) });
  expect(await reason()).toBeNull();
  await publisher.publish('1.1.0', 'two', { signingKey, ...clockAt(1_000_000) });
  expect(await reason()).toBeNull();
  expect(publisher.current().published_at).toBe(new Date(2_000_001).toISOString());
  expect((await publisher.publish('1.1.0', 'two', { signingKey })).outcome).toBe('unchanged');
});

test('what lacks a signature gets it, and what is signed is not published without', async () => {
  const publisher = new Publisher();
  const { key: signingKey } = new Signer();
  await publisher.publish('1.0.0', 'one');
  const before = publisher.current();
  expect((await publisher.publish('1.0.0', 'one', { signingKey })).outcome).toBe('published');
  expect(publisher.current()).toEqual(before);
  expect(publisher.archives()).toEqual(['demo-1.0.0.tar.gz', 'demo-1.0.0.tar.gz.minisig']);
  fs.rmSync(publisher.file('dist/demo/demo-1.0.0.tar.gz.minisig'));
  expect((await publisher.publish('1.0.0', 'one', { signingKey })).outcome).toBe('published');
  await expect(publisher.publish('1.1.0', 'two')).rejects.toMatchObject({
    code: 'publish_refused',
    hint: expect.stringContaining('--force publishes it without'),
  });
  await publisher.publish('1.1.0', 'two', { force: true });
  expect(fs.existsSync(publisher.file('versions/demo/production/current.json.minisig'))).toBe(false);
});

test('of two who sign at once, the last signature is that of the last current.json', async () => {
  const signer = new Signer();
  const signingKey = signer.key;
  const slow = new Publisher();
  await slow.publish('1.0.0', 'one', { signingKey });
  const quick = new Publisher(slow.store);
  // The other one writes both between the two of this one.
  const store = before(slow.store, 'put', () => quick.publish('1.2.0', 'three', { signingKey }), {
    key: 'current.json.minisig',
  });
  await expect(slow.publish('1.1.0', 'two', { store, signingKey })).rejects.toMatchObject({
    code: 'publish_conflict',
  });
  expect((await quick.publish('1.2.0', 'three', { signingKey })).outcome).toBe('unchanged');
});

/** A store on which somebody else does something just before the first such call. */
function before(
  store: WritableStore,
  call: 'put' | 'putFile',
  doing: () => unknown,
  { key = '' }: { key?: string } = {},
): WritableStore {
  let done = false;
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== call) return value.bind(target) as unknown;
      return async (...args: unknown[]) => {
        if (!done && String(args[0]).endsWith(key)) {
          done = true;
          await doing();
        }
        return await (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
