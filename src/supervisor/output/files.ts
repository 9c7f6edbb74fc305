import fs from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../../kernel/index.ts';

/** Where the output of one instance or worker goes. */
export interface LogFiles {
  stdout: string;
  stderr: string;
}

/** `<logs>/<app>/<app>-<instance>-stdout.log` and `-stderr.log`. `instanceLabel`: `1`, or `queue.1`. */
export function logFiles(logsDirectory: string, appId: string, instanceLabel: string): LogFiles {
  const stem = path.join(logsDirectory, appId, `${appId}-${instanceLabel}`);
  return { stdout: `${stem}-stdout.log`, stderr: `${stem}-stderr.log` };
}

/**
 * Opens a log for a process to inherit, and makes its directory. O_APPEND is what lets a rotation cut the head away
 * below the writer; the descriptor is closed on exec unless it is handed on as one of the child's own.
 */
export function openLog(file: string): number {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o750 });
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = fs.constants;
  return fs.openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o640);
}

/** Opens both logs of a program that is about to be started; it has them once they are closed here. */
export function openLogs({ stdout, stderr }: LogFiles): Disposable & { stdoutFd: number; stderrFd: number } {
  using opening = new DisposableStack();
  const open = (file: string) => opening.adopt(openLog(file), fs.closeSync);
  const logs = { stdoutFd: open(stdout), stderrFd: open(stderr) };
  const opened = opening.move();
  return { ...logs, [Symbol.dispose]: () => opened.dispose() };
}

/** `index` 1 is the newest. */
export const rotatedFile = (file: string, index: number) => `${file}.${index}.gz`;

/** The copy of the head while it is made; becomes the newest rotated file. */
export const copyFile = (file: string) => `${file}.rotating.gz`;

/** Indexes of the rotated files that there are, ascending: the newest first. */
export function rotatedIndexes(file: string): number[] {
  const prefix = `${path.basename(file)}.`;
  return namesIn(path.dirname(file))
    .filter((name) => name.startsWith(prefix))
    .map((name) => /^([1-9]\d{0,3})\.gz$/.exec(name.slice(prefix.length))?.[1])
    .filter((index) => index !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
