import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { registerSecret } from '../../../src/kernel/index.ts';
import { rotatedFile } from '../../../src/supervisor/output/files.ts';
import {
  LogTail,
  lastLines,
  logSpan,
  openLog,
  type ReadOptions,
  readLogs,
} from '../../../src/supervisor/output/index.ts';
import { type Middle, readAround } from '../../../src/supervisor/output/read-around.ts';
import { rotate } from '../../../src/supervisor/output/rotation.ts';
import { appendMark } from '../../../src/supervisor/output/time-marks.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const LIMIT = 256 * 1024;

function newLog(instance = '1', folder = temporaryFolder()) {
  const file = path.join(folder, 'api', `api-${instance}-stdout.log`);
  const fd = openLog(file);
  onTestFinished(() => fs.closeSync(fd));
  const write = (text: string | Buffer) => void fs.writeSync(fd, text as string);
  return { file, write, source: { file, instance, stream: 'stdout' as const } };
}

type Log = ReturnType<typeof newLog>;

/** `from` to `to`, without it: lines of 40 bytes, so that cuts at blocks split some. */
const numbered = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, index) => `line ${String(from + index).padStart(8, '0')} ${'-'.repeat(25)}`,
  );

const written = (lines: string[]) => `${lines.join('\n')}\n`;

/** 20,000 lines, of which rotation has put about 17,000 into four files. */
async function newRotatedLog(folder?: string): Promise<Log & { lines: string[] }> {
  const log = newLog('1', folder);
  const lines = numbered(0, 20_000);
  log.write(written(lines));
  for (let round = 0; round < 3; round++) await rotate({ file: log.file, maxSizeBytes: LIMIT, keep: 9 });
  return { ...log, lines };
}

async function read({ source }: Log, options: Omit<ReadOptions, 'sources'> = {}): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of readLogs({ sources: [source], ...options })) texts.push(text);
  return texts;
}

