import { isDeepStrictEqual } from 'node:util';
import { parseCurrentJson } from '../source/index.ts';

/** What a `current.json` says that was found in a bucket. */
export interface Former {
  version: string;
  hash: string | null;
  preCommands: string[];
  /** Milliseconds since the epoch; null where it does not say. */
  publishedAt: number | null;
}

/** What one is to say. */
export interface Publication {
  app: string;
  environment: string;
  version: string;
  sha256: string;
  preCommands: string[];
}

/** A time that is further ahead was not written by a clock: whoever follows it could never be followed. */
const CLOCKS_APART_MS = 86_400_000;

/** Null where it is malformed: it is written anew. */
export function readFormer(bytes: Uint8Array): Former | null {
  const parsed = parseCurrentJson(bytes);
  if ('reason' in parsed) return null;
  const { version, hash, preCommands } = parsed.publication;
  const at: unknown = (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>).published_at;
  const publishedAt = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return { version, hash, preCommands, publishedAt: Number.isNaN(publishedAt) ? null : publishedAt };
}

/** Whether it says already what is to be said. */
export function isSame(former: Former | null, { version, sha256, preCommands }: Publication): boolean {
  return (
    former?.version === version &&
    former.hash === `sha256:${sha256}` &&
    isDeepStrictEqual(former.preCommands, preCommands)
  );
}

/**
 * The text of a `current.json`. Its time is later than that of the one before, whatever the clock of this machine says: agents
 * that check signatures take nothing that is older.
 */
export function publicationText(
  { app, environment, version, sha256, preCommands }: Publication,
  { former, now }: { former: Former | null; now: number },
): string {
  const formerMs = former?.publishedAt ?? 0;
  const publishedAt = formerMs < now + CLOCKS_APART_MS ? Math.max(now, formerMs + 1) : now;
  return `${JSON.stringify(
    {
      version,
      hash: `sha256:${sha256}`,
      pre_commands: preCommands,
      app,
      environment,
      published_at: new Date(publishedAt).toISOString(),
    },
    null,
    2,
  )}\n`;
}
