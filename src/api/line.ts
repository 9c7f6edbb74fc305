import type { ClientRequest, RequestOptions } from 'node:http';
import type { SlipwayError } from '../kernel/index.ts';

/** Where an agent is: on this host behind its socket, or anywhere behind its URL. */
export type AgentAddress = { socketPath: string } | RemoteAddress;

/** An agent on another host, or on this one by its port. */
export interface RemoteAddress {
  /** `https://deploy.example.com`; `http://` on this machine alone. */
  url: string;
  /** Null: none is sent. */
  token: string | null;
  /** PEM of who may have signed its certificate, besides those whom Node knows; null: nobody else. */
  ca: string | null;
}

/** How requests go to an agent, and what is said where they do not arrive. */
export interface Line {
  /** As a person may know it. */
  name: string;
  /** One connection for one request: without an agent's pool, nothing keeps the process alive afterwards. */
  request(options: Pick<RequestOptions, 'method' | 'path' | 'headers' | 'signal'>): ClientRequest;
  /** What a WebSocket is opened by. */
  webSocket(path: string): { address: string; options: object };
  unreachable(error: unknown): SlipwayError;
  /** It went away in the middle of an answer. */
  lost(): SlipwayError;
}
