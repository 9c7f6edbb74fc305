import fs from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import {
  type Clock,
  directorySynced,
  errnoOf,
  messageOf,
  unawaited,
  writeFileDurable,
} from '../kernel/index.ts';
import { bootId } from '../supervisor/index.ts';

/** What was sent since the last note is sent again after a kill: so long, and an fsync so seldom, however much is sent. */
const NOTE_EVERY_MS = 5000;

/** Absolute offsets up to which each log was sent, by `1 stdout`. */
type Reached = Record<string, number>;

interface Noted {
  boot: string;
  /** By target and app. */
  positions: Record<string, Reached>;
}

/** Remembers durably how far each target has come, in one file for all of them. */
export class Positions {
  private readonly file: string;
  private readonly clock: Clock;
  private readonly onProblem: (message: string | null) => void;
  /** Whether the host has not been started anew since: only then are the logs whole that were not synced. */
  readonly isOfThisBoot: boolean;
  private readonly positions: Record<string, Reached>;
  private cancel: (() => void) | null = null;
  private writing: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(options: { file: string; clock: Clock; onProblem: (message: string | null) => void }) {
    this.file = options.file;
    this.clock = options.clock;
    this.onProblem = options.onProblem;
    const noted = read(this.file);
    this.positions = noted?.positions ?? {};
    this.isOfThisBoot = noted?.boot === bootId;
  }

  /** Null where nothing was ever sent of it. */
  of(key: string, log: string): number | null {
    return this.positions[key]?.[log] ?? null;
  }

  /** Is written down within five seconds. */
  set(key: string, log: string, position: number): void {
    const reached = (this.positions[key] ??= {});
    if (reached[log] === position) return;
    reached[log] = position;
    this.cancel ??= this.clock.after(NOTE_EVERY_MS, () => {
      this.cancel = null;
      this.writing = this.writing.then(() => this.write());
      unawaited(this.writing, 'noting what was forwarded');
    });
  }

  /** Of an app, or one of its targets, that is no more. */
  forget(isGone: (key: string) => boolean): void {
    for (const key of Object.keys(this.positions)) if (isGone(key)) delete this.positions[key];
  }

  /** At once: what is begun with must be known before the first line is written. */
  note(): void {
    try {
      fs.mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      writeFileDurable(this.file, this.text());
      this.told(null);
    } catch (error) {
      this.told(messageOf(error));
    }
  }

  async close(): Promise<void> {
    this.cancel?.();
    this.cancel = null;
    await this.writing;
    this.note();
  }

  /** Off the event loop, for an fsync beside a busy log takes its time. */
  private async write(): Promise<void> {
    const temporary = `${this.file}.new`;
    try {
      {
        await using handle = await open(temporary, 'w', 0o600);
        await handle.writeFile(this.text());
        await handle.sync();
      }
      await rename(temporary, this.file);
      await directorySynced(path.dirname(this.file));
      this.told(null);
    } catch (error) {
      this.told(messageOf(error));
    }
  }

  private text(): string {
    return JSON.stringify({ boot: bootId, positions: this.positions } satisfies Noted);
  }

  private told(problem: string | null): void {
    if (problem !== null || this.isFailing) this.onProblem(problem);
    this.isFailing = problem !== null;
  }
}

function read(file: string): Noted | null {
  try {
    const { boot, positions } = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Noted>;
    return typeof boot === 'string' && positions ? { boot, positions } : null;
  } catch (error) {
    // A damaged one is as none: what is written from now on is sent.
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}
