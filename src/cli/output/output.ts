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
  return { out, err, json, outlive };
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
