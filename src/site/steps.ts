import fs from 'node:fs';
import path from 'node:path';
import type { Instances } from '../app/index.ts';
import {
  digestOf,
  fetchOffer,
  HOOK_STOP,
  runOnce,
  type Skipped,
  type StepContext,
} from '../deployment/index.ts';
import { formatSize, messageOf, SlipwayError } from '../kernel/index.ts';
import {
  checkSpace,
  linkShared,
  madeApart,
  namedAfter,
  placeEnv,
  setPermissions,
  sweep,
  switchCurrent,
  syncTrees,
  unpack,
} from '../release/index.ts';
import type { Fetched } from '../source/index.ts';
import { keepAssets } from './assets.ts';
import { runArtisan, runComposer } from './build.ts';
import type { SiteContext } from './context.ts';
import { makeDirectories } from './directories.ts';
import type { EnvChange } from './env-change.ts';
import { checkHealth } from './health.ts';
import { runHook } from './hook.ts';
import { reloadEnvironment } from './hook-environment.ts';
import { liveRelease } from './live-release.ts';
import { ownerOf, ownersOfMade } from './owner.ts';
import { directoryOf, directoryOfNumber, hookDirectory, neededDirectory } from './release-directory.ts';
import { reloadWorkers } from './reload-workers.ts';
import { neededRoom } from './room.ts';

export interface SiteParts {
  context: SiteContext;
  instances: Instances;
  env: EnvChange;
  /** What `fetch` found, by deployment, for the next step; after a restart of the agent it is looked for again. */
  taken: Map<number, Fetched>;
}

type SiteStep = StepContext & SiteParts;

/** What each step of a site's deployment does. */
export async function perform(step: SiteStep): Promise<Skipped | void> {
  const { planned } = step;
  switch (planned.name) {
    case 'check':
      return await check(step);
    case 'hook':
      return await hook(step, planned.argument);
    case 'fetch':
      return await fetchRelease(step);
    case 'unpack':
      return await makeRelease(step);
    case 'env':
      return await env(step);
    case 'links':
      return await links(step);
    case 'composer':
      return await runComposer(step);
    case 'artisan':
      return await runArtisan(step);
    case 'permissions':
      return await permissions(step);
    case 'assets':
      return await keepAssets(step);
    case 'sync':
      return await syncTrees([directoryOf(step)]);
    case 'switch':
      return switchTo(step);
    case 'workers':
      return await reloadWorkers(step);
    case 'reload':
      return await reload(step);
    case 'health':
      return await health(step);
    case 'switch-back':
      return switchBack(step);
    default:
      throw new SlipwayError('step_unknown', { message: `"${planned.name}" is no step of a site` });
  }
}

/** Everything that can be known before anything is fetched. */
async function check({ context, offer, say }: SiteStep): Promise<void> {
  const { configuration, layout, source } = context;
  if (offer.missing) throw new SlipwayError(offer.missing.code, { message: offer.missing.message });
  await context.account();
  await makeDirectories(context, say);
  await sweep(layout.release).catch((error: unknown) =>
    say(`left-overs of another deployment are still there: ${messageOf(error)}`),
  );
  if (offer.upload !== null || configuration.source.type !== 'git') return;
  const { state, reason } = await source.look();
  if (state === 'error')
    throw new SlipwayError('repository_unreachable', { message: reason ?? 'no reason given' });
  say(state === 'ok' ? `${configuration.source.url} is there` : (reason ?? 'nothing is offered'));
}

async function hook(step: SiteStep, name: string): Promise<Skipped | void> {
  const { context } = step;
  const directory = hookDirectory(step, name);
  if (directory === null || !fs.existsSync(directory)) return { skipped: 'no release has it yet' };
  const ran = await runHook(step, { name, directory, timeoutMs: context.configuration.hooks.timeoutMs });
  if (ran === 'none') return { skipped: 'there is no such hook' };
  const needed = neededDirectory(step, name);
  if (needed === null || fs.existsSync(needed)) return;
  throw new SlipwayError('release_unknown', { message: `${name} removed the release ${needed}` });
}

async function fetchRelease(step: SiteStep): Promise<void> {
  const { context, deployment, say } = step;
  const fetched = await fetchFrom(step);
  step.taken.clear();
  step.taken.set(deployment.id, fetched);
  const need = await neededRoom(context, fetched);
  await checkSpace({ directory: context.layout.root, needBytes: need.bytes, needInodes: need.inodes });
  if (fetched.kind === 'archive') say(`${path.basename(fetched.path)}, ${formatSize(fetched.sizeBytes)}`);
  else say(`${fetched.commit.slice(0, 7)} ${fetched.subject} (${fetched.author})`);
}

async function makeRelease(step: SiteStep): Promise<void> {
  const { context, deployment, release, say } = step;
  const into = directoryOf(step);
  if (fs.existsSync(into)) return say('made before');
  const fetched = step.taken.get(deployment.id) ?? (await fetchFrom(step));
  step.taken.delete(deployment.id);
  const made = await madeApart(into, async (tree) => {
    const files = await writeTree(step, { fetched, tree });
    await giveToUser(step, tree);
    return files;
  });
  context.journal.write(`${context.id}: release ${release.number} made`, (tables) =>
    tables.updateRelease(context.key, release.number, { state: 'ready', sizeBytes: made.sizeBytes }),
  );
  say(`${made.entries} files, ${formatSize(made.sizeBytes)}`);
}

