import net from 'node:net';
import { messageOf, SlipwayError, withDeadline } from '../kernel/index.ts';

const TIMEOUT_MS = 5000;
/** Statistics of a thousand instances are half a megabyte. */
const LONGEST_ANSWER = 16 * 1024 ** 2;

/**
 * Sends one command to a socket of HAProxy's, and gives the answer. It answers one command a connection, and closes.
 * `payload`: lines of a file, none of which is empty.
 * @throws SlipwayError `proxy_unreachable`
 */
export async function ask(
  socketPath: string,
  command: string,
  payload: string | null = null,
): Promise<string> {
  if (/[\n\r;\\]/.test(command)) throw new Error(`not one command: ${JSON.stringify(command)}`);
  if (payload !== null && /\n[\r\t ]*\n/.test(payload))
    throw new Error('a payload ends with its first empty line');
  const text = payload === null ? `${command}\n` : `${command} <<\n${payload.trimEnd()}\n\n`;
  try {
    const answer = await withDeadline({ ms: TIMEOUT_MS }, (signal) => exchange(socketPath, text, signal));
    if (answer !== 'late') return answer.text;
  } catch (cause) {
    throw unreachable(command, messageOf(cause));
  }
  throw unreachable(command, `no answer within ${TIMEOUT_MS / 1000}s`);
}

function exchange(socketPath: string, text: string, signal: AbortSignal): Promise<{ text: string }> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: socketPath, signal });
    const answer: Buffer[] = [];
    let sizeBytes = 0;
    socket.on('data', (part: Buffer) => {
      answer.push(part);
      sizeBytes += part.length;
      if (sizeBytes > LONGEST_ANSWER) socket.destroy(new Error('its answer is too long'));
    });
    socket.once('error', reject);
    socket.once('end', () => resolve({ text: Buffer.concat(answer).toString('utf8') }));
    // The master's socket waits for more unless it is told that there is none.
    socket.end(text);
  });
}

function unreachable(command: string, why: string): SlipwayError {
  return new SlipwayError('proxy_unreachable', {
    message: `HAProxy was not told "${command.slice(0, 100)}": ${why}`,
    hint: 'it is told again as soon as it runs',
    next: 'slipway status',
  });
}
