import * as nodePty from '@lydell/node-pty';
import { onTestFinished } from 'vitest';
import { LAUNCHER } from './workshop.ts';

const DEADLINE_MS = 60_000;
/** A prompt with a long host name and path fits: one that just fills the line ends otherwise. */
const WIDE = 200;

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
  /** This is run in the place of the command line. */
  argv?: string[];
}

/** The real command line on a terminal, as a person has it. It is ended with the test. */
export class PersonsTerminal {
  readonly pid: number;
  /** All that was shown. */
  shown = '';
  /** Status of the program; null where a signal ended it. */
  readonly ended: Promise<{ status: number | null; signal: number }>;
  private readonly pty: nodePty.IPty;
  private over = false;
  private readAt = 0;
  private look = () => {};

  constructor(args: string[], { columns = WIDE, rows = 30, env = {}, argv }: TerminalOptions = {}) {
    const [file = '', ...rest] = argv ?? [LAUNCHER, ...args];
    const { PATH = '', HOME = '' } = process.env;
    this.pty = nodePty.spawn(file, rest, {
      cols: columns,
      rows,
      name: 'xterm-256color',
      env: { PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...env },
    });
    this.pid = this.pty.pid;
    this.pty.onData((text) => {
      this.shown += text;
      this.look();
    });
    this.ended = new Promise((resolve) => {
      this.pty.onExit(({ exitCode, signal }) => {
        this.over = true;
        resolve({ status: signal ? null : exitCode, signal: signal ?? 0 });
      });
    });
    onTestFinished(async () => {
      // The pid of one that has ended may be another's by now.
      if (!this.over) this.pty.kill('SIGKILL');
      // What a later test starts would have the terminal's descriptor.
      await this.ended;
    });
  }

  type(text: string): void {
    this.pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.pty.resize(columns, rows);
  }

  /** Nothing that it shows is read. */
  pause(): void {
    this.pty.pause();
  }

  resume(): void {
    this.pty.resume();
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Resolves with the match when it is shown after what was waited for before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${pattern} was never shown; since: ${JSON.stringify(this.since())}`)),
        DEADLINE_MS,
      );
      this.look = () => {
        const found = pattern.exec(this.since());
        if (!found) return;
        this.look = () => {};
        this.readAt += found.index + found[0].length;
        clearTimeout(timer);
        resolve(found);
      };
      this.look();
    });
  }

  /** Types a line, and waits for what it is answered. */
  async ask(line: string, answer: RegExp): Promise<RegExpExecArray> {
    this.type(`${line}\r`);
    return await this.until(answer);
  }

  private since(): string {
    return this.shown.slice(this.readAt);
  }
}
