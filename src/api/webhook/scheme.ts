import type { IncomingHttpHeaders } from 'node:http';

export type Provider = 'gitea' | 'github' | 'bitbucket' | 'plain' | 'gitlab';

export interface WebhookRequest {
  /** Names in lower case, as Node gives them. */
  headers: IncomingHttpHeaders;
  /** The body as it came: signatures are over its bytes. */
  body: Buffer;
  secret: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What a payload tells: a ref that changed (null: several, or one that is not named), or why nothing follows. */
export type Told =
  | { kind: 'push'; ref: string | null }
  | { kind: 'ping' }
  | { kind: 'ignored'; reason: string };

/** How one kind of sender proves that it knows the secret, and how it tells what happened. */
export interface Scheme {
  provider: Provider;
  /** What the request gives as its proof; undefined where it gives none of this kind. */
  given: (headers: IncomingHttpHeaders) => string | undefined;
  /** What the proof must be. */
  expected: (request: WebhookRequest) => string;
  /** What a request has besides its proof that tells it from others; null where the proof is over all of it. */
  distinction: ((request: WebhookRequest) => (string | Buffer)[]) | null;
  /** Called once the proof is right. */
  read: (request: WebhookRequest) => Told;
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
