import type { IncomingMessage } from 'node:http';
import { SlipwayError } from '../kernel/index.ts';
import type { Line } from './line.ts';
import { fromWire } from './wire-error.ts';

/** No agent of ours has an answer of that size; what another one sends is not held without a limit. */
const ANSWER_MAX_CHARACTERS = 64 * 1024 * 1024;

/** The value that the agent answered with; its error is thrown, of the same code. */
export async function readAnswer(response: IncomingMessage, line: Line): Promise<unknown> {
  const body = parse(await readText(response, line));
  const { statusCode = 500, headers } = response;
  if (statusCode >= 400) throw fromWire(body);
  if (statusCode >= 300) throw ledOn(line, headers.location);
  return body;
}

/** A token is not carried on to where somebody else says. */
function ledOn({ name }: Line, location: string | undefined): SlipwayError {
  return new SlipwayError('usage', {
    message: `${name} leads on to ${location ?? 'nowhere'}, and is not followed`,
    hint: 'give the address of the agent itself',
  });
}

/** JSON, or the text itself where it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readText(response: IncomingMessage, line: Line): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      text += chunk;
      if (text.length > ANSWER_MAX_CHARACTERS) throw tooLong(line);
    }
  } catch (error) {
    throw error instanceof SlipwayError ? error : line.lost();
  }
  return text;
}

/** Nobody knows what else to make of it. */
export function tooLong({ name }: Line): SlipwayError {
  return new SlipwayError('failed', {
    message: `${name} answered with more than can be held`,
    hint: 'no agent does; look at what stands behind that address',
  });
}
