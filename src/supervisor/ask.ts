import http from 'node:http';
import net from 'node:net';
import { type Clock, formatDuration, sleep } from '../kernel/index.ts';
import { listeningPorts } from './listening.ts';

/** What an instance can be asked from outside. */
export type Question = { kind: 'http'; path: string; port: number } | { kind: 'tcp'; port: number };

interface AskOptions {
  clock: Clock;
  timeoutMs: number;
}

/**
 * What one address answered: null where that is as it should be; else in words, the more telling the higher its rank.
 */
type Reply = null | { text: string; rank: 'refused' | 'silent' | 'answered' };

/** An app may listen on either loopback address. */
const LOOPBACKS = ['127.0.0.1', '::1'];
const RANKS = ['refused', 'silent', 'answered'];
export const ASK_TIMEOUT_MS = 2000;
const FREE_LOOK_MS = 500;

/**
 * Asks an instance once. Null: it answered as it should, which over HTTP is a status of 200 to 399. Else what was asked and
 * what came of it: `GET /health on port 4001: 503`.
 */
export async function ask(question: Question, options: AskOptions): Promise<string | null> {
  const replies = await firstGood(LOOPBACKS.map((host) => askAt(host, question, options)));
  if (replies === null) return null;
  const [telling] = replies.toSorted((a, b) => RANKS.indexOf(b.rank) - RANKS.indexOf(a.rank));
  const asked = question.kind === 'http' ? `GET ${question.path} on port` : 'port';
  return `${asked} ${question.port}: ${telling?.text}`;
}

/** Whether something accepts connections on the port. Before a start that is a stranger, who would count as ready. */
export async function portInUse(port: number, clock: Clock): Promise<boolean> {
  return (await ask({ kind: 'tcp', port }, { clock, timeoutMs: ASK_TIMEOUT_MS })) === null;
}

/** Resolves when nothing listens on the port any more. There is no event for that. */
export async function untilFree(port: number, options: { clock: Clock; signal: AbortSignal }): Promise<void> {
  do await sleep(FREE_LOOK_MS, options);
  while (listeningPorts().has(port));
}

function askAt(host: string, question: Question, { clock, timeoutMs }: AskOptions): Promise<Reply> {
  return new Promise((resolve) => {
    const end = (reply: Reply) => {
      cancel();
      asked.destroy();
      resolve(reply);
    };
    const fail = (error: NodeJS.ErrnoException) => end(replyOf(error));
    // Bounds all of it: one that sends a byte from time to time would never be idle.
    const cancel = clock.after(timeoutMs, () =>
      end({ text: `no answer within ${limitText(timeoutMs)}`, rank: 'silent' }),
    );
    const { port } = question;
    const asked =
      question.kind === 'tcp'
        ? net.connect({ host, port }).once('connect', () => end(null))
        : http.get({ host, port, path: question.path, agent: false }).once('response', (response) => {
            const { statusCode = 0 } = response;
            response.on('error', () => undefined).resume();
            end(statusCode >= 200 && statusCode < 400 ? null : { text: `${statusCode}`, rank: 'answered' });
          });
    // What comes after the end is of no interest, and must have a listener all the same.
    asked.on('error', fail);
  });
}

function replyOf(error: NodeJS.ErrnoException): Reply {
  if (error.code === 'ECONNREFUSED') return { text: 'connection refused', rank: 'refused' };
  if (error.code === 'ECONNRESET')
    return { text: 'the connection was closed without an answer', rank: 'answered' };
  if (error.code?.startsWith('HPE_')) return { text: 'the answer is not HTTP', rank: 'answered' };
  // Such as a host without IPv6.
  return { text: error.code ?? error.message, rank: 'refused' };
}

function limitText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : formatDuration(ms);
}

/** Gives null at the first good one, all of them when none is. */
function firstGood(replies: Promise<Reply>[]): Promise<NonNullable<Reply>[] | null> {
  return new Promise((resolve, reject) => {
    const bad: NonNullable<Reply>[] = [];
    for (const reply of replies)
      reply.then((value) => {
        if (value === null) return resolve(null);
        if (bad.push(value) === replies.length) resolve(bad);
      }, reject);
  });
}
