import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Configuration } from '../config/index.ts';
import { errnoOf } from '../kernel/index.ts';
import { siteLayout } from '../release/index.ts';
import type { Role } from './manifest.ts';

export interface Place {
  path: string;
  role: Role;
}

/** Keys of the configuration whose value is the path of a file that belongs to it. */
const KEYS_OF_FILES = ['cert', 'key', 'ca', 'file', 'ssh_key', 'known_hosts', 'credentials'];

/**
 * Every place that a backup has files of, whether there is one or not: what the agent owns, what its configuration names, and the
 * .env of its sites. Not in it: releases, which their sources have; what apps have stored; logs.
 */
export function placesOf(configuration: Configuration, text: string | null): Place[] {
  const { dataDirectory, file, apps } = configuration;
  const certificates = certificateFolders(configuration);
  return [
    ...(file === null ? [] : [{ path: file, role: 'configuration' } as const]),
    { path: path.join(dataDirectory, 'key'), role: 'key' },
    ...certificates.flatMap(filesBelow).map((each) => ({ path: each, role: 'certificates' }) as const),
    ...apps.flatMap((app) =>
      app.kind === 'site' ? [{ path: siteLayout(app.root).env, role: 'env' } as const] : [],
    ),
    ...(text === null ? [] : namedFiles(parse(text, { maxAliasCount: 1000, logLevel: 'error' })))
      .filter((each) => !certificates.some((folder) => each.startsWith(`${folder}/`)))
      .map((each) => ({ path: each, role: 'named' }) as const),
  ];
}

/** Whether a backup of that configuration may have a file there: what is put back is written by root. */
export function isPlaceOf(configuration: Configuration, text: string | null, place: Place): boolean {
  if (path.resolve(place.path) !== place.path) return false;
  if (place.role === 'certificates')
    return certificateFolders(configuration).some((folder) => place.path.startsWith(`${folder}/`));
  return placesOf(configuration, text).some(({ path, role }) => path === place.path && role === place.role);
}

/** Those of Erlang nodes, and those that were ordered by ACME, with the key of the account and what has failed. */
function certificateFolders({ dataDirectory }: Configuration): string[] {
  return ['certs', 'acme'].map((name) => path.join(dataDirectory, name));
}

function namedFiles(value: unknown): string[] {
  const found = new Set<string>();
  const visit = (each: unknown, key: string | null) => {
    if (typeof each === 'string') {
      if (key !== null && KEYS_OF_FILES.includes(key) && path.isAbsolute(each)) found.add(path.resolve(each));
    } else if (Array.isArray(each)) for (const item of each) visit(item, null);
    else if (typeof each === 'object' && each !== null)
      for (const [name, child] of Object.entries(each)) if (name !== 'env') visit(child, name);
  };
  visit(value, null);
  return [...found];
}

function filesBelow(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.tmp-'))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