/** Collects what a follower gets; `until` resolves when it has that many lines. */
function follow(logs: Log[], options: Omit<ReadOptions, 'sources' | 'follow' | 'signal'> = {}) {
  const stopping = new AbortController();
  const texts: string[] = [];
  let wake = () => {};
  const done = (async () => {
    const sources = logs.map(({ source }) => source);
    for await (const { text } of readLogs({ sources, ...options, follow: true, signal: stopping.signal })) {
      texts.push(text);
      wake();
    }
  })();
  onTestFinished(() => stopping.abort());
  const until = async (count: number) => {
    while (texts.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return texts;
  };
  return { until, texts, stop: () => (stopping.abort(), done) };
}

test('a log is read over its rotated files, the lines that were cut made whole', async () => {
  const log = await newRotatedLog();
  expect(await read(log)).toEqual(log.lines);
});

test('a log that does not exist has no lines', async () => {
  const file = path.join(temporaryFolder(), 'none', 'none.log');
  const none: string[] = [];
  for await (const { text } of readLogs({ sources: [{ file, instance: '1', stream: 'stderr' }], lines: 5 }))
    none.push(text);
  expect(none).toEqual([]);
});

test('a last line without a newline is shown', async () => {
  const log = newLog();
  log.write('one\n\ntwo');
  expect(await read(log)).toEqual(['one', '', 'two']);
  expect(await read(log, { lines: 1 })).toEqual(['two']);
});

for (const count of [0, 1, 2, 3000, 12_000, 20_000, 50_000])
  test(`the last ${count} lines are had, from rotated files where need be`, async () => {
    const log = await newRotatedLog();
    expect(await read(log, { lines: count })).toEqual(count === 0 ? [] : log.lines.slice(-count));
  });

test('a line of megabytes is had whole, in pieces that say so, also where it is the last one', async () => {
  const log = newLog();
  const long = `begin${'-'.repeat(2_500_000)}end`;
  log.write(`one\n${long}\nthree\n`);
  for (const sources of [[log.source], [log.source, newLog('2').source]]) {
    const pieces: string[] = [];
    const parts: unknown[] = [];
    for await (const { text, part } of readLogs({ sources, lines: 2 })) {
      pieces.push(text);
      parts.push(part);
    }
    expect(parts).toEqual(['first', 'middle', 'last', null]);
    expect(pieces.join('')).toBe(`${long}three`);
  }
  const found: string[] = [];
  for await (const { text } of readLogs({ sources: [log.source], grep: '^begin' })) found.push(text);
  expect(found.join('')).toBe(long);
});

test('of several logs the last lines are had, by expression too, and a follower goes on', async () => {
  const one = await newRotatedLog();
  const two = newLog('2');
  two.write(written(numbered(50_000, 50_100)));
  const all = [...one.lines, ...numbered(50_000, 50_100)];
  const lines = async (options: Omit<ReadOptions, 'sources'>) => {
    const texts: string[] = [];
    for await (const { text } of readLogs({ sources: [one.source, two.source], ...options }))
      texts.push(text);
    return texts;
  };
  for (const count of [1, 150, 15_000]) expect(await lines({ lines: count })).toEqual(all.slice(-count));
  expect(await lines({ lines: 3, grep: '0 -' })).toEqual(
    all.filter((line) => line.includes('0 -')).slice(-3),
  );
  const following = follow([one, two], { lines: 2 });
  await following.until(2);
  two.write('more\n');
  expect(await following.until(3)).toEqual([...all.slice(-2), 'more']);
  await following.stop();
});

test('the last lines that match an expression are found wherever they are', async () => {
  const log = await newRotatedLog();
  expect(await read(log, { grep: '000[0-9]00 ' })).toEqual(
    log.lines.filter((line) => /000[0-9]00 /.test(line)),
  );
  expect(await read(log, { grep: '[1-9] ', invert: true })).toEqual(
    log.lines.filter((line) => !/[1-9] /.test(line)),
  );
  expect(await read(log, { grep: '^line 0000(12|09)00 ', lines: 1 })).toEqual([log.lines[1200]]);
});

test('reading goes on behind any line that was had', async () => {
  const log = await newRotatedLog();
  const had: { text: string; end: number }[] = [];
  for await (const line of readLogs({ sources: [log.source] })) had.push(line);
  for (const index of [0, 7000, 19_998, 19_999]) {
    const after = had[index]?.end ?? Number.NaN;
    const rest: string[] = [];
    for await (const { text } of readLogs({ sources: [{ ...log.source, after }] })) rest.push(text);
    expect(rest).toEqual(log.lines.slice(index + 1));
  }
});

test('a rotated file that cannot be read is named; what is not in it is read', async () => {
  const log = await newRotatedLog();
  const damaged = rotatedFile(log.file, 2);
  const bytes = fs.readFileSync(damaged);
  bytes.fill(0xff, 20, bytes.length - 8);
  fs.writeFileSync(damaged, bytes);
  await expect(read(log)).rejects.toThrow(`${damaged} cannot be read`);
  expect(await read(log, { lines: 7000 })).toEqual(log.lines.slice(-7000));
});

test('lines since a time are those that the looks saw later', async () => {
  const log = newLog();
  log.write('one\ntwo\n');
  appendMark(log.file, { atMs: 10_000, end: logSpan(log.file).end, withinMs: 1000 });
  log.write('three\nfo');
  appendMark(log.file, { atMs: 20_000, end: logSpan(log.file).end, withinMs: 1000 });
  log.write('ur\nfive\n');
  expect(await read(log, { sinceEpochMs: 10_000 })).toEqual(['three', 'four', 'five']);
  expect(await read(log, { sinceEpochMs: 19_999 })).toEqual(['three', 'four', 'five']);
  // The line that was being written then began earlier.
  expect(await read(log, { sinceEpochMs: 20_000 })).toEqual(['five']);
  expect(await read(log, { sinceEpochMs: 20_000, lines: 9 })).toEqual(['five']);
  expect(await read(log, { sinceEpochMs: 10_000, lines: 2 })).toEqual(['four', 'five']);
});

test('lines until a time are those that the looks had seen by then, and whole', async () => {
  const log = newLog();
  log.write('one\ntwo\n');
  appendMark(log.file, { atMs: 10_000, end: logSpan(log.file).end, withinMs: 1000 });
  log.write('three\nfo');
  appendMark(log.file, { atMs: 20_000, end: logSpan(log.file).end, withinMs: 1000 });
  log.write('ur\nfive\n');
  expect(await read(log, { untilEpochMs: 10_000 })).toEqual(['one', 'two']);
  expect(await read(log, { untilEpochMs: 20_000 })).toEqual(['one', 'two', 'three', 'four']);
  expect(await read(log, { untilEpochMs: 20_000, lines: 1 })).toEqual(['four']);
  expect(await read(log, { sinceEpochMs: 10_000, untilEpochMs: 20_000 })).toEqual(['three', 'four']);
});

test('around a moment come the lines before and after it, of all logs, whatever is rotated', async () => {
  const folder = temporaryFolder();
  const [one, two] = [newLog('1', folder), newLog('2', folder)];
  const lines = numbered(0, 20_000);
  one.write(written(lines.slice(0, 5000)));
  two.write('a\nb\n');
  for (const { file } of [one, two])
    appendMark(file, { atMs: 10_000, end: logSpan(file).end, withinMs: 1000 });
  one.write(written(lines.slice(5000)));
  two.write('c\nd\n');
  appendMark(two.file, { atMs: 11_000, end: logSpan(two.file).end, withinMs: 1000 });
  while (await rotate({ file: one.file, maxSizeBytes: LIMIT, keep: 9 }));
  const sources = [one.source, two.source];
  const around = async (middle: Middle, options: { lines: number; grep?: string }) => {
    const found: { text: string; start: number }[] = [];
    for await (const line of readAround({ sources, middle, ...options })) found.push(line);
    return found;
  };
  const texts = async (middle: Middle, options: { lines: number; grep?: string }) =>
    (await around(middle, options)).map(({ text }) => text);
  expect(await texts({ atMs: 10_500 }, { lines: 7 })).toEqual([
    ...[...lines.slice(4998, 5000), 'a', 'b'],
    ...['c', 'd', lines[5000]],
  ]);
  expect(await texts({ atMs: 10_500 }, { lines: 4, grep: '9 -' })).toEqual([
    ...[lines[4989], lines[4999]],
    ...[lines[5009], lines[5019]],
  ]);
  // The same of a line, which is found again by where it begins.
  const [line] = await around({ atMs: 10_500 }, { lines: 2, grep: '00007000' });
  const offset = line?.start ?? 0;
  expect(await texts({ instance: '1', stream: 'stdout', offset }, { lines: 4 })).toEqual(
    lines.slice(6998, 7002),
  );
  expect(await texts({ instance: '1', stream: 'stdout', offset: offset - 3 }, { lines: 2 })).toEqual(
    lines.slice(6999, 7001),
  );
});

test('looks outlive rotations', async () => {
  const log = newLog();
  const lines = numbered(0, 20_000);
  log.write(written(lines.slice(0, 5000)));
  appendMark(log.file, { atMs: 10_000, end: logSpan(log.file).end, withinMs: 1000 });
  log.write(written(lines.slice(5000)));
  while (await rotate({ file: log.file, maxSizeBytes: LIMIT, keep: 9 }));
  expect(await read(log, { sinceEpochMs: 15_000 })).toEqual(lines.slice(5000));
});

test('without looks that old, whole files are left out by the times at which they were closed', async () => {
  const log = await newRotatedLog();
  for (const index of [2, 3]) fs.utimesSync(rotatedFile(log.file, index), 1000, 1000);
  const all = await read(log, { sinceEpochMs: 2_000_000 });
  expect(all.length).toBeLessThan(12_000);
  expect(all).toEqual(log.lines.slice(-all.length));
  const future = Date.now() + 3_600_000;
  expect(await read(log, { sinceEpochMs: future })).toEqual([]);
});

test('lines of several instances are in the order of the looks', async () => {
  const folder = temporaryFolder();
  const [one, two] = [newLog('1', folder), newLog('2', folder)];
  one.write('a\n');
  two.write('b\n');
  appendMark(two.file, { atMs: 1000, end: 2, withinMs: 1000 });
  appendMark(one.file, { atMs: 2000, end: 2, withinMs: 1000 });
  one.write('c\n');
  const got: string[] = [];
  for await (const { instance, stream, text } of readLogs({ sources: [one.source, two.source] }))
    got.push(`${instance} ${stream} ${text}`);
  expect(got).toEqual(['2 stdout b', '1 stdout a', '1 stdout c']);
});

test('a follower gets the last lines, then each new one once it is whole', async () => {
  const log = newLog();
  log.write('one\ntwo\nthr');
  const follower = follow([log], { lines: 2 });
  expect(await follower.until(1)).toEqual(['two']);
  log.write('ee\nfour\n');
  expect(await follower.until(3)).toEqual(['two', 'three', 'four']);
  await follower.stop();
});

test('a reader that is called off ends, whether it follows or not', async () => {
  const log = await newRotatedLog();
  for (const follow of [false, true]) {
    const stopping = new AbortController();
    let count = 0;
    for await (const _ of readLogs({ sources: [log.source], follow, signal: stopping.signal }))
      if (++count === 1) stopping.abort();
    expect(count).toBeLessThan(20_000);
  }
});

test('a follower of a log that is not there yet gets its first line', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'api', 'api-1-stdout.log');
  const source = { file, instance: '1', stream: 'stdout' as const };
  const follower = follow([{ file, source, write: () => {} }]);
  const fd = openLog(file);
  onTestFinished(() => fs.closeSync(fd));
  fs.writeSync(fd, 'first\n');
  expect(await follower.until(1)).toEqual(['first']);
});

