import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { LocalArchives } from '../../../src/source/local-archives.ts';
import { ManualClock } from '../../support/clock.ts';
import { archiveKey, becomes, LocalBed, offers, record, someArchive } from '../../unit/source/bed.ts';

/** 1.0.0 is published; of its archive nothing is there yet. */
async function published() {
  const bed = new LocalBed();
  const file = bed.file(archiveKey('1.0.0'));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  await bed.publish({ version: '1.0.0' });
  const clock = new ManualClock();
  const source = bed.source({ clock });
  source.start();
  await becomes(
    source,
    ({ reason }) => reason?.includes(`${file} does not exist (nor .tar.zst, .zip)`) ?? false,
  );
  return { bed, file, clock, source, told: record(source) };
}

function beingWritten({ reason }: { reason: string | null }): boolean {
  return reason?.includes('is still being written') ?? false;
}

test('an archive that is moved into place is offered at once', async () => {
  const { bed, source, told } = await published();
  bed.putOld('dist/demo/upload', someArchive());
  fs.renameSync(bed.file('dist/demo/upload'), bed.file(archiveKey('1.0.0')));
  await offers(source, '1.0.0');
  expect(told).toHaveLength(1);
});

test('an archive that is being copied is not offered before it is whole', async () => {
  const { file, clock, source, told } = await published();
  const archive = someArchive(1024 * 1024);
  fs.writeFileSync(file, archive.subarray(0, 300_000));
  await becomes(source, beingWritten);
  fs.appendFileSync(file, archive.subarray(300_000, 600_000));
  clock.advance(50);
  await source.look();
  fs.appendFileSync(file, archive.subarray(600_000));
  clock.advance(50);
  await source.look();
  expect(source.condition.state).toBe('waiting');
  clock.advance(50);
  expect((await offers(source, '1.0.0')).offer?.archive?.sizeBytes).toBe(archive.length);
  expect(told.map(({ state }) => state)).toEqual(['waiting', 'ok']);
});

test('an archive without a recognisable end is offered when it was left alone for half a second', async () => {
  const { bed, clock, source } = await published();
  await bed.put(archiveKey('1.0.0', '.tar.zst'), Buffer.alloc(5000));
  await becomes(source, beingWritten);
  clock.advance(450);
  await source.look();
  expect(source.condition.state).toBe('waiting');
  clock.advance(50);
  await offers(source, '1.0.0');
});

test('an archive from the future is offered all the same', async () => {
  const { file, clock, source } = await published();
  fs.writeFileSync(file, someArchive());
  fs.utimesSync(file, 4_000_000_000, 4_000_000_000);
  await becomes(source, beingWritten);
  await source.look();
  clock.advance(50);
  expect((await offers(source, '1.0.0')).state).toBe('ok');
});

test('a truncated archive that is replaced by a whole one is another archive of the offer', async () => {
  const { bed, file, clock, source, told } = await published();
  const archive = someArchive(100_000);
  // Cut so that its end is none of a tar.gz.
  let length = 50_000;
  while (archive.readUInt32LE(length - 4) % 512 === 0) length--;
  fs.writeFileSync(file, archive.subarray(0, length));
  await becomes(source, beingWritten);
  await source.look();
  clock.advance(500);
  const truncated = (await offers(source, '1.0.0')).offer;
  expect(truncated?.archive?.sizeBytes).toBe(length);
  bed.putOld(archiveKey('1.0.0'), archive);
  const { offer } = await becomes(source, (now) => now.offer?.archive?.sizeBytes === archive.length);
  expect({ ...offer, archive: null }).toEqual({ ...truncated, archive: null });
  expect(offer?.archive).not.toEqual(truncated?.archive);
  expect(told.at(-1)).toBe(source.condition);
});

