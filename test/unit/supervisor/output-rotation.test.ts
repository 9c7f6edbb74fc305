import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { copyFile, rotatedFile, rotatedIndexes } from '../../../src/supervisor/output/files.ts';
import { lastLines, openLog, readLogs } from '../../../src/supervisor/output/index.ts';
import { logSpan } from '../../../src/supervisor/output/log-span.ts';
import { rotate } from '../../../src/supervisor/output/rotation.ts';
import { frontFrom, readState } from '../../../src/supervisor/output/rotation-state.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const KB = 1024;
const LIMIT = 256 * KB;

/** A log with an open writer. */
function newLog(folder = temporaryFolder()) {
  const file = path.join(folder, 'api', 'api-1-stdout.log');
  const fd = openLog(file);
  onTestFinished(() => fs.closeSync(fd));
  return { file, write: (bytes: Buffer | string) => void fs.writeSync(fd, bytes as string) };
}

/** Text without NUL, different everywhere: a line that is longer than a block, so that cuts are at blocks. */
const text = (length: number) =>
  Buffer.from(
    randomBytes(length)
      .toString('latin1')
      .replaceAll(/[\0\n]/g, '.'),
    'latin1',
  );

/** All that is kept, oldest first. */
function kept(file: string): Buffer {
  const rotated = rotatedIndexes(file)
    .reverse()
    .map((index) => gunzipSync(fs.readFileSync(rotatedFile(file, index))));
  const state = readState(file);
  return Buffer.concat([...rotated, frontFrom(0, state), fs.readFileSync(file).subarray(state.hole)]);
}

async function failureOf(promise: Promise<unknown>): Promise<SlipwayError> {
  const error = await promise.catch((reason: unknown) => reason);
  if (error instanceof SlipwayError) return error;
  throw new Error(`no SlipwayError: ${String(error)}`);
}

// tmpfs cannot remove a range: there a hole stays.
for (const [system, folder] of [
  ['the temporary folder', undefined],
  ['tmpfs', '/dev/shm'],
] as const) {
  const parent = () => {
    if (!folder) return temporaryFolder();
    const made = fs.mkdtempSync(path.join(folder, 'slipway-'));
    onTestFinished(() => fs.rmSync(made, { recursive: true }));
    return made;
  };

  test(`the head of a log that is too large becomes the newest rotated file (${system})`, async () => {
    const { file, write } = newLog(parent());
    const written = text(900 * KB);
    write(written.subarray(0, 200 * KB));
    expect(await rotate({ file, maxSizeBytes: LIMIT, keep: 9 })).toBe(false);
    expect(rotatedIndexes(file)).toEqual([]);

    write(written.subarray(200 * KB, 700 * KB));
    let count = 0;
    while (await rotate({ file, maxSizeBytes: LIMIT, keep: 9 })) count++;
    write(written.subarray(700 * KB));

    expect(count).toBe(3);
    expect(rotatedIndexes(file)).toEqual([1, 2, 3]);
    expect(kept(file).equals(written)).toBe(true);
    expect(logSpan(file).end).toBe(written.length);
    expect(gunzipSync(fs.readFileSync(rotatedFile(file, 3))).equals(written.subarray(0, 192 * KB))).toBe(
      true,
    );
    // What was cut takes no room.
    expect(fs.statSync(file).blocks * 512).toBeLessThan(400 * KB);
    expect(fs.existsSync(copyFile(file))).toBe(false);
  });
}

test('each rotated file ends at a line, and the line that a cut goes through is read whole', async () => {
  const { file, write } = newLog();
  const lines = Array.from({ length: 2000 }, (_, index) => `${index} ${'é'.repeat((index * 37) % 400)}`);
  const written = Buffer.from(`${lines.join('\n')}\n`);
  write(written);
  const sources = [{ file, instance: '1', stream: 'stdout' as const }];
  for (const isRotation of [true, true, true, false]) {
    expect(await rotate({ file, maxSizeBytes: LIMIT, keep: 9 })).toBe(isRotation);
    expect(gunzipSync(fs.readFileSync(rotatedFile(file, 1))).at(-1)).toBe(10);
    expect(kept(file).equals(written)).toBe(true);
    const { start, end } = logSpan(file);
    expect([written[start - 1], end]).toEqual([10, written.length]);
    const read: string[] = [];
    for await (const line of readLogs({ sources })) read.push(line.text);
    expect(read).toEqual(lines);
    const last = lastLines({ file, lines: lines.length, maxBytes: written.length });
    expect(last).toEqual(lines.slice(-last.length));
  }
  expect(frontFrom(0, readState(file)).length).toBeGreaterThan(0);
});