test('a follower loses and doubles nothing while the log is rotated', async () => {
  const log = newLog();
  const lines = numbered(0, 60_000);
  const follower = follow([log]);
  for (let at = 0; at < lines.length; at += 3000) {
    log.write(written(lines.slice(at, at + 3000)));
    while (await rotate({ file: log.file, maxSizeBytes: LIMIT, keep: 20 }));
  }
  expect(await follower.until(lines.length)).toEqual(lines);
});

test('the last lines can be had at any moment of a rotation', async () => {
  const log = newLog();
  const count = 500;
  log.write(written(numbered(0, 7000)));
  let isDone = false;
  const readers = [1, 2, 3, 4].map(async () => {
    while (!isDone) {
      const lines = (await read(log, { lines: count })).map((line) => Number(line.slice(5, 13)));
      expect(lines).toEqual(Array.from({ length: count }, (_, index) => (lines[0] ?? -1) + index));
    }
  });
  const rotating = (async () => {
    for (let round = 0; round < 25; round++) {
      while (await rotate({ file: log.file, maxSizeBytes: LIMIT, keep: 1 }));
      log.write(written(numbered(7000 + round * 5000, 12_000 + round * 5000)));
    }
  })();
  await Promise.race([rotating, Promise.all(readers)]).finally(() => {
    isDone = true;
  });
  await Promise.all([rotating, ...readers]);
});

