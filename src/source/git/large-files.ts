import fs from 'node:fs';
import path from 'node:path';
import { formatSize, SlipwayError } from '../../kernel/index.ts';
import { parseAddress } from './address.ts';
import { largeFile, largeFileStorage, markUsed } from './large-file-storage.ts';
import { takeLargeFiles } from './local-large-files.ts';
import type { Mirror } from './mirror.ts';
import { GitFailure } from './process.ts';

/* Git LFS: the tree holds pointers, the files are fetched beside the mirror and put in their place at the checkout. */

/** Settings for a command that writes a tree: with the large files, or with the pointers as they are. */
export function filterSettings(mirror: Mirror, lfs: boolean): string[] {
  const settings = lfs
    ? [
        'process=git-lfs filter-process',
        'smudge=git-lfs smudge -- %f',
        'clean=git-lfs clean -- %f',
        'required=true',
      ]
    : ['process=', 'smudge=', 'clean=', 'required=false'];
  return [
    ...settings.map((setting) => `filter.lfs.${setting}`),
    `lfs.storage=${largeFileStorage(mirror.directory)}`,
  ].flatMap((setting) => ['-c', setting]);
}

/** Makes the large files of a commit present; how many bytes they are. Errors: `start_failed`, `disk_full`, as `Git.remote`. */
export async function fetchLargeFiles(mirror: Mirror, commit: string, signal: AbortSignal): Promise<number> {
  // No lfs.storage: git-lfs would look there for the files of a local repository, too.
  const settings = await endpoint(mirror, commit, signal);
  const listed = await mirror.git.remote(
    mirror.address,
    // `--long` has no sizes, and `--size` has them for people.
    [`--git-dir=${mirror.directory}`, ...settings, 'lfs', 'ls-files', '--debug', commit],
    { signal },
  );
  const files = largeFilesIn(listed.toString('latin1'));
  const missing = new Map(
    files
      .filter(({ object }) => !markUsed(largeFile(mirror.directory, object)))
      .map(({ object, sizeBytes }) => [object, sizeBytes]),
  );
  if (missing.size > 0) {
    refuseFullDisk(mirror, sum(missing.values()));
    if (mirror.address.transport === 'local' && settings.length === 0) {
      const at = { repository: mirror.address.url, owners: await mirror.git.access.owners() };
      await takeLargeFiles(missing.keys(), {
        ...at,
        fileOf: (object) => largeFile(mirror.directory, object),
      });
      return sum(files.map(({ sizeBytes }) => sizeBytes));
    }
    await mirror.git.remote(
      mirror.address,
      [
        `--git-dir=${mirror.directory}`,
        ...settings,
        '-c',
        'lfs.forceProgress=true',
        'lfs',
        'fetch',
        'origin',
        commit,
      ],
      { signal },
    );
  }
  return sum(files.map(({ sizeBytes }) => sizeBytes));
}

function refuseFullDisk(mirror: Mirror, needBytes: number): void {
  const { bavail, bsize } = fs.statfsSync(mirror.directory);
  if (bavail * bsize >= needBytes) return;
  throw new SlipwayError('disk_full', {
    message: `the large files of ${mirror.address.url} that are missing here have ${formatSize(needBytes)}, and ${mirror.directory} has ${formatSize(bavail * bsize)} free`,
    hint: 'none of them was fetched; what is live was left as it was',
    next: `df -h ${mirror.directory}`,
  });
}

/** `.lfsconfig` of the commit itself; git-lfs would read that of the mirror's HEAD. */
async function endpoint(mirror: Mirror, commit: string, signal: AbortSignal): Promise<string[]> {
  const args = ['config', `--blob=${commit}:.lfsconfig`, '--get', 'lfs.url'];
  const url = await mirror.read(args, signal).catch((error: unknown) => {
    if (error instanceof GitFailure) return null;
    throw error;
  });
  if (url === null) return [];
  const text = url.toString().trim();
  const { transport, url: named } = parseAddress(text);
  const own = mirror.address.url;
  // Its own folder, which is where they are looked for anyway.
  if (
    transport === 'local' &&
    mirror.address.transport === 'local' &&
    [own, path.join(own, '.git')].includes(named)
  )
    return [];
  if (transport === 'local')
    throw new SlipwayError('offer_invalid', {
      message: `.lfsconfig of ${mirror.address.url} names a folder of this host: ${text}`,
      hint: 'what is live was left as it was',
    });
  return ['-c', `lfs.url=${text}`];
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** Reads the size of each file, which comes before its object. Names stand among them, which may look like anything. */
function largeFilesIn(listed: string): { object: string; sizeBytes: number }[] {
  const files: { object: string; sizeBytes: number }[] = [];
  let sizeBytes: number | null = null;
  for (const line of listed.split('\n')) {
    const [, size] = /^ {1,20}size: (\d{1,16})$/.exec(line) ?? [];
    const [, object] = /^ {1,20}oid: sha256 ([0-9a-f]{64})$/.exec(line) ?? [];
    if (size !== undefined) sizeBytes = Number(size);
    if (object === undefined || sizeBytes === null) continue;
    files.push({ object, sizeBytes });
    sizeBytes = null;
  }
  return files;
}
