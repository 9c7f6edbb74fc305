import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary.ts';

/** A named pipe that gives whoever waits for it what is in the file. */
export function pipeOf(file: string): string {
  const pipe = path.join(temporaryFolder(), 'pipe.pem');
  execFileSync('mkfifo', [pipe]);
  const writer = spawn('/bin/sh', ['-c', 'exec cat "$0" >"$1"', file, pipe], { stdio: 'ignore' });
  onTestFinished(() => void writer.kill('SIGKILL'));
  return pipe;
}