test('whoever reads while the log is rotated misses no line and gets none twice', async () => {
  const log = newLog();
  // Many rotated files, so that their renaming takes its time.
  const [files, perFile] = [80, 10];
  const text = (from: number, to: number) => written(numbered(from, to));
  for (let index = 1; index <= files; index++) {
    const from = (files - index) * perFile;
    fs.writeFileSync(rotatedFile(log.file, index), gzipSync(text(from, from + perFile)));
  }
  const base = text(0, files * perFile).length;
  fs.writeFileSync(`${log.file}.rotation`, JSON.stringify({ base, hole: 0, pending: null }));

  let isDone = false;
  const readings = [0, 0, 0];
  const readers = readings.map(async (_, reader) => {
    while (!isDone) {
      const lines = await read(log);
      expect(lines.findIndex((line, index) => Number(line.slice(5, 13)) !== index)).toBe(-1);
      readings[reader] = (readings[reader] ?? 0) + 1;
    }
  });
  let next = files * perFile;
  const rotating = (async () => {
    // Until each has read all of it twice, however slow reading is beside rotating.
    for (let round = 0; !isDone && (round < 12 || Math.min(...readings) < 2); round++, next += 5000) {
      log.write(text(next, next + 5000));
      while (await rotate({ file: log.file, maxSizeBytes: LIMIT, keep: 2000 }));
    }
  })();
  await Promise.race([rotating, Promise.all(readers)]).finally(() => {
    isDone = true;
  });
  await Promise.all([rotating, ...readers]);
  expect(await read(log)).toEqual(numbered(0, next));
});

test('a follower of a truncated log goes on with what it holds then', async () => {
  const log = newLog();
  log.write(written(numbered(0, 7000)));
  for (const isRotation of [true, false])
    expect(await rotate({ file: log.file, maxSizeBytes: LIMIT, keep: 9 })).toBe(isRotation);
  const follower = follow([log]);
  const tail = new LogTail({ file: log.file, from: logSpan(log.file).end, pieceBytes: LIMIT });
  await follower.until(7000);
  fs.truncateSync(log.file);
  log.write('new\n');
  // The front of the line that the rotation went through was had before.
  expect((await follower.until(7001)).at(-1)).toBe('new');
  const texts: string[] = [];
  for await (const { lines } of tail.read()) texts.push(...lines.map(({ text }) => text));
  expect(texts).toEqual(['new']);
});

