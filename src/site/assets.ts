import fs from 'node:fs';
import path from 'node:path';
import { isOnDisk, type Skipped, type StepContext } from '../deployment/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { writeFileDurable } from '../kernel/index.ts';
import { addFormerAssets, syncTrees } from '../release/index.ts';
import type { SiteContext } from './context.ts';
import { directoryOf } from './release-directory.ts';

/**
 * Has the files of former releases below the one that is about to go live, those of the last `keep` releases in all. What it gets of others
 * is written down before it gets any: the next release takes of each its own alone, or they would never end.
 */
export async function keepAssets(step: StepContext & { context: SiteContext }): Promise<Skipped | void> {
  const { context, deployment, release, signal, say } = step;
  const { configuration } = context;
  const former = formerReleases(context, release.number);
  if (former.length === 0) return { skipped: 'there is no other release' };
  forgetRemoved(context);
  const added = await addFormerAssets({
    directory: directoryOf(step),
    added: addedTo(context, release.number),
    formers: former.map((row) => ({
      directory: context.layout.releaseDirectory(row.number, row.version),
      added: addedTo(context, row.number),
    })),
    folders: configuration.assets,
    record: (files) => {
      fs.mkdirSync(recordsOf(context), { recursive: true, mode: 0o700 });
      writeFileDurable(recordOf(context, release.number), JSON.stringify(files));
    },
    say,
    signal,
  });
  say(`${added} files of release ${former.map(({ number }) => number).join(', ')} added`);
  // A deployment has a step of its own for it, which a way back is not to depend on.
  if (deployment.kind === 'rollback') await syncTrees([directoryOf(step)]);
}

/** Whose pages visitors may have: the live one, and of those that were live the last that are kept beside the new one. */
function formerReleases(context: SiteContext, number: number): ReleaseRow[] {
  const { journal, key, configuration } = context;
  const were = journal.tables
    .releases(key)
    .filter((row) => row.number !== number && row.removedAt === null && isOnDisk(context, row))
    .filter(({ state }) => state === 'live' || state === 'retired');
  const counted = were.slice(0, Math.max(1, configuration.keep - 1));
  const live = were.find(({ state }) => state === 'live');
  return live === undefined || counted.includes(live) ? counted : [...counted.slice(0, -1), live];
}

/** Empty for a release that was made before there were `assets`: it has nothing of others. */
function addedTo(context: SiteContext, number: number): ReadonlySet<string> {
  const file = recordOf(context, number);
  return new Set(fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as string[]) : []);
}

function forgetRemoved(context: SiteContext): void {
  const { journal, key } = context;
  const folder = recordsOf(context);
  const known = journal.tables.releases(key).filter(({ removedAt }) => removedAt === null);
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : [])
    if (!known.some(({ number }) => String(number) === name)) fs.rmSync(path.join(folder, name));
}

function recordOf(context: SiteContext, number: number): string {
  return path.join(recordsOf(context), String(number));
}

/** In the data directory, where root alone writes. */
function recordsOf({ dataDirectory, id }: SiteContext): string {
  return path.join(dataDirectory, 'assets', id);
}
