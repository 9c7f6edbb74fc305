import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { copyFile, rotatedFile, rotatedIndexes } from '../../../src/supervisor/output/files.ts';
import { gzipLength } from '../../../src/supervisor/output/gzip-length.ts';
import { openLog, RotationSchedule, readLogs } from '../../../src/supervisor/output/index.ts';
import { rotate } from '../../../src/supervisor/output/rotation.ts';
import { frontFrom, readState } from '../../../src/supervisor/output/rotation-state.ts';
import { waitFor } from '../../support/wait-for.ts';

const KB = 1024;
const MB = 1024 * KB;
/** As the program has them. */
const lineBytes = (number: number) => 41 + ((number * 37) % 119);
const CYCLE_LINES = 119;
const LINE_BYTES = 100;
/** Ends a broken test; says nothing about speed. */
const DEADLINE_MS = 600_000;
const programs = path.join(import.meta.dirname, '../../fixtures/programs');

let program = '';

beforeAll(() => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-'));
  program = path.join(folder, 'numbered-lines');
  const source = path.join(programs, 'numbered-lines.c');
  execFileSync('gcc', ['-O2', '-Wall', '-Werror', '-D_GNU_SOURCE', '-o', program, source]);
  return () => fs.rmSync(folder, { recursive: true });
});

/** The usual disk, where the hole at the head can be collapsed, and tmpfs, where it stays. */
const places = [
  { name: 'the temporary folder', parent: os.tmpdir(), megabytes: 1024 },
  { name: 'tmpfs', parent: '/dev/shm', megabytes: 256 },
];

