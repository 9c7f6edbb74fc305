import fs from 'node:fs';
import { expect, test } from 'vitest';
import { ManualClock } from '../../support/clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  archiveKey,
  becomes,
  CURRENT_KEY,
  LocalBed,
  offers,
  record,
  someArchive,
} from '../../unit/source/bed.ts';

/** Open descriptors, Node's watchers, and the kernel's watches (one for all of an inode), of this process. */
function held(): { descriptors: number; watchers: number; watches: number } {
  const fds = fs.readdirSync('/proc/self/fd');
  let watches = 0;
  for (const fd of fds)
    if (readIfThere(`/proc/self/fd/${fd}`) === 'anon_inode:inotify')
      watches += fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify wd/gm)?.length ?? 0;
  const watchers = process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
  return { descriptors: fds.length, watchers, watches };
}

function readIfThere(link: string): string | null {
  try {
    return fs.readlinkSync(link);
  } catch {
    return null;
  }
}

async function offeringBed(): Promise<LocalBed> {
  const bed = new LocalBed();
  bed.putOld(archiveKey('1.0.0'), someArchive());
  bed.putOld(archiveKey('1.0.1'), someArchive());
  await bed.publish({ version: '1.0.0' });
  return bed;
}

test('a stopped source holds no descriptor, no watch and no timer, whenever it was stopped', async () => {
  const bed = await offeringBed();
  const warmUp = bed.source();
  warmUp.start();
  await offers(warmUp, '1.0.0');
  warmUp.stop();
  // The kernel's watches go at once, Node's watchers a turn of the event loop later.
  await waitFor('the watches to go', () => held().watches === 0 && held().watchers === 0);
  const before = held();
  for (let i = 0; i < 60; i++) {
    const clock = new ManualClock();
    const source = bed.source({ clock });
    source.start();
    // Stopped at once, during the first look, and when it offers.
    for (let turn = 0; turn < i % 30; turn++) await new Promise(setImmediate);
    if (i % 2) await offers(source, '1.0.0');
    source.stop();
    expect(clock.pending).toBe(0);
    await source.look();
  }
  await waitFor('everything to be let go', () => JSON.stringify(held()) === JSON.stringify(before));
});

test('a source that is stopped while an archive is being written leaves no timer behind', async () => {
  const bed = new LocalBed();
  const clock = new ManualClock();
  const source = bed.source({ clock });
  await bed.put(archiveKey('1.0.0'), 'unfinished');
  await bed.publish({ version: '1.0.0' });
  source.start();
  await becomes(source, ({ reason }) => reason?.includes('is still being written') ?? false);
  await source.look();
  expect(clock.pending).toBe(2);
  source.stop();
  expect(clock.pending).toBe(0);
});

test('watches are not piled up by changes', async () => {
  const bed = await offeringBed();
  const source = bed.source({ clock: new ManualClock() });
  source.start();
  await offers(source, '1.0.0');
  await source.look();
  const before = held();
  expect(before.watches).toBeGreaterThan(0);
  expect(before.watchers).toBeGreaterThan(0);
  for (let i = 0; i < 20; i++) {
    for (const version of ['1.0.1', '1.0.0']) {
      await bed.publish({ version });
      await offers(source, version);
    }
    fs.renameSync(bed.file('versions'), bed.file('away'));
    fs.renameSync(bed.file('away'), bed.file('versions'));
    await source.look();
  }
  await waitFor('as many watches as before', async () => {
    await source.look();
    return JSON.stringify(held()) === JSON.stringify(before);
  });
});

test('nothing is told after the stop, not by a look that was under way', async () => {
  const bed = await offeringBed();
  const source = bed.source({ clock: new ManualClock() });
  source.start();
  await offers(source, '1.0.0');
  const told = record(source);
  await bed.publish({ version: '1.0.1' });
  const look = source.look();
  source.stop();
  await look;
  fs.rmSync(bed.file(CURRENT_KEY));
  const witness = bed.source({ clock: new ManualClock() });
  witness.start();
  await witness.look();
  expect(witness.condition.state).toBe('waiting');
  expect(told).toEqual([]);
  source.start();
  expect((await source.look()).offer?.version).toBe('1.0.0');
});
