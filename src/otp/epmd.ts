/** Erlang/OTP documentation, Distribution Protocol, section "EPMD Protocol": where does a node listen? */
import net from 'node:net';
import { SlipwayError } from '../kernel/index.ts';
import { Attempt } from './connect-attempt.ts';
import { encodePortPlease, type Registration, readPort } from './epmd-messages.ts';
import { unreachable } from './failure.ts';

const DEFAULT_PORT = 4369;
/** A length and the request. */
const KILL_REQ = new Uint8Array([0, 1, 107]);
const END_TIMEOUT_MS = 2000;

export interface EpmdQuestion {
  /** The node's name before the `@`. */
  readonly name: string;
  readonly host: string;
  /** Default: ERL_EPMD_PORT, else 4369. */
  readonly port?: number;
}

/**
 * Asks the epmd of a host for the port of a node. Throws `otp_unreachable` (no such host, no epmd, no such node),
 * `otp_refused` (something else than epmd answers) or `otp_timeout`.
 */
export async function lookUp(
  options: EpmdQuestion & { timeoutMs: number; signal?: AbortSignal },
): Promise<Registration> {
  const { name, host } = options;
  using attempt = new Attempt({ ...options, what: `a look-up of ${name} on ${host}` });
  return await askEpmd(options, attempt);
}

/** Does what `lookUp` does, as a part of a longer attempt. */
export async function askEpmd(question: EpmdQuestion, attempt: Attempt): Promise<Registration> {
  const { name, host, port = epmdPort() } = question;
  attempt.stage = `epmd on ${host}:${port} to answer`;
  const answer = await exchange({ name, host, port }, attempt);
  if (answer === 'unknown')
    throw new SlipwayError('otp_unreachable', {
      message: `epmd on ${host}:${port} does not know a node ${name}`,
      hint: 'the node is not running, has not started its distribution yet, or has another epmd (ERL_EPMD_PORT)',
      next: port === DEFAULT_PORT ? 'epmd -names' : `epmd -port ${port} -names`,
    });
  return answer;
}

/**
 * Has the epmd on a port of this host end: `KILL_REQ`, which it refuses as long as a node is registered there. Whether it does;
 * false also where none answers.
 */
export function endEpmd(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.connect({ host: '127.0.0.1', port });
  socket.setTimeout(END_TIMEOUT_MS, () => socket.destroy());
  socket.on('connect', () => socket.write(KILL_REQ));
  socket.on('data', (answer) => resolve(answer.toString('latin1') === 'OK'));
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** The port of epmd for this process and those that it starts. */
export function epmdPort(): number {
  const port = Number(process.env.ERL_EPMD_PORT);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : DEFAULT_PORT;
}

function exchange(
  { name, host, port }: { name: string; host: string; port: number },
  attempt: Attempt,
): Promise<Registration | 'unknown'> {
  const { promise, resolve, reject } = Promise.withResolvers<Registration | 'unknown'>();
  const socket = net.connect({ host, port, noDelay: true });
  const release = attempt.onAbort(reject);
  let answer: Uint8Array = new Uint8Array(0);
  socket.on('connect', () => socket.write(encodePortPlease(name)));
  socket.on('data', (chunk) => {
    answer = Buffer.concat([answer, chunk]);
    try {
      const found = readPort(answer);
      if (found) resolve(found);
    } catch (error) {
      reject(error);
    }
  });
  socket.on('error', (error) =>
    reject(
      unreachable({
        error,
        what: `epmd on ${host}:${port}`,
        host,
        refusedBecause:
          'epmd is started by the first Erlang node of a host and knows all the others: there is none, or it has another port (ERL_EPMD_PORT)',
      }),
    ),
  );
  socket.on('close', () =>
    reject(
      new SlipwayError('otp_refused', {
        message: `what listens on ${host}:${port} closed the connection in the middle of an answer (${answer.length} bytes)`,
        hint: 'it may be no epmd',
      }),
    ),
  );
  return promise.finally(() => {
    release();
    socket.destroy();
  });
}