function newLog(parent: string) {
  const folder = fs.mkdtempSync(path.join(parent, 'slipway-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  return path.join(folder, 'api', 'api-1-stdout.log');
}

/** Starts an app that writes numbered lines. */
function startWriter(file: string, options: { count: number; perWrite: number; pauseUs?: number }) {
  const { count, perWrite, pauseUs = 0 } = options;
  const fd = openLog(file);
  const app = spawn(program, ['write', count, perWrite, pauseUs].map(String), {
    stdio: ['ignore', fd, 'pipe'],
  });
  fs.closeSync(fd);
  onTestFinished(() => void app.kill('SIGKILL'));
  const lines = outputOf(app).then(({ stderr }) => Number(stderr));
  return {
    /** Lines that it wrote, once it ended. */
    lines,
    stop: () => {
      app.kill('SIGTERM');
      return lines;
    },
  };
}

const startSlowWriter = (file: string) => startWriter(file, { count: 40_000, perWrite: 64, pauseUs: 5000 });
const ROUNDS = 15;

async function outputOf(child: ChildProcess) {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status, signal] = await once(child, 'close');
  return { stdout, stderr, status: status as number | null, signal: signal as string | null };
}

/** Where lines end in the first ones, whose lengths come again and again. */
const lineEnds: number[] = [0];
for (let number = 1; number < CYCLE_LINES; number++)
  lineEnds.push((lineEnds.at(-1) ?? 0) + lineBytes(number - 1));

/**
 * Reads every byte that is kept with other tools than ours; fails at the first line that is missing, double or split, and at a
 * rotated file that does not end at a line. All that was written has to be kept.
 */
async function countLines(file: string): Promise<number> {
  const script = 'for f in "$@"; do zcat "$f" || exit; done; cat; tail -c "+$FIRST" "$LOG"';
  const rotated = rotatedIndexes(file)
    .reverse()
    .map((index) => rotatedFile(file, index));
  let end = 0;
  for (const name of rotated) {
    end += lengthOf(name);
    expect(lineEnds).toContain(end % (CYCLE_LINES * LINE_BYTES));
  }
  const state = readState(file);
  const env = { PATH: process.env.PATH, LOG: file, FIRST: String(state.hole + 1) };
  const pipe = `{ ${script}; } | ${program} check`;
  const reader = spawn('sh', ['-c', pipe, 'sh', ...rotated], { env, stdio: 'pipe' });
  reader.stdin.end(frontFrom(0, state));
  const { stdout, stderr } = await outputOf(reader);
  expect(stderr).toBe('');
  return Number(stdout);
}

function lengthOf(rotated: string): number {
  const fd = fs.openSync(rotated, 'r');
  try {
    return gzipLength(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Reads all lines as a person would; the number of the last one, having seen that none is missing, double or split. */
async function readAll(file: string): Promise<number> {
  let next = 0;
  let wrong: string | null = null;
  for await (const { text } of readLogs({ sources: [{ file, instance: '1', stream: 'stdout' }] })) {
    // The last one may be seen half written.
    if (wrong !== null) throw new Error(wrong);
    if (text.length !== lineBytes(next) - 1 || Number(text.slice(0, 12)) !== next)
      wrong = `instead of line ${next}: ${text}`;
    next++;
  }
  return next;
}

const rotateAndDie = (options: { file: string; maxSizeBytes: number; keep: number; point: number }) =>
  [
    path.join(programs, 'rotate-and-die.ts'),
    options.file,
    options.maxSizeBytes,
    options.keep,
    options.point,
  ].map(String);

/** The kernel's lines of the locks on a file, and of those who wait for one. */
function locksOf(file: string): string[] {
  const { ino } = fs.statSync(file);
  return fs
    .readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`:${ino} `));
}

const isWaiting = (lock: string) => lock.includes('->');

/** Whether the file system there can remove the head of a file. */
function canCollapse(parent: string): boolean {
  const file = newLog(parent);
  fs.closeSync(openLog(file));
  fs.truncateSync(file, 256 * KB);
  try {
    execFileSync('fallocate', ['--collapse-range', '--offset', '0', '--length', String(128 * KB), file], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

for (const { name, parent, megabytes } of places) {
  test(
    `of ${megabytes} MB that are rotated 20 times every line is there, once (${name})`,
    async () => {
      const file = newLog(parent);
      const problems: string[] = [];
      const schedule = new RotationSchedule({ onProblem: ({ message }) => problems.push(message) });
      onTestFinished(() => schedule.stop());
      const isClosed = canCollapse(parent);
      const count = Math.ceil((megabytes * MB) / LINE_BYTES);
      const app = startWriter(file, { count, perWrite: 1 });
      // What stays when a log is cut is more than nothing and less than this.
      const maxSizeBytes = (megabytes * MB) / 20.4;
      schedule.add(file, { maxSizeBytes, keep: 30 });
      expect(await app.lines).toBe(count);
      const isDone = () => {
        const { hole, pending } = readState(file);
        return rotatedIndexes(file).length === 20 && pending === null && hole > 0 === !isClosed;
      };
      await waitFor('20 rotations, and the hole to be closed', isDone, { deadlineMs: DEADLINE_MS });
      await schedule.stop();

      expect(problems).toEqual([]);
      expect(await countLines(file)).toBe(count);
      expect(rotatedIndexes(file)).toHaveLength(20);
      expect(fs.statSync(file).blocks * 512).toBeLessThan(maxSizeBytes);
    },
    DEADLINE_MS,
  );

  test(`the hole of each rotation is closed, below the writer of the log (${name})`, async () => {
    const file = newLog(parent);
    const writer = startSlowWriter(file);
    for (let round = 0; round < ROUNDS; round++) {
      await waitFor('a rotation', () => rotate({ file, maxSizeBytes: 256 * KB, keep: 30 }));
      expect(await rotate({ file, maxSizeBytes: 1024 * MB, keep: 30 })).toBe(false);
      expect(readState(file).hole > 0).toBe(!canCollapse(parent));
    }
    const count = await writer.stop();
    expect(await countLines(file)).toBe(count);
    expect(rotatedIndexes(file)).toHaveLength(ROUNDS);
  });

  test(
    `an agent killed at any point of a rotation neither loses nor doubles a line (${name})`,
    async () => {
      const rotation = ['locked', 'copied', 'committed', 'punched', 'renamed', 'shifted', 'recorded'];
      const closing = ['locked', 'recorded', 'collapsed', 'settled'];
      await dieAtEachOf(rotation, 256 * KB);
      await dieAtEachOf(closing, 1024 * MB);

      async function dieAtEachOf(some: string[], maxSizeBytes: number): Promise<void> {
        const phases = await rotateAndDieAt(0, maxSizeBytes);
        expect(phases).toEqual(expect.arrayContaining(some));
        for (let point = 1; point <= phases.length; point++)
          expect(await rotateAndDieAt(point, maxSizeBytes)).toEqual(phases.slice(0, point));
        console.log(`kill points of ${some}: ${phases.length} of ${phases.length} (${name})`);
      }

      /**
       * An app writes on; after two rotations the third, or the closing of the hole, is made by a process that dies at a
       * phase, 0 for none. Returns the phases that it saw.
       */
      async function rotateAndDieAt(point: number, maxSizeBytes: number): Promise<string[]> {
        const file = newLog(parent);
        const writer = startSlowWriter(file);
        const limits = { file, maxSizeBytes: 256 * KB, keep: 3 };
        for (const count of [1, 2])
          await waitFor(
            `rotation ${count}`,
            async () => (await rotate(limits)) && rotatedIndexes(file).length === count,
          );
        await waitFor(
          'a log that is too large',
          () => fs.statSync(file).size - readState(file).hole > 300 * KB,
        );

        expect(readState(file).hole).toBeGreaterThan(0);
        expect(readState(file).front).not.toBe('');
        const args = rotateAndDie({ ...limits, maxSizeBytes, point });
        const agent = await outputOf(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
        expect(agent.signal).toBe(point === 0 ? null : 'SIGKILL');

        // A reader need not wait for the next agent.
        expect(await readAll(file)).toBeGreaterThan(6000);
        expect(await rotate({ ...limits, maxSizeBytes: 1024 * MB })).toBe(false);
        expect(await readAll(file)).toBeGreaterThan(6000);
        const count = await writer.stop();
        expect(await countLines(file)).toBe(count);
        const { hole, pending } = readState(file);
        expect([hole > 0, pending]).toEqual([!canCollapse(parent), null]);
        expect(fs.existsSync(copyFile(file))).toBe(false);
        return agent.stdout.trim().split('\n');
      }
    },
    DEADLINE_MS,
  );
}

test('an agent killed in the midst of the copy leaves a log that the next one rotates', async () => {
  const file = newLog(os.tmpdir());
  const count = await startWriter(file, { count: 20_000, perWrite: 1000 }).lines;
  const limits = { file, maxSizeBytes: MB, keep: 3 };
  // A gzip that begins when it is told to.
  const tools = path.dirname(file);
  const gate = path.join(tools, 'gate');
  execFileSync('mkfifo', [gate]);
  const gzip = `#!/bin/sh\n: > ${tools}/begun; read -r go < ${gate}; exec /bin/gzip "$@"\n`;
  fs.writeFileSync(path.join(tools, 'gzip'), gzip, { mode: 0o755 });
  const env = { ...process.env, PATH: `${tools}:${process.env.PATH}` };
  const agent = spawn(process.execPath, rotateAndDie({ ...limits, point: 0 }), {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = outputOf(agent);
  await waitFor('the copy', () => fs.existsSync(path.join(tools, 'begun')));
  agent.kill('SIGKILL');
  expect((await output).stdout).toBe('locked\n');

  const next = rotate(limits);
  await waitFor('the next agent to wait for the tools of the killed one', () =>
    locksOf(file).some(isWaiting),
  );
  // Opening it waits for its reader.
  await fs.promises.writeFile(gate, 'go\n');
  expect(await next).toBe(true);
  expect(await countLines(file)).toBe(count);
  expect(rotatedIndexes(file)).toEqual([1]);
});

test('a cut that a killed agent had begun is waited for, not made twice', async () => {
  const file = newLog(os.tmpdir());
  const count = await startWriter(file, { count: 6000, perWrite: 100 }).lines;
  const limits = { file, maxSizeBytes: 256 * KB, keep: 3 };
  expect(await rotate(limits)).toBe(true);
  const killed = rotate({
    ...limits,
    maxSizeBytes: 1024 * MB,
    onPhase: (phase) => {
      if (phase === 'recorded') throw new Error('killed');
    },
  });
  await expect(killed).rejects.toThrow('killed');
  expect(readState(file).pending).toEqual({ step: 'collapse' });

  // What is left of the killed agent: a tool that has the lock, and cuts only now.
  const hole = String(readState(file).hole);
  const script = 'read go && fallocate --collapse-range --offset 0 --length "$1" "$2"';
  const leftOver = spawn('flock', ['--exclusive', file, 'sh', '-c', script, 'sh', hole, file], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(leftOver, 'exit');
  onTestFinished(() => void leftOver.kill('SIGKILL'));
  await waitFor('its lock', () => locksOf(file).length === 1);

  const phases: string[] = [];
  const next = rotate({ ...limits, maxSizeBytes: 1024 * MB, onPhase: (phase) => phases.push(phase) });
  await waitFor('the next agent to wait for it', () => locksOf(file).some(isWaiting));
  expect(phases).toEqual([]);
  leftOver.stdin?.end('go\n');
  await ended;
  await next;
  expect(await countLines(file)).toBe(count);
  expect(readState(file)).toMatchObject({ base: 192 * KB, hole: 0, pending: null });
});

test('a full disk puts a rotation off, told once, and loses nothing', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
    fs.rmSync(folder, { recursive: true });
  });
  const file = path.join(folder, 'api', 'api-1-stdout.log');
  const count = await startWriter(file, { count: 20_000, perWrite: 100 }).lines;
  const { size } = fs.statSync(file);
  const filler = path.join(folder, 'filler');
  expect(() => fs.writeFileSync(filler, Buffer.alloc(16 * MB))).toThrow('ENOSPC');

  const limits = { file, maxSizeBytes: MB, keep: 9 };
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(rotate(limits)).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringContaining(file),
    });
    expect(fs.statSync(file).size).toBe(size);
    expect(fs.existsSync(copyFile(file))).toBe(false);
  }
  const problems: string[] = [];
  const schedule = new RotationSchedule({ onProblem: ({ message }) => problems.push(message) });
  onTestFinished(() => schedule.stop());
  schedule.add(file, limits);
  await waitFor('the problem', () => problems.length > 0);
  fs.rmSync(filler);
  await waitFor(
    'a rotation once there is room',
    () => rotatedIndexes(file).length === 1 && readState(file).pending === null,
  );
  await schedule.stop();
  expect(problems).toHaveLength(1);
  expect(await countLines(file)).toBe(count);
});

test('on a full disk the oldest rotated file, which would go anyway, makes room for a new one', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
    fs.rmSync(folder, { recursive: true });
  });
  const file = path.join(folder, 'api', 'api-1-stdout.log');
  const count = await startWriter(file, { count: 5000, perWrite: 100 }).lines;
  fs.writeFileSync(rotatedFile(file, 2), Buffer.alloc(512 * KB));
  expect(() => fs.writeFileSync(path.join(folder, 'filler'), Buffer.alloc(16 * MB))).toThrow('ENOSPC');
  expect(await rotate({ file, maxSizeBytes: 256 * KB, keep: 2 })).toBe(true);
  expect(rotatedIndexes(file)).toEqual([1]);
  expect(await countLines(file)).toBe(count);
});
