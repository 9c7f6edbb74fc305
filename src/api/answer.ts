import type { IncomingMessage } from 'node:http';
import { lost } from './unreachable.ts';
import { fromWire } from './wire-error.ts';

/** The value that the agent answered with; its error is thrown, of the same code. */
export async function readAnswer(response: IncomingMessage, socketPath: string): Promise<unknown> {
  const body = parse(await readText(response, socketPath));
  if ((response.statusCode ?? 500) >= 400) throw fromWire(body);
  return body;
}

/** JSON, or the text itself where it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readText(response: IncomingMessage, socketPath: string): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) text += chunk;
  } catch {
    throw lost(socketPath);
  }
  return text;
}
