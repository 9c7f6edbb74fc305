import fs from 'node:fs';
import path from 'node:path';
import { fetchOffer } from '../deployment/index.ts';
import { availableSpace } from '../release/index.ts';
import type { Fetched, Offer } from '../source/index.ts';
import type { SiteContext } from './context.ts';
import { hookPaths } from './hook.ts';
import { ownerOf } from './owner.ts';
import { prunableOfSite } from './retention.ts';
import { neededRoom } from './room.ts';

const COMMITS_SHOWN = 50;
/** The hooks of a deployment of a commit that succeeds. */
const HOOKS = ['before.pull', 'after.pull', 'before.deploy', 'after.deploy', 'deploy.success'] as const;

/** What a deployment of a site would do on this host. */
export interface Foresight {
  /** Commits that the new release has and the live one has not, newest first. */
  commits: { commit: string; subject: string; author: string; at: number }[];
  /** Files of hooks that would run, in their order. */
  hooks: string[];
  /** `<path in the release> -> <where it leads>` */
  links: string[];
  prunes: { number: number; version: string }[];
  space: { neededBytes: number; freeBytes: number } | null;
}

/**
 * Fetches what is missing of it, and changes nothing else.
 * @throws SlipwayError `permission` where user, owner or group are not there; what fetching throws
 */
export async function foresee(
  context: SiteContext,
  options: { offer: Offer; inUse: readonly number[]; signal: AbortSignal },
): Promise<Foresight> {
  const { offer, inUse, signal } = options;
  const { layout, configuration, journal, key } = context;
  // What the deployment checks first.
  await context.account();
  await ownerOf(configuration);
  const account = await context.account();
  const fetched = await fetchOffer(context, { offer, signal });
  const live = journal.tables.app(key)?.live ?? null;
  const liveRelease = live === null ? null : journal.tables.release(key, live);
  const { bytes: freeBytes } = await availableSpace(layout.root);
  return {
    commits:
      fetched.kind === 'commit' && liveRelease?.commitId
        ? await fetched.log(liveRelease.commitId, COMMITS_SHOWN)
        : [],
    hooks: await hooksOf(
      context,
      fetched,
      liveRelease && layout.releaseDirectory(liveRelease.number, liveRelease.version),
    ),
    links: configuration.shared.map((shared) => `${shared} -> ${path.join(layout.root, shared)}`),
    prunes: prunableOfSite(context, {
      ...{ inUse, afterNew: true, freeBytes },
      users: account === null ? [] : [account.uid],
    }),
    space: { neededBytes: (await neededRoom(context, fetched)).bytes, freeBytes },
  };
}

/** `before.pull` is the live release's; the others are looked up in the commit. Those of an archive are not known. */
async function hooksOf(
  context: SiteContext,
  fetched: Fetched,
  liveDirectory: string | null,
): Promise<string[]> {
  const { environment } = context.configuration;
  const inCommit =
    fetched.kind === 'commit' ? await fetched.has(HOOKS.flatMap((name) => hookPaths(environment, name))) : [];
  const isThere = (name: string, file: string) =>
    name === 'before.pull'
      ? liveDirectory !== null && fs.existsSync(path.join(liveDirectory, file))
      : inCommit.includes(file);
  return HOOKS.map((name) => hookPaths(environment, name).find((file) => isThere(name, file))).filter(
    (file) => file !== undefined,
  );
}