test('the front of a line is read also where somebody removed the log', async () => {
  const { file, write } = newLog();
  write('line\n'.repeat(LIMIT / 5 + 1));
  await rotate({ file, maxSizeBytes: LIMIT, keep: 9 });
  fs.rmSync(file);
  const texts = new Map<string, number>();
  for await (const { text } of readLogs({ sources: [{ file, instance: '1', stream: 'stdout' }] }))
    texts.set(text, (texts.get(text) ?? 0) + 1);
  expect([...texts]).toEqual([
    ['line', Math.floor((192 * KB) / 5)],
    ['line'.slice(0, (192 * KB) % 5), 1],
  ]);
});

test('the last 64 KB stay in the log', async () => {
  const { file, write } = newLog();
  write(text(LIMIT));
  await rotate({ file, maxSizeBytes: LIMIT, keep: 9 });
  const { start, end } = logSpan(file);
  expect(end - start).toBe(64 * KB);
});

test('a rotation leaves a hole, which the next call closes once the log is not too large', async () => {
  const { file, write } = newLog();
  const written = text(192 * KB * 2 + 100 * KB);
  write(Buffer.concat([written, Buffer.from('end')]));
  const phasesOf = async () => {
    const phases: string[] = [];
    await rotate({ file, maxSizeBytes: LIMIT, keep: 9, onPhase: (phase) => phases.push(phase) });
    return phases;
  };
  const rotation = ['locked', 'copied', 'committed', 'punched', 'shifted', 'recorded'];
  expect(await phasesOf()).toEqual(rotation);
  expect(readState(file)).toEqual({ base: 0, hole: 192 * KB, front: '', pending: null });
  expect(await phasesOf()).toEqual(rotation.toSpliced(4, 0, 'renamed'));
  expect(readState(file)).toEqual({ base: 0, hole: 384 * KB, front: '', pending: null });
  expect(await phasesOf()).toEqual(['locked', 'recorded', 'collapsed', 'settled']);
  expect(kept(file).equals(Buffer.concat([written, Buffer.from('end')]))).toBe(true);
  expect(logSpan(file).end).toBe(written.length + 3);
});

test('a hole of 4 GB is closed by the rotation that makes it', async () => {
  const { file, write } = newLog();
  const hole = 4 * 1024 ** 3 - 192 * KB;
  fs.truncateSync(file, hole);
  fs.writeFileSync(`${file}.rotation`, JSON.stringify({ base: 0, hole, pending: null }));
  const written = text(300 * KB);
  write(written);
  const phases: string[] = [];
  await rotate({ file, maxSizeBytes: LIMIT, keep: 9, onPhase: (phase) => phases.push(phase) });
  expect(phases).toContain('collapsed');
  expect(logSpan(file)).toEqual({ start: hole + 192 * KB, end: hole + 300 * KB });
  expect(gunzipSync(fs.readFileSync(rotatedFile(file, 1))).equals(written.subarray(0, 192 * KB))).toBe(true);
});

test('the oldest rotated files go when there are more than are kept', async () => {
  const { file, write } = newLog();
  const written = text(1200 * KB);
  write(written);
  for (let round = 0; round < 4; round++) await rotate({ file, maxSizeBytes: LIMIT, keep: 4 });
  await rotate({ file, maxSizeBytes: LIMIT, keep: 2 });
  expect(rotatedIndexes(file)).toEqual([1, 2]);
  expect(kept(file).equals(written.subarray(3 * 192 * KB))).toBe(true);
});

test('a rotated file that a person took away leaves no gap behind', async () => {
  const { file, write } = newLog();
  write(text(1000 * KB));
  for (let round = 0; round < 3; round++) await rotate({ file, maxSizeBytes: LIMIT, keep: 9 });
  const oldest = fs.readFileSync(rotatedFile(file, 3));
  fs.rmSync(rotatedFile(file, 2));
  await rotate({ file, maxSizeBytes: LIMIT, keep: 9 });
  expect(rotatedIndexes(file)).toEqual([1, 2, 3]);
  expect(fs.readFileSync(rotatedFile(file, 3)).equals(oldest)).toBe(true);
});

