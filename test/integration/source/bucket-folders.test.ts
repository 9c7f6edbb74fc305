import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Source } from '../../../src/source/index.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { archiveKey, becomes, CURRENT_KEY, LocalBed, offers, someArchive } from '../../unit/source/bed.ts';

/** A started source that no poll helps: its clock stands still. */
async function watched(bed: LocalBed, url = bed.root): Promise<Source> {
  const source = bed.source({ clock: new ManualClock(), url });
  source.start();
  await source.look();
  return source;
}

async function fill(bed: LocalBed, version: string): Promise<void> {
  bed.putOld(archiveKey(version), someArchive());
  await bed.publish({ version });
}

function isWaiting({ state }: { state: string }): boolean {
  return state === 'waiting';
}

test('folders that are made later, one by one and from far above, are followed', async () => {
  const bed = new LocalBed(path.join(temporaryFolder(), 'srv/releases/deep/demo'));
  const source = await watched(bed);
  expect(source.condition.reason).toContain(`${path.resolve(bed.root, '../../..')} does not exist`);
  let folder = path.resolve(bed.root, '../../../..');
  for (const name of `srv/releases/deep/demo/${path.dirname(CURRENT_KEY)}`.split('/')) {
    const missing = path.join(folder, name);
    await becomes(source, ({ reason }) => reason?.includes(`${missing} does not exist`) ?? false);
    fs.mkdirSync(missing);
    folder = missing;
  }
  await becomes(source, ({ reason }) => reason?.includes(`${bed.file(CURRENT_KEY)} does not exist`) ?? false);
  await fill(bed, '1.0.0');
  await offers(source, '1.0.0');
});

test('folders that are made all at once, with what is in them, are followed', async () => {
  for (let i = 0; i < 20; i++) {
    const bed = new LocalBed(path.join(temporaryFolder(), 'a/b/c'));
    const source = await watched(bed);
    await fill(bed, '1.0.0');
    expect((await offers(source, '1.0.0')).state).toBe('ok');
  }
});

test('a bucket that is removed and made anew, again and again, is followed', async () => {
  const bed = new LocalBed();
  const source = await watched(bed);
  for (let i = 0; i < 20; i++) {
    await fill(bed, `1.0.${i}`);
    expect((await offers(source, `1.0.${i}`)).state).toBe('ok');
    fs.rmSync(bed.root, { recursive: true });
    // Every other time it is made anew before the removal has been looked at.
    if (i % 2 === 0) await becomes(source, isWaiting);
  }
});

test.each(['versions', 'versions/demo', 'versions/demo/prod', 'dist', 'dist/demo', ''])(
  'another folder put in the place of <bucket>/%s is what is offered from then on',
  async (folder) => {
    const bed = new LocalBed();
    await fill(bed, '1.0.0');
    bed.putOld(archiveKey('1.0.1'), someArchive(9000));
    const source = await watched(bed);
    await offers(source, '1.0.0');
    const other = new LocalBed(path.join(temporaryFolder(), 'other'));
    const replaced = someArchive(20_000);
    other.putOld(archiveKey('1.0.0'), replaced);
    other.putOld(archiveKey('1.0.1'), replaced);
    await other.publish({ version: '1.0.1' });
    fs.renameSync(bed.file(folder), path.join(temporaryFolder(), 'away'));
    await becomes(source, isWaiting);
    fs.renameSync(other.file(folder), bed.file(folder));
    const version = folder.startsWith('dist') ? '1.0.0' : '1.0.1';
    await offers(source, version);
    // And it is this folder that is watched now.
    await fill(bed, '1.0.2');
    expect((await offers(source, '1.0.2')).state).toBe('ok');
  },
);

test('a bucket behind a symbolic link is followed, and so is the link when it is switched', async () => {
  const folder = temporaryFolder();
  const link = path.join(folder, 'current');
  const blue = new LocalBed(path.join(folder, 'blue'));
  const green = new LocalBed(path.join(folder, 'green'));
  await fill(blue, '1.0.0');
  await fill(green, '2.0.0');
  const source = await watched(blue, link);
  expect(source.condition.reason).toContain(`${link} does not exist`);
  fs.symlinkSync('blue', link);
  await offers(source, '1.0.0');
  await fill(blue, '1.0.1');
  await offers(source, '1.0.1');
  fs.symlinkSync(green.root, `${link}.new`);
  fs.renameSync(`${link}.new`, link);
  await offers(source, '2.0.0');
  await fill(green, '2.0.1');
  await offers(source, '2.0.1');
  await fill(blue, '1.0.2');
  await source.look();
  expect(source.condition.offer?.version).toBe('2.0.1');
});

