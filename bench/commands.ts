import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '..');
export const CACHE = path.join(ROOT, '.cache/bench');

/** Starts a program with its output in a file; the result has started. */
export async function start(
  command: string,
  args: string[],
  options: SpawnOptions & { output: string },
): Promise<ChildProcess & { pid: number }> {
  const output = fs.openSync(options.output, 'a');
  try {
    const child = spawn(command, args, { ...options, stdio: ['ignore', output, output] });
    await once(child, 'spawn');
    return child as ChildProcess & { pid: number };
  } finally {
    fs.closeSync(output);
  }
}

/** Runs a program to its end; throws what it said where it failed. */
export async function run(command: string, args: string[], options: SpawnOptions = {}): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${output}`);
  return output;
}

/** Sends a signal, SIGTERM unless told otherwise, and waits for the end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
