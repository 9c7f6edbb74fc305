import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { redact, registerSecret } from '../../kernel/index.ts';
import { flowing, tooLarge, whole } from './flow.ts';
import { discard, type HttpRequest, httpRequest } from './http-request.ts';
import { askServer, httpTrouble, refusal } from './http-trouble.ts';
import { replaced } from './replaced.ts';
import type { ObjectStat, ObjectStore, SmallObject } from './store.ts';

/**
 * Files that any web server shows. The tag of one is its ETag, else its Last-Modified, else its bytes; of what is not read, it is
 * empty then. Whether it is what was asked for is looked at in each answer: no server's `If-Range` is relied upon.
 */
export class HttpStore implements ObjectStore {
  readonly address: string;
  private readonly base: URL;
  private readonly authorization: string | null;

  /** @param url ends with a `/` */
  constructor({ url, username, token }: { url: URL; username: string | null; token: string | null }) {
    this.authorization = authorizationOf({ url, username, token });
    this.base = new URL(url);
    this.base.username = '';
    this.base.password = '';
    this.address = redact(this.base.href).replace(/\/$/, '');
  }

  addressOf(key: string): string {
    return `${this.address}/${key}`;
  }

  showCommand(key: string): string {
    return askServer(this.addressOf(key));
  }

  async get(
    key: string,
    { maxBytes, unlessTag, signal }: { maxBytes: number; unlessTag?: string | null; signal: AbortSignal },
  ): Promise<SmallObject | 'unchanged' | null> {
    const from = this.addressOf(key);
    return await this.asking(from, signal, async () => {
      const answer = await this.send(key, { method: 'GET', headers: unless(unlessTag ?? null), signal });
      const { statusCode = 0, headers } = answer;
      if (statusCode === 304) discard(answer);
      if (statusCode === 304) return 'unchanged';
      if (isAbsent(answer, from)) return null;
      if (Number(headers['content-length'] ?? 0) > maxBytes) {
        answer.destroy();
        throw tooLarge(from, maxBytes);
      }
      const bytes = await whole(answer, { from, next: askServer(from), signal, maxBytes });
      const ofBytes = () => `bytes:${createHash('sha256').update(bytes).digest('hex')}`;
      const tag = isYoung(headers) ? ofBytes() : tagOf(headers) || ofBytes();
      return tag === unlessTag ? 'unchanged' : { bytes, tag, modifiedMs: modifiedMsOf(headers) };
    });
  }

  async stat(key: string, signal: AbortSignal): Promise<ObjectStat | null> {
    const where = this.addressOf(key);
    return await this.asking(where, signal, async () => {
      const answer = await this.send(key, { method: 'HEAD', headers: {}, signal });
      discard(answer);
      if (isAbsent(answer, where)) return null;
      const sizeBytes = Number(answer.headers['content-length'] ?? Number.NaN);
      if (!Number.isSafeInteger(sizeBytes)) throw new Error('the server does not say how large it is');
      const { headers } = answer;
      return { sizeBytes, tag: tagOf(headers), modifiedMs: modifiedMsOf(headers), sha256: null };
    });
  }

  async *read(
    key: string,
    { fromByte, tag, signal }: { fromByte: number; tag: string; signal: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    const from = this.addressOf(key);
    try {
      const headers: Record<string, string> = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
      const answer = await this.send(key, { method: 'GET', headers, signal });
      const isPart = answer.statusCode === 206;
      const isWrong = isPart && !answer.headers['content-range']?.startsWith(`bytes ${fromByte}-`);
      if (answer.statusCode === 416 || isWrong || tagOf(answer.headers) !== tag || isAbsent(answer, from)) {
        answer.destroy();
        throw replaced(from, this.showCommand(key));
      }
      // A server that knows no ranges sends what is there already, too.
      yield* without(isPart ? 0 : fromByte, flowing(answer, { from, next: askServer(from), signal }));
    } catch (error) {
      throw signal.aborted ? signal.reason : httpTrouble(error, from);
    }
  }

  /** What a web server shows of a folder is for people. */
  async list(): Promise<null> {
    return null;
  }

  private send(key: string, request: Omit<HttpRequest, 'authorization'>): Promise<IncomingMessage> {
    const url = new URL(key.split('/').map(encodeURIComponent).join('/'), this.base);
    return httpRequest(url, { ...request, authorization: this.authorization });
  }

  private async asking<T>(where: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw signal.aborted ? signal.reason : httpTrouble(error, where);
    }
  }
}

/** False where the object is there; throws what else the answer says. */
function isAbsent(answer: IncomingMessage, where: string): boolean {
  const { statusCode = 0 } = answer;
  if (statusCode === 200 || statusCode === 206) return false;
  discard(answer);
  if (statusCode === 404 || statusCode === 410) return true;
  throw refusal(statusCode, where);
}

function tagOf({ etag, 'last-modified': modified }: IncomingHttpHeaders): string {
  return etag || modified || '';
}

function modifiedMsOf({ 'last-modified': modified }: IncomingHttpHeaders): number {
  const ms = Date.parse(modified ?? '');
  return Number.isNaN(ms) ? 0 : ms;
}

/** Web servers make a tag of the second of the last write, and of the size: within it, another content may have the same one. */
function isYoung(headers: IncomingHttpHeaders): boolean {
  const ageMs = Date.parse(headers.date ?? '') - modifiedMsOf(headers);
  return ageMs < YOUNG_MS;
}

const YOUNG_MS = 3000;

function unless(tag: string | null): Record<string, string> {
  if (tag === null || tag.startsWith('bytes:') || /[\r\n]/.test(tag)) return {};
  return /^(W\/)?"/.test(tag) ? { 'if-none-match': tag } : { 'if-modified-since': tag };
}

async function* without(bytes: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const chunk of chunks) {
    const rest = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

/** The token's, with a name as its password; else what the URL has. */
function authorizationOf(of: { url: URL; username: string | null; token: string | null }): string | null {
  const inUrl = { username: unescaped(of.url.username), password: unescaped(of.url.password) };
  const username = of.username ?? inUrl.username;
  const secret = of.token ?? inUrl.password;
  if (secret === '') return null;
  registerSecret(secret);
  if (username === '') return `Bearer ${secret}`;
  const pair = Buffer.from(`${username}:${secret}`).toString('base64');
  registerSecret(pair);
  return `Basic ${pair}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
