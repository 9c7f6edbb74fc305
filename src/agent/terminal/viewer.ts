import { Readable, Writable } from 'node:stream';
import type { KeptConsole, Terminal, TerminalSize } from '../../api/index.ts';
import { Event, SlipwayError } from '../../kernel/index.ts';
import type { Backlog } from './backlog.ts';
import type { ShellExit } from './host-messages.ts';

const CHUNK_BYTES = 64 * 1024;

/** The console, as one that looks at it has it. */
export interface Watched {
  id: string;
  backlog: Backlog;
  terminal: Pick<Terminal, 'input' | 'endInput' | 'resize'>;
  isController(viewer: Viewer): boolean;
  /** It has read on. */
  progressed(): void;
  left(viewer: Viewer): void;
}

/** One page that looks at a console: it reads at its own pace, and does not write unless it has control. */
export class Viewer implements Terminal {
  readonly input: Writable;
  readonly output: Readable;
  readonly errors = null;
  readonly console: KeptConsole;
  readonly ended: Promise<ShellExit>;
  readonly name: string;
  /** How much of the output it was given. */
  position: number;
  private readonly watched: Watched;
  private readonly end = Promise.withResolvers<ShellExit>();
  private exit: ShellExit | null = null;
  private isWaiting = false;

  constructor(watched: Watched, options: { name: string; position: number; screen: string | null }) {
    const { name, position, screen } = options;
    this.watched = watched;
    this.name = name;
    this.position = position;
    this.ended = this.end.promise;
    this.ended.catch(() => undefined);
    const isReadOnly = () => !watched.isController(this);
    this.console = {
      id: watched.id,
      sequence: position,
      screen,
      controlled: new Event<boolean>(),
      get readOnly() {
        return isReadOnly();
      },
    };
    this.input = new Writable({
      write: (bytes: Buffer, _encoding, done) => {
        if (isReadOnly()) done();
        else watched.terminal.input.write(bytes, () => done());
      },
    });
    this.output = new Readable({ highWaterMark: CHUNK_BYTES, read: () => this.feed() });
    this.output.once('end', () => this.exit && this.end.resolve(this.exit));
    this.output.on('error', (error) => this.end.reject(error));
  }

  /** There is more to read. */
  wake(): void {
    if (this.isWaiting) this.feed();
  }

  /** The shell has ended; what it wrote is read first. */
  close(exit: ShellExit): void {
    this.exit = exit;
    this.wake();
  }

  endInput(): void {
    if (this.watched.isController(this)) this.watched.terminal.endInput();
  }

  resize(size: TerminalSize): void {
    if (this.watched.isController(this)) this.watched.terminal.resize(size);
  }

  /** What has a terminal gets its signals by keys. */
  signal(): void {}

  hangUp(): void {
    this.end.reject(
      new SlipwayError('shell_refused', { message: 'the page looks at its console by another connection' }),
    );
    this.output.destroy();
    this.watched.left(this);
  }

  private feed(): void {
    this.isWaiting = false;
    const bytes = this.watched.backlog.from(this.position, CHUNK_BYTES);
    if (bytes === null) {
      this.watched.left(this);
      this.output.destroy(
        new SlipwayError('shell_refused', {
          message: 'the console wrote more than this page has read',
          hint: 'the console goes on; look at it again',
        }),
      );
    } else if (bytes.length > 0) {
      this.position += bytes.length;
      this.output.push(bytes);
      this.watched.progressed();
    } else if (this.exit !== null) this.output.push(null);
    else this.isWaiting = true;
  }
}
