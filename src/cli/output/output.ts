import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { safeJson } from '../../kernel/index.ts';
import { type Channel, channelOf } from './channel.ts';

/** Where a verb writes: data to `out`, progress and errors to `err`. */
export interface Output {
  out: Channel;
  err: Channel;
  /** Whether data is to be JSON. */
  json: boolean;
  /** Makes a reader who goes away from now on end nothing. */
  outlive: () => void;
  /** Of a verb that writes now and then, for good: ends it as soon as its reader has gone, and not at its next word. */
  endWithReader: () => void;
}

export function createOutput(options: { json: boolean; env: NodeJS.ProcessEnv }): Output {
  const { json, env } = options;
  const err = channelOf({ stream: process.stderr, env, onBroken: () => {} });
  let outlives = false;
  const out = channelOf({
    stream: process.stdout,
    env,
    onBroken({ code, message }) {
      if (outlives) return;
      // The reader has seen enough: `slipway logs shop | head`.
      if (code === 'EPIPE') process.exit(0);
      err.write(`error: standard output cannot be written: ${message}\n`);
      process.exit(1);
    },
  });
  const outlive = () => {
    outlives = true;
  };
  return { out, err, json, outlive, endWithReader };
}

/** Node tells of a closed pipe when it writes only. tail looks at its output while it waits, and is ended by SIGPIPE. */
function endWithReader(): void {
  if (!fs.fstatSync(1).isFIFO()) return;
  const watcher = spawn('tail', ['-f', `--pid=${process.pid}`, '/dev/null'], {
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  watcher.unref();
  watcher.on('error', () => {}); // without it the next word ends the verb
  watcher.on('exit', (_, signal) => {
    if (signal === 'SIGPIPE') process.exit(0);
  });
  // It has the pipe open: the reader would wait for its end.
  process.on('exit', () => watcher.kill());
}

/** One answer: as JSON, or as text for a person. */
export function printData(output: Output, value: unknown, text: () => string): void {
  output.out.write(output.json ? `${safeJson(value, 2)}\n` : withNewline(text()));
}

/** One of many: as JSON on a line of its own, or as text. */
export function printItem(output: Output, value: unknown, text: () => string): void {
  output.out.write(output.json ? `${safeJson(value)}\n` : withNewline(text()));
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