async function writeTree(step: SiteStep, { fetched, tree }: { fetched: Fetched; tree: string }) {
  const { context, offer, signal, say } = step;
  if (fetched.kind === 'archive') {
    const { path: archive, owners } = fetched;
    const wrapping = { named: namedAfter(namesOf(context), offer.version), wanted: [] };
    const unpacked = await unpack({
      archive,
      owners,
      into: tree,
      wrapping,
      signal,
      ...digestOf(offer, fetched),
    });
    if (unpacked.wrapper !== undefined)
      say(`all of it was in the folder ${unpacked.wrapper}, which was left out`);
    return unpacked;
  }
  const { keepGit } = context.configuration;
  const { files, sizeBytes } = await fetched.checkOut({ into: tree, keepGit, signal, say });
  return { entries: files, sizeBytes };
}

/** What the folder in an archive of the site may be called after. */
function namesOf({ id, configuration: { name, source } }: SiteContext): string[] {
  if (source.type !== 'git') return [id, name];
  return [id, name, path.posix.basename(source.url, '.git')];
}

/** Hooks write into it; what it is to be like in the end is set after them. */
async function giveToUser({ context, signal }: SiteStep, directory: string): Promise<void> {
  const owner = await context.account();
  if (owner === null) return;
  const modes = { directory: 0o755, file: 0o644, executables: 'keep' } as const;
  await setPermissions({ directory, owner, modes, signal });
}

async function fetchFrom({ context, offer, signal, say }: SiteStep): Promise<Fetched> {
  return await fetchOffer(context, { offer, signal, say });
}

/** Places the .env over any that the project brought. A changed one goes to both its places, or to none. */
async function env(step: SiteStep): Promise<Skipped | void> {
  const { context, deployment, offer, env, say } = step;
  const changed = deployment.kind === 'env' ? offer.upload : null;
  if (deployment.kind === 'env') refuseIfNotLive(step);
  const content = (changed === null ? null : env.prepared(changed)) ?? env.content();
  if (content === null) return { skipped: `there is no ${context.layout.env}` };
  await placeEnv({
    releaseDirectory: directoryOf(step),
    content,
    owner: await env.ownerOfCopies(),
    mode: 0o640,
    say,
    first: changed === null ? undefined : () => env.place(changed),
  });
}

/** Fails where `current` is not what the journal says: somebody else has switched it. */
function refuseIfNotLive({ context, release }: SiteStep): void {
  if (liveRelease(context.layout)?.number === release.number) return;
  throw new SlipwayError('path_refused', {
    message: `${context.layout.current} does not lead to release ${release.number}, which is live by the journal`,
    hint: 'the .env was not changed',
    next: `slipway releases ${context.id}`,
  });
}

async function links(step: SiteStep): Promise<Skipped | void> {
  const { context, say, signal } = step;
  const { configuration } = context;
  const { shared, modes } = configuration;
  if (shared.length === 0) return { skipped: 'nothing is shared' };
  await linkShared({
    releaseDirectory: directoryOf(step),
    shared,
    ...(await ownersOfMade(context)),
    from: await writersOf(context),
    modes,
    say,
    signal,
  });
  // The storage that the project brought may have no `public`.
  await makeDirectories(context, () => undefined);
}

async function permissions(step: SiteStep): Promise<void> {
  const { context, signal, say } = step;
  const { configuration } = context;
  const { entries, changed, left } = await setPermissions({
    directory: directoryOf(step),
    owner: await ownerOf(configuration),
    from: await writersOf(context),
    modes: configuration.modes,
    signal,
  });
  say(`${changed} of ${entries} entries changed`);
  if (left > 0)
    say(
      `${left} were left as they are: devices, hard links to what not everybody may read, or another user's files`,
    );
}

/** Who has written a release by the time that its hooks have run; null where they ran as the agent's user, who may do anything. */
async function writersOf(context: SiteContext): Promise<number[] | null> {
  const account = await context.account();
  return account && [account.uid];
}

function switchTo(step: SiteStep): void {
  switchCurrent(step.context.layout, directoryOf(step));
}

async function reload(step: SiteStep): Promise<void> {
  const { context } = step;
  const { reload, hooks } = context.configuration;
  await runOnce(step, {
    unit: `reload-${step.deployment.id}-${step.position}`,
    what: (reload ?? []).join(' '),
    code: 'hook_failed',
    argv: reload ?? [],
    cwd: context.layout.root,
    // It is to reach the host's services, which the app's user may not.
    asAgent: true,
    env: reloadEnvironment(step),
    timeoutMs: hooks.timeoutMs,
    stop: HOOK_STOP,
  });
}

async function health({ context, signal, say }: SiteStep): Promise<void> {
  const { health: configured } = context.configuration;
  if (configured) say(await checkHealth(configured, { clock: context.clock, signal }));
}

function switchBack(step: SiteStep): void {
  const { layout } = step.context;
  const directory = directoryOfNumber(step, step.goBackTo);
  if (directory === null) fs.rmSync(layout.current, { force: true });
  else switchCurrent(layout, directory);
}
