import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, errnoOf, KEPT_LINES, sleep } from '../kernel/index.ts';
import { type Account, punchHole } from '../supervisor/index.ts';
import { AgentEnds } from './agent-ends.ts';
import { OutputLines, type RawLine, shown } from './output-lines.ts';
import type { StepContext } from './procedure.ts';

/** A timer and no events: an event for each write would halve the writer's speed. */
const LOOK_MS = 100;
const CHUNK_BYTES = 256 * 1024;
/** Kept on the disk of the beginning, and of the end: enough for the lines that are shown of each. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** While a command prints faster than this between two looks, its output is shown in samples. */
const SAMPLE_BYTES = 64 * 1024;

/** Opens a new file for the output of a command that is to inherit it. It may hold secrets in the clear. */
export function openOutput(file: string, account: Account | null): number {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.rmSync(file, { force: true });
  const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
  const fd = fs.openSync(file, O_APPEND | O_CREAT | O_EXCL | O_WRONLY, 0o600);
  // A script that writes to /dev/stderr opens the file once more, as its own user.
  if (account) fs.fchownSync(fd, account.uid, account.gid);
  return fd;
}

/**
 * Tells what a command prints while it runs, a line each, and the rest of it once `over` is aborted. The file is read
 * from its beginning: of what an earlier agent has read nothing is journalled before the step ends. What lies between
 * the first and the last 4 MB is freed on the disk and not told.
 */
export async function followOutput(options: {
  file: string;
  clock: Clock;
  step: Pick<StepContext, 'say' | 'leaveOut'>;
  over: AbortSignal;
}): Promise<void> {
  const { file, clock, step, over } = options;
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (!handle) return;
  const output = new RunOutput(handle, step);
  try {
    while (!over.aborted) {
      const isBehind = await output.look({ isLast: false });
      if (!isBehind) await sleep(LOOK_MS, { clock, signal: over }).catch(() => undefined);
    }
    if (over.reason instanceof AgentEnds) return;
    // What has escaped its end may go on writing.
    const { size } = await handle.stat();
    while ((await output.look({ isLast: true })) && output.position < size);
    output.end();
  } finally {
    await handle.close();
  }
}

class RunOutput {
  private readonly handle: FileHandle;
  private readonly step: Pick<StepContext, 'say' | 'leaveOut'>;
  private readonly lines = new OutputLines();
  position = 0;
  /** The end of the hole in the file. */
  private freedUntil = KEPT_BYTES;
  private canFree = true;

  constructor(handle: FileHandle, step: Pick<StepContext, 'say' | 'leaveOut'>) {
    this.handle = handle;
    this.step = step;
  }

  /** Reads on, a chunk at most; whether more is there. */
  async look({ isLast }: { isLast: boolean }): Promise<boolean> {
    const { size } = await this.handle.stat();
    if (size < this.position) this.startOver();
    await this.free(size);
    const behind = size - this.position;
    if (this.position >= KEPT_BYTES && behind > (isLast ? KEPT_BYTES : CHUNK_BYTES))
      this.skipTo(size - (isLast ? KEPT_BYTES : SAMPLE_BYTES));
    const until = this.position < KEPT_BYTES ? Math.min(size, KEPT_BYTES) : size;
    const length = Math.min(CHUNK_BYTES, until - this.position);
    const { bytesRead, buffer } = await this.handle.read(
      Buffer.allocUnsafe(length),
      0,
      length,
      this.position,
    );
    this.position += bytesRead;
    this.tell(this.lines.push(buffer.subarray(0, bytesRead)));
    return bytesRead > 0 && this.position < size;
  }

  end(): void {
    this.tell(this.lines.rest());
  }

  /** Tells lines; no more of very many at once would be kept than those. */
  private tell(lines: RawLine[]): void {
    const leftOut = lines.length - 2 * KEPT_LINES;
    if (leftOut <= 0) {
      for (const line of lines) this.step.say(shown(line));
      return;
    }
    for (const line of lines.slice(0, KEPT_LINES)) this.step.say(shown(line));
    this.step.leaveOut({ lines: leftOut, bytes: 0 });
    for (const line of lines.slice(-KEPT_LINES)) this.step.say(shown(line));
  }

  private skipTo(position: number): void {
    this.tell(this.lines.skip());
    this.step.leaveOut({ lines: 0, bytes: position - this.position });
    this.position = position;
  }

  /** The command itself has cut its output: `> /dev/stderr` does so. */
  private startOver(): void {
    this.tell(this.lines.rest());
    this.position = 0;
    this.freedUntil = KEPT_BYTES;
  }

  private async free(size: number): Promise<void> {
    const until = size - KEPT_BYTES;
    if (!this.canFree || until - this.freedUntil < KEPT_BYTES) return;
    try {
      await punchHole(this.handle, { offset: KEPT_BYTES, length: until - KEPT_BYTES });
      this.freedUntil = until;
    } catch {
      // Some file systems cannot. The limit of time bounds what is written.
      this.canFree = false;
    }
  }
}