test('symbolic links inside of the bucket are followed, and what is behind them', async () => {
  const elsewhere = new LocalBed(path.join(temporaryFolder(), 'elsewhere'));
  await fill(elsewhere, '1.0.0');
  const bed = new LocalBed();
  fs.mkdirSync(bed.root);
  const source = await watched(bed);
  fs.symlinkSync(path.join(elsewhere.root, 'versions'), bed.file('versions'));
  fs.mkdirSync(bed.file('dist/demo'), { recursive: true });
  fs.symlinkSync(
    path.relative(bed.file('dist/demo'), elsewhere.file(archiveKey('1.0.1'))),
    bed.file(archiveKey('1.0.1')),
  );
  await becomes(source, ({ reason }) => reason?.includes('demo-1.0.0.tar.gz does not exist') ?? false);
  await elsewhere.publish({ version: '1.0.1' });
  await becomes(source, ({ reason }) => reason?.includes('demo-1.0.1.tar.gz does not exist') ?? false);
  elsewhere.putOld(archiveKey('1.0.1'), someArchive());
  expect((await offers(source, '1.0.1')).state).toBe('ok');
});

test('a current.json that is a link into a folder that is switched as a whole is followed', async () => {
  const bed = new LocalBed();
  const folder = path.dirname(bed.file(CURRENT_KEY));
  for (const version of ['1.0.0', '1.0.1']) {
    bed.putOld(archiveKey(version), someArchive());
    await bed.put(
      path.join(path.dirname(CURRENT_KEY), `..${version}`, 'current.json'),
      JSON.stringify({ version }),
    );
  }
  fs.symlinkSync('..1.0.0', path.join(folder, '..data'));
  fs.symlinkSync('..data/current.json', bed.file(CURRENT_KEY));
  const source = await watched(bed);
  await offers(source, '1.0.0');
  fs.symlinkSync('..1.0.1', path.join(folder, '..next'));
  fs.renameSync(path.join(folder, '..next'), path.join(folder, '..data'));
  expect((await offers(source, '1.0.1')).state).toBe('ok');
});

test('a link that leads nowhere is told as such, and followed when it leads somewhere', async () => {
  const bed = new LocalBed();
  const target = path.join(temporaryFolder(), 'target.json');
  bed.putOld(archiveKey('1.0.0'), someArchive());
  fs.mkdirSync(path.dirname(bed.file(CURRENT_KEY)), { recursive: true });
  fs.symlinkSync(target, bed.file(CURRENT_KEY));
  const source = await watched(bed);
  expect(source.condition).toMatchObject({
    state: 'waiting',
    reason: expect.stringContaining(`links to ${target}, which does not exist`),
  });
  fs.writeFileSync(target, '{"version": "1.0.0"}');
  await offers(source, '1.0.0');
});

test('links in a circle, files for folders and folders for files are errors in words', async () => {
  const bed = new LocalBed();
  fs.mkdirSync(bed.root);
  const source = await watched(bed);
  fs.symlinkSync('versions', bed.file('versions'));
  expect((await becomes(source, ({ state }) => state === 'error')).reason).toContain(
    `lead in a circle (mend: namei -l ${bed.file(CURRENT_KEY)})`,
  );
  fs.rmSync(bed.file('versions'));
  fs.writeFileSync(bed.file('versions'), '');
  expect(
    (await becomes(source, ({ reason }) => reason?.includes('is none (mend: namei -l ') ?? false)).state,
  ).toBe('error');
  fs.rmSync(bed.file('versions'));
  fs.mkdirSync(bed.file(CURRENT_KEY), { recursive: true });
  expect(
    (await becomes(source, ({ reason }) => reason?.includes('not a regular file (mend: ls -l ') ?? false))
      .state,
  ).toBe('error');
  fs.rmdirSync(bed.file(CURRENT_KEY));
  await fill(bed, '1.0.0');
  await offers(source, '1.0.0');
});