test('a log full of NUL bytes is rotated like any other', async () => {
  const { file, write } = newLog();
  write(Buffer.alloc(600 * KB));
  write('end\n');
  while (await rotate({ file, maxSizeBytes: LIMIT, keep: 9 }));
  expect(kept(file).equals(Buffer.concat([Buffer.alloc(600 * KB), Buffer.from('end\n')]))).toBe(true);
});

test('a log that somebody truncated, hole and all, is rotated from its new start', async () => {
  const { file, write } = newLog();
  write(Buffer.concat([text(192 * KB), Buffer.alloc(KB), text(200 * KB)]));
  await rotate({ file, maxSizeBytes: LIMIT, keep: 9 });
  expect(readState(file).hole).toBe(192 * KB);

  fs.truncateSync(file);
  const written = text(LIMIT);
  write(written);
  expect(logSpan(file).end).toBe(192 * KB + LIMIT);
  await rotate({ file, maxSizeBytes: LIMIT, keep: 9 });
  expect(gunzipSync(fs.readFileSync(rotatedFile(file, 1))).equals(written.subarray(0, 192 * KB))).toBe(true);
  expect(
    fs
      .readFileSync(file)
      .subarray(readState(file).hole)
      .equals(written.subarray(192 * KB)),
  ).toBe(true);
});

test('a rotation that cannot be made leaves the log as it was, and says why', async () => {
  const { file, write } = newLog();
  const written = text(300 * KB);
  write(written);
  // Not even root can make the copy where a folder is that is not empty.
  fs.mkdirSync(path.join(copyFile(file), 'x'), { recursive: true });
  const failure = await failureOf(rotate({ file, maxSizeBytes: LIMIT, keep: 9 }));
  expect(failure.message).toContain(file);
  expect(failure.hint).toContain('no line');
  expect(fs.readFileSync(file).equals(written)).toBe(true);
  fs.rmSync(copyFile(file), { recursive: true });
  expect(await rotate({ file, maxSizeBytes: LIMIT, keep: 9 })).toBe(true);
  expect(kept(file).equals(written)).toBe(true);
});

test('a copy that is not whole is thrown away, and nothing is cut', async () => {
  const { file, write } = newLog();
  const written = text(300 * KB);
  write(written);
  const tools = temporaryFolder();
  fs.writeFileSync(path.join(tools, 'dd'), '#!/bin/sh\nexec head -c 100000\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${tools}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const failure = await failureOf(rotate({ file, maxSizeBytes: LIMIT, keep: 9 }));
  expect(failure.message).toContain(`100000 of ${192 * KB} bytes`);
  expect(fs.readFileSync(file).equals(written)).toBe(true);
  expect(fs.existsSync(copyFile(file))).toBe(false);
});

test('a damaged state is named, and nothing is cut by it', async () => {
  const { file, write } = newLog();
  const written = text(300 * KB);
  write(written);
  fs.writeFileSync(`${file}.rotation`, '{"base":0,"hole":-1,"pending":null}');
  const failure = await failureOf(rotate({ file, maxSizeBytes: LIMIT, keep: 9 }));
  expect(failure.message).toContain(`${file}.rotation is damaged`);
  expect(fs.readFileSync(file).equals(written)).toBe(true);
});

test('a copy that is given up leaves nothing behind', async () => {
  const { file, write } = newLog();
  const written = text(8 * 1024 * KB);
  write(written);
  const stopping = new AbortController();
  const rotating = rotate({
    file,
    maxSizeBytes: written.length,
    keep: 9,
    signal: stopping.signal,
    onPhase: () => setImmediate(() => stopping.abort(new Error('stopping'))),
  });
  await expect(rotating).rejects.toThrow('stopping');
  expect(fs.readdirSync(path.dirname(file))).toEqual([path.basename(file)]);
  expect(fs.readFileSync(file).equals(written)).toBe(true);
});

test('a rotation half done whose log is gone is ended', async () => {
  const { file } = newLog();
  fs.rmSync(file);
  fs.writeFileSync(copyFile(file), gzipSync('old\n'));
  fs.writeFileSync(`${file}.rotation`, '{"base":5,"hole":0,"pending":{"step":"punch","to":4}}');
  expect(await rotate({ file, maxSizeBytes: LIMIT, keep: 9 })).toBe(false);
  expect(gunzipSync(fs.readFileSync(rotatedFile(file, 1))).toString()).toBe('old\n');
  expect(logSpan(file)).toEqual({ start: 9, end: 9 });
});
