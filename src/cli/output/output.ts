import { type Channel, channelOf } from './channel.ts';

/** Where a verb writes: data to `out`, progress and errors to `err`. */
export interface Output {
  out: Channel;
  err: Channel;
  /** Whether data is to be JSON. */
  json: boolean;
}

export function createOutput(options: { json: boolean; env: NodeJS.ProcessEnv }): Output {
  const { json, env } = options;
  return { out: channelOf(process.stdout, env), err: channelOf(process.stderr, env), json };
}

/** One answer: as JSON, or as text for a person. */
export function printData(output: Output, value: unknown, text: () => string): void {
  output.out.write(output.json ? `${JSON.stringify(value, null, 2)}\n` : withNewline(text()));
}

/** One of many: as JSON on a line of its own, or as text. */
export function printItem(output: Output, value: unknown, text: () => string): void {
  output.out.write(output.json ? `${JSON.stringify(value)}\n` : withNewline(text()));
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
