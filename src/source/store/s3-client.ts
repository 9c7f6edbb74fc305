import http from 'node:http';
import https from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';
import { IDLE_MS } from './flow.ts';

export interface S3Place {
  endpoint: string | null;
  region: string | null;
  pathStyle: boolean | null;
  profile: string | null;
}

export type Sdk = typeof import('./s3-sdk.ts').sdk;

export interface S3 {
  client: S3Client;
  sdk: Sdk;
}

const clients = new Map<string, Promise<S3>>();

/** The client for a server: one for all apps of the agent that have their releases there, so that they share connections. */
export function s3Client(place: S3Place): Promise<S3> {
  const key = JSON.stringify([place.endpoint, place.region, place.pathStyle, place.profile]);
  return once(key, () => make(place));
}

/** What has been made under that key; where that failed, it is made anew. */
export function once(key: string, makeIt: () => Promise<S3>): Promise<S3> {
  const known = clients.get(key);
  if (known) return known;
  const made = makeIt().catch((error: unknown) => {
    clients.delete(key);
    throw error;
  });
  clients.set(key, made);
  return made;
}

async function make(place: S3Place): Promise<S3> {
  const { sdk } = await import('./s3-sdk.ts');
  const { env } = process;
  const isElsewhere = Boolean(place.endpoint ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL);
  // Other servers than Amazon's have no regions, or take any.
  const region =
    place.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? (isElsewhere ? 'us-east-1' : null);
  const client = new sdk.S3Client({
    ...connections(),
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    ...(region === null ? {} : { region }),
    ...(place.profile === null ? {} : { profile: place.profile }),
    // Their names of buckets are seldom names of hosts.
    forcePathStyle: place.pathStyle ?? isElsewhere,
  });
  return { client, sdk };
}

/** What clients of every kind of server have in common. */
export function connections() {
  return {
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      httpAgent: new http.Agent(KEPT),
      httpsAgent: new https.Agent(KEPT),
    },
    // Older servers refuse the checksums that it sends and asks for by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    // By default it prints to the console.
    logger: SILENT,
  } as const;
}

const CONNECT_MS = 5000;
const KEPT = { keepAlive: true, maxSockets: 32 };
const ignore = () => undefined;
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
