import fs from 'node:fs';
import os from 'node:os';
import { ReadStream } from 'node:tty';
import * as nodePty from '@lydell/node-pty';
import type { TerminalSize } from '../../api/index.ts';
import { errnoOf } from '../../kernel/index.ts';
import type { Launch } from '../../supervisor/index.ts';
import { commandOf } from './command.ts';
import type { ShellExit } from './host-messages.ts';

/**
 * The library's own functions, below its `spawn`. That one cannot be used: it throws away what a slow reader has not read
 * 200 ms after the program's end, and spins while a program does not read its input.
 */
interface Native {
  fork(
    file: string,
    args: string[],
    env: string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (status: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string };
  resize(fd: number, columns: number, rows: number, widthPixels: number, heightPixels: number): void;
}
const { native } = nodePty as unknown as { native: Native };

const UNCHANGED = -1;
/** The first wait while a program does not read its input. The kernel tells nobody when it does. */
const FIRST_RETRY_MS = 1;
const MAX_RETRY_MS = 50;

export interface Pty {
  pid: number;
  /** Ends when nobody has the terminal open any more. */
  output: ReadStream;
  /** Resolves when all of it was taken, or nobody can take it any more. */
  write(bytes: Buffer): Promise<void>;
  resize(size: TerminalSize): void;
  ended: Promise<ShellExit>;
}

/** Starts a program on a pseudo-terminal of its own, which belongs to the user that the program runs as. */
export function openPty(launch: Launch, { size, group }: { size: TerminalSize; group: string | null }): Pty {
  const { cwd, account } = launch;
  const { file, args, env } = commandOf(launch, group);
  const ended = Promise.withResolvers<ShellExit>();
  const { fd, pid, pty } = native.fork(
    file,
    args,
    Object.entries(env).map(([name, value]) => `${name}=${value}`),
    cwd,
    size.columns,
    size.rows,
    UNCHANGED,
    UNCHANGED,
    true,
    '',
    (status, signal) =>
      ended.resolve(signal === 0 ? { status, signal: null } : { status: null, signal: signalName(signal) }),
  );
  // Programs open it anew by its name: tmux, gpg, sudo.
  if (account !== null) fs.chownSync(pty, account.uid, fs.statSync(pty).gid);
  const output = new ReadStream(fd);
  // EIO is how Linux tells that nobody has the other side open.
  output.on('error', () => undefined);
  return {
    pid,
    output,
    ended: ended.promise,
    resize: ({ columns, rows }) => {
      if (!output.destroyed) native.resize(fd, columns, rows, 0, 0);
    },
    async write(bytes) {
      let waitMs = FIRST_RETRY_MS;
      for (let written = 0; written < bytes.length && !output.destroyed; ) {
        try {
          written += fs.writeSync(fd, bytes, written);
          waitMs = FIRST_RETRY_MS;
        } catch (error) {
          if (errnoOf(error) !== 'EAGAIN') return;
          await new Promise((resolve) => setTimeout(resolve, waitMs));
          waitMs = Math.min(waitMs * 2, MAX_RETRY_MS);
        }
      }
    },
  };
}

function signalName(number: number): string {
  const found = Object.entries(os.constants.signals).find(([, each]) => each === number);
  return found ? found[0] : `signal ${number}`;
}
