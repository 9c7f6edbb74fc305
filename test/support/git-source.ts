import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { type FetchedCommit, git, type Source } from '../../src/source/index.ts';
import { ContainedTools } from '../../src/supervisor/index.ts';
import { temporaryFolder } from './temporary.ts';

type GitOptions = Parameters<typeof git>[0];

/** A source that follows `main` of a repository and polls hardly ever, with a cache of its own. */
export function gitSource(options: Partial<GitOptions> & { url: string }): Source {
  const cacheDirectory = options.cacheDirectory ?? path.join(temporaryFolder(), 'cache');
  const source = git({
    branch: 'main',
    tags: [],
    subdirectory: null,
    submodules: true,
    lfs: false,
    sshKey: null,
    knownHosts: null,
    token: null,
    username: null,
    pollMs: 3_600_000,
    cacheDirectory,
    contain: (mirror) => containedIn(cacheDirectory, mirror),
    clock: systemClock,
    ...options,
  });
  onTestFinished(() => source.stop());
  return source;
}

/** What an agent without control groups has: processes are known by records beside the cache. */
export function containedIn(cacheDirectory: string, mirror: string): ContainedTools {
  fs.mkdirSync(path.dirname(cacheDirectory), { recursive: true });
  const record = `${path.resolve(cacheDirectory)}.${mirror}.tool`;
  return new ContainedTools({ group: null, record, clock: systemClock });
}

export const never: AbortSignal = new AbortController().signal;

/** Fetches a commit; what was said is added to `said`. */
export async function fetchCommit(
  source: Source,
  version: string,
  said: string[] = [],
): Promise<FetchedCommit> {
  const fetched = await source.fetch({
    version,
    cacheDirectory: '',
    signal: never,
    say: (line) => void said.push(line),
  });
  if (fetched.kind !== 'commit') throw new Error(`a repository gave an ${fetched.kind}`);
  return fetched;
}

/** Fetches a commit and writes its tree; the folder. */
export async function checkOut(
  source: Source,
  version: string,
  options: { keepGit?: boolean; say?: (line: string) => void } = {},
): Promise<string> {
  const into = path.join(temporaryFolder(), 'release');
  const fetched = await fetchCommit(source, version);
  await fetched.checkOut({
    into,
    keepGit: options.keepGit ?? false,
    signal: never,
    say: options.say ?? (() => {}),
  });
  return into;
}
