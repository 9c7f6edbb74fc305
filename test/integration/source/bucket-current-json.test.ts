import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ManualClock } from '../../support/clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  archiveKey,
  becomes,
  CURRENT_KEY,
  isError,
  LocalBed,
  offers,
  record,
  someArchive,
} from '../../unit/source/bed.ts';
import { becomeNobody } from '../../unit/source/nobody.ts';

const POLL_MS = 5000;

/** A bucket with archives of two versions, and a started source that offers the first. All that is old: no event is due. */
async function offering(clock = new ManualClock()) {
  const bed = new LocalBed();
  for (const version of ['1.0.0', '1.0.1']) bed.putOld(archiveKey(version), someArchive());
  bed.putOld(CURRENT_KEY, '{"version": "1.0.0"}');
  const source = bed.source({ clock, pollMs: POLL_MS });
  source.start();
  await offers(source, '1.0.0');
  return { bed, clock, source, file: bed.file(CURRENT_KEY) };
}

test('a current.json that is written in two halves is offered when whole, and is no error', async () => {
  const { source, file } = await offering();
  const told = record(source);
  fs.writeFileSync(file, '{"version": ');
  await source.look();
  expect(source.condition.offer?.version).toBe('1.0.0');
  fs.appendFileSync(file, '"1.0.1"}');
  await offers(source, '1.0.1');
  expect(told.map(({ state }) => state)).toEqual(['ok']);
});

test('a current.json that stays half written is told once; the rest puts that right at once', async () => {
  const { source, file, clock } = await offering();
  const told = record(source);
  fs.writeFileSync(file, '{"version": ');
  await source.look();
  clock.advance(500);
  const { reason, offer } = await becomes(source, isError);
  expect(reason).toBe(
    `${file} is not JSON: line 1 column 13: unexpected end of JSON input (half written? It is read again when it changes)`,
  );
  expect(offer).toBeNull();
  for (let i = 0; i < 3; i++) {
    clock.advance(POLL_MS);
    await source.look();
  }
  expect(told).toHaveLength(1);
  fs.appendFileSync(file, '"1.0.1"}');
  await offers(source, '1.0.1');
  expect(told.map(({ state }) => state)).toEqual(['error', 'ok']);
});

test('an old malformed current.json is an error at the first look', async () => {
  const bed = new LocalBed();
  bed.putOld(CURRENT_KEY, 'version: 1.0.0');
  const source = bed.source({ clock: new ManualClock() });
  const told = record(source);
  source.start();
  await source.look();
  expect(told.map(({ state }) => state)).toEqual(['error']);
});

test("the guide's own way of publishing, a shell's redirection, is seen as one change", async () => {
  const { source, file } = await offering();
  const told = record(source);
  execFileSync('sh', [
    '-c',
    'echo "{\\"version\\":\\"1.0.1\\",\\"hash\\":\\"local\\"}" | cat > "$1"',
    'sh',
    file,
  ]);
  expect((await offers(source, '1.0.1')).offer?.commit).toBe('local');
  expect(told).toHaveLength(1);
});

test('of 200 versions published in one breath, by rename and in place, the last one is offered', async () => {
  const { source, bed, file } = await offering();
  for (let i = 0; i < 200; i++) {
    bed.putOld(archiveKey(`2.0.${i}`), 'x');
    if (i % 2) fs.writeFileSync(file, JSON.stringify({ version: `2.0.${i}` }));
    else await bed.publish({ version: `2.0.${i}` });
    if (i % 10 === 0) await new Promise(setImmediate);
  }
  await offers(source, '2.0.199');
  const told = record(source);
  await source.look();
  expect(told).toEqual([]);
});

test('what a publisher did before a look is seen by that look', async () => {
  const { source, bed } = await offering();
  for (let i = 0; i < 50; i++) {
    bed.putOld(archiveKey(`2.0.${i}`), 'x');
    await bed.publish({ version: `2.0.${i}` });
    expect((await source.look()).offer?.version).toBe(`2.0.${i}`);
  }
});

test('the poll finds what no event told: a folder far above is put in the place of another', async () => {
  const { bed, source, clock } = await offering();
  const above = path.dirname(bed.root);
  const away = `${above}.away`;
  onTestFinished(() => fs.rmSync(away, { recursive: true, force: true }));
  fs.cpSync(above, `${above}.next`, { recursive: true, preserveTimestamps: true });
  fs.renameSync(above, away);
  fs.renameSync(`${above}.next`, above);
  await bed.publish({ version: '1.0.1' });
  expect(source.condition.offer?.version).toBe('1.0.0');
  clock.advance(POLL_MS);
  await offers(source, '1.0.1');
  // The new folder is watched now, without a poll.
  await bed.publish({ version: '1.0.0' });
  await offers(source, '1.0.0');
});

test('a poll that finds nothing new reads nothing, and is followed by another', async () => {
  const { clock } = await offering();
  const polls = () => clock.delaysMs.length;
  const opened = vi.spyOn(fs.promises, 'open');
  for (let i = 0; i < 3; i++) {
    const before = polls();
    clock.advance(POLL_MS);
    await waitFor('the next poll to be due', () => polls() > before);
  }
  expect(opened).not.toHaveBeenCalled();
});

test('a current.json or archive that may not be read is an error by name, until it may be', async () => {
  const { source, bed, file } = await offering();
  fs.chmodSync(path.dirname(bed.root), 0o755);
  const chmod = becomeNobody();
  for (const target of [file, path.dirname(file), bed.root, bed.file(archiveKey('1.0.0'))]) {
    const { mode } = fs.statSync(target);
    chmod(target, 0);
    const { reason } = await becomes(source, isError);
    expect(reason).toMatch(/the agent's user \(uid \d+\) may not read/);
    expect(reason).toContain(target);
    chmod(target, mode);
    await offers(source, '1.0.0');
  }
  chmod(bed.file(archiveKey('1.0.1')), 0);
  await expect(
    source.fetch({ version: '1.0.1', cacheDirectory: bed.root, signal: new AbortController().signal }),
  ).rejects.toMatchObject({ code: 'permission', message: expect.stringContaining('demo-1.0.1.tar.gz') });
});

test('a bucket that the agent may not enter when it starts is an error until it may', async () => {
  const bed = new LocalBed();
  bed.putOld(archiveKey('1.0.0'), someArchive());
  bed.putOld(CURRENT_KEY, '{"version": "1.0.0"}');
  fs.chmodSync(path.dirname(bed.root), 0o755);
  fs.chmodSync(bed.root, 0);
  const chmod = becomeNobody();
  const source = bed.source({ clock: new ManualClock() });
  source.start();
  await becomes(source, isError);
  chmod(bed.root, 0o755);
  expect((await offers(source, '1.0.0')).state).toBe('ok');
});