test('several logs are followed at once, those lines only that match', async () => {
  const folder = temporaryFolder();
  const [one, two] = [newLog('1', folder), newLog('2', folder)];
  const follower = follow([one, two], { grep: '^x' });
  one.write('x1\ny1\n');
  await follower.until(1);
  two.write('y2\nx2\n');
  expect(await follower.until(2)).toEqual(['x1', 'x2']);
});

test('the last lines for the reason of an exit are those of its run', () => {
  const log = newLog();
  log.write('former run\n');
  const after = logSpan(log.file).end;
  expect(lastLines({ file: log.file, lines: 20, maxBytes: 1000, after })).toEqual([]);
  log.write('a\nb\nc');
  expect(lastLines({ file: log.file, lines: 20, maxBytes: 1000, after })).toEqual(['a', 'b', 'c']);
  expect(lastLines({ file: log.file, lines: 2, maxBytes: 1000 })).toEqual(['b', 'c']);
  expect(lastLines({ file: log.file, lines: 9, maxBytes: 4 })).toEqual(['b', 'c']);
  expect(lastLines({ file: '/nowhere/at/all.log', lines: 9, maxBytes: 4 })).toEqual([]);
});

test('the last lines are there at once after a rotation', async () => {
  const log = newLog();
  const lines = numbered(0, 10_000);
  log.write(written(lines));
  const after = logSpan(log.file).end - 40 * 5;
  while (await rotate({ file: log.file, maxSizeBytes: LIMIT, keep: 9 }));
  expect(lastLines({ file: log.file, lines: 20, maxBytes: 64_000 })).toEqual(lines.slice(-20));
  expect(lastLines({ file: log.file, lines: 20, maxBytes: 64_000, after })).toEqual(lines.slice(-5));
});

test('of the last lines none is a part, none endless, and none has secrets or controls', () => {
  const log = newLog();
  registerSecret('a-crash-tells-it\nin two lines');
  log.write(`one\n${'-'.repeat(5000)}\nit is a-crash-tells-it\nin two lines \x1b]0;x\x07\n`);
  expect(lastLines({ file: log.file, lines: 9, maxBytes: 64_000 })).toEqual([
    'one',
    `${'-'.repeat(4096)} ... (the line goes on)`,
    'it is [redacted] \\x1b]0;x\\x07',
  ]);
  log.write('='.repeat(70_000));
  expect(lastLines({ file: log.file, lines: 9, maxBytes: 64_000 })).toEqual([`... ${'='.repeat(4096)}`]);
});

test.each([{}, { grep: '[05] -' }])(
  'last lines are read page by page to the oldest, each once: %o',
  async (given) => {
    const one = await newRotatedLog();
    const two = newLog('2');
    two.write(written(numbered(50_000, 50_100)));
    let sources: ReadOptions['sources'] = [one.source, two.source];
    const page = async (): Promise<string[]> => {
      const texts: string[] = [];
      let older = false;
      const onBegin: ReadOptions['onBegin'] = (begins, hasOlder) => {
        older = hasOlder;
        sources = begins.map(({ source, from }) => ({ ...source, until: from }));
      };
      for await (const { text } of readLogs({ sources, lines: 4001, onBegin, ...given })) texts.push(text);
      return older ? [...(await page()), ...texts] : texts;
    };
    const all = [...one.lines, ...numbered(50_000, 50_100)];
    expect(await page()).toEqual('grep' in given ? all.filter((line) => /[05] -/.test(line)) : all);
  },
);

test('of one log that was rotated, too, the pages are whole', async () => {
  const log = await newRotatedLog();
  const begun: { from: number; hasOlder: boolean }[] = [];
  const page = (until?: number) =>
    read(
      { ...log, source: { ...log.source, ...(until !== undefined && { until }) } },
      {
        lines: 10_000,
        onBegin: ([begin], hasOlder) => begun.push({ from: begin?.from ?? 0, hasOlder }),
      },
    );
  const last = await page();
  expect([...(await page(begun[0]?.from)), ...last]).toEqual(log.lines);
  expect(begun.map(({ hasOlder }) => hasOlder)).toEqual([true, false]);
});
