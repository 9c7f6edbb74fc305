import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { SlipwayError } from '../kernel/index.ts';

/** What a backup says of itself, its first entry. */
export const MANIFEST = 'manifest.json';
export const JOURNAL = 'slipway.db';
/** The others are numbered: `files/0`. */
export const FILES = 'files';

const FORMAT = 1;

export type Role = 'configuration' | 'key' | 'certificates' | 'env' | 'named';

export interface BackedUpFile {
  /** Where it was, and is put back. */
  path: string;
  /** `named`: the configuration names it. */
  role: Role;
  /** Its name within the archive. */
  entry: string;
  mode: number;
  /** Names, for numbers mean somebody else on another host; null where there is no such name. */
  user: string | null;
  group: string | null;
  sizeBytes: number;
  sha256: string;
}

export interface Manifest {
  format: number;
  /** ISO 8601, UTC. */
  madeAt: string;
  slipway: string;
  host: string;
  dataDirectory: string;
  /** Null where the DEPLOYEX_* variables are the configuration. */
  configFile: string | null;
  /** Whether the key of the secrets was left out. */
  withoutKey: boolean;
  apps: string[];
  journal: { sizeBytes: number; sha256: string; lastAt: number };
  files: BackedUpFile[];
}

const file = z.strictObject({
  path: z.string().regex(/^\/[^\0\n]+$/),
  role: z.enum(['configuration', 'key', 'certificates', 'env', 'named']),
  entry: z.string().regex(/^files\/\d{1,6}$/),
  mode: z.int().min(0).max(0o7777),
  user: z.string().nullable(),
  group: z.string().nullable(),
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifest = z.object({
  format: z.literal(FORMAT),
  madeAt: z.iso.datetime(),
  slipway: z.string(),
  host: z.string(),
  dataDirectory: z.string().regex(/^\/[^\0\n]+$/),
  configFile: z.string().nullable(),
  withoutKey: z.boolean(),
  apps: z.array(z.string()),
  journal: z.strictObject({
    sizeBytes: z.int().min(0),
    sha256: z.string(),
    lastAt: z.number(),
  }),
  files: z.array(file).max(10_000),
});

export function manifestText(known: Omit<Manifest, 'format'>): string {
  return `${JSON.stringify({ format: FORMAT, ...known }, null, 2)}\n`;
}

/** @throws SlipwayError `backup_refused` */
export function readManifest(folder: string, archive: string): Manifest {
  try {
    return manifest.parse(JSON.parse(fs.readFileSync(path.join(folder, MANIFEST), 'utf8')));
  } catch (cause) {
    throw new SlipwayError('backup_refused', {
      message: `${archive} is no backup of Slipway that this version can read`,
      hint: 'nothing was changed',
      cause,
    });
  }
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest('hex');
}