test('an empty archive is waited for', async () => {
  const { file, clock, source } = await published();
  fs.writeFileSync(file, '');
  await becomes(source, ({ reason }) => reason?.endsWith(`${file} is empty`) ?? false);
  clock.advance(10_000);
  await source.look();
  expect(source.condition.state).toBe('waiting');
  fs.writeFileSync(file, someArchive());
  await becomes(source, beingWritten);
  await source.look();
  clock.advance(50);
  await offers(source, '1.0.0');
});

test('a long copy is not looked at once a write', async () => {
  const { bed, file, clock, source } = await published();
  fs.writeFileSync(file, 'x');
  await becomes(source, beingWritten);
  await source.look();
  const looks = () => clock.delaysMs.filter((ms) => ms === 50).length;
  const before = looks();
  for (let i = 0; i < 300; i++) {
    fs.appendFileSync(file, 'x'.repeat(1000));
    await new Promise(setImmediate);
  }
  // What is published now is seen at once, so all that was written has been told by then.
  bed.putOld(archiveKey('1.0.1'), someArchive());
  await bed.publish({ version: '1.0.1' });
  await offers(source, '1.0.1');
  expect(looks() - before).toBeLessThan(5);
});

test('a write to an archive during the very look that finds it finished is not missed', async () => {
  const { bed, file, clock, source } = await published();
  await bed.put(archiveKey('1.0.0'), Buffer.alloc(5000));
  await becomes(source, beingWritten);
  await source.look();
  clock.advance(450);
  await source.look();
  const find = LocalArchives.prototype.find;
  const finding = vi.spyOn(LocalArchives.prototype, 'find').mockImplementation(async function (
    this: LocalArchives,
    version,
  ) {
    finding.mockRestore();
    const found = await find.call(this, version);
    const told = new Promise((resolve) => {
      const watcher = fs.watch(file, () => resolve(watcher.close()));
    });
    fs.appendFileSync(file, 'more');
    await told;
    return found;
  });
  clock.advance(50);
  expect((await offers(source, '1.0.0')).offer?.archive?.sizeBytes).toBe(5000);
  clock.advance(0);
  await becomes(source, beingWritten);
  await source.look();
  clock.advance(500);
  await becomes(source, ({ offer }) => offer?.archive?.sizeBytes === 5004);
});

test('the archives of other versions are of no interest', async () => {
  const { bed, source, told } = await published();
  for (let i = 0; i < 20; i++) await bed.put(archiveKey(`2.0.${i}`), someArchive());
  await source.look();
  expect(told).toEqual([]);
});

test('an archive that is taken away takes the offer away, and brings it back', async () => {
  const { bed, source } = await published();
  bed.putOld(archiveKey('1.0.0'), someArchive());
  await offers(source, '1.0.0');
  fs.renameSync(bed.file(archiveKey('1.0.0')), bed.file('dist/demo/away'));
  expect((await becomes(source, ({ state }) => state === 'waiting')).offer).toBeNull();
  fs.renameSync(bed.file('dist/demo/away'), bed.file(archiveKey('1.0.0')));
  await offers(source, '1.0.0');
});

test('of two archives of one version, tar.gz is taken before zip', async () => {
  const { bed, source } = await published();
  bed.putOld(archiveKey('1.0.0', '.zip'), someArchive());
  await offers(source, '1.0.0');
  bed.putOld(archiveKey('1.0.0'), someArchive(50_000));
  await becomes(source, ({ offer }) => (offer?.archive?.sizeBytes ?? 0) > 50_000);
  const fetched = await source.fetch({
    version: '1.0.0',
    cacheDirectory: bed.root,
    signal: new AbortController().signal,
  });
  expect(fetched).toMatchObject({ kind: 'archive', path: bed.file(archiveKey('1.0.0')), temporary: false });
});

test('an archive that is a folder is an error', async () => {
  const { file, source } = await published();
  fs.mkdirSync(file);
  expect((await becomes(source, ({ state }) => state === 'error')).reason).toContain('is not a regular file');
  fs.rmdirSync(file);
  await becomes(source, ({ state }) => state === 'waiting');
  expect(source.condition.reason).toContain(path.basename(file));
});
