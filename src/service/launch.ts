import fs from 'node:fs';
import path from 'node:path';
import type { UnitRuns } from '../app/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { directorySynced, readLink, replaceLink, SlipwayError } from '../kernel/index.ts';
import { writeReleasesFile } from '../otp/index.ts';
import { copyTree, giveTree, sweep } from '../release/index.ts';
import type { Account, Launch } from '../supervisor/index.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { homeOf, runDirectory, takeAwayCopy } from './copies.ts';
import { composeEnvironment, type Role } from './environment.ts';
import { ensureEpmd } from './epmd.ts';
import { makeHome } from './home.ts';
import { releaseScript } from './script.ts';

/** Copies in the making, by directory: a deployment and an instance that is to start may want one at once. */
const making = new Map<string, Promise<void>>();

/**
 * Puts a release in its place for an instance, and says how it is started. All of it may be done again after a crash.
 * @throws SlipwayError `release_unknown` where its directory is gone
 */
export async function prepareLaunch(
  context: ServiceContext,
  release: ReleaseRow,
  of: UnitRuns & { spare: boolean; isSuccessor: boolean },
): Promise<Launch> {
  const { unit, spare, isSuccessor } = of;
  await makeHome(context, { isLaunch: true });
  if (!isSuccessor) await showCurrent(context, release, of);
  else announceNew(context, release, of);
  const account = await context.account();
  // `current` is the one's that serves, until its successor takes over.
  const directory = isSuccessor
    ? await ensureCopy(context, release, of)
    : context.layout.instance(Number(unit)).current;
  const env = environmentOf(context, account, Number(unit), spare);
  if (context.configuration.runtime !== 'command') await ensureEpmd(context, { release, env, account });
  return { argv: startCommand(context, directory), cwd: directory, account, env };
}

/** The environment of an instance, or of a command that is none. */
export function environmentOf(
  context: ServiceContext,
  account: Account | null,
  instance: Role,
  spare = false,
): Record<string, string> {
  const { inheritEnv, env, runtime, port, otp, rollOut } = context.configuration;
  return composeEnvironment({
    agent: context.agentEnvironment,
    inherit: inheritEnv,
    own: { ...env, ...context.secrets() },
    runtime,
    names: otp.names,
    instance,
    spare,
    port: spare ? rollOut.sparePort : port,
    cookie: otp.cookie,
    account,
  });
}

/** Points `current` to the release as it was unpacked, whatever the VM that lives has made of its own copy. */
export async function showCurrent(context: ServiceContext, release: ReleaseRow, of: UnitRuns): Promise<void> {
  await switchCurrent(context, await ensureCopy(context, release, of), of.unit);
}

/**
 * The directory that an instance is to run the release in, made where it is not there, or is not as it was unpacked.
 * @throws SlipwayError `release_unknown` where the pristine tree is gone
 */
export async function ensureCopy(
  context: ServiceContext,
  release: ReleaseRow,
  of: UnitRuns,
): Promise<string> {
  const directory = runDirectory(context, release, of);
  const work =
    making.get(directory) ?? makeClean(context, release, directory).finally(() => making.delete(directory));
  making.set(directory, work);
  await work;
  return directory;
}

/** Whether the copy is about to be there: what lies beside it under a name of its own is no left-over. */
export function isBeingMade(directory: string): boolean {
  return making.has(directory);
}

async function makeClean(context: ServiceContext, release: ReleaseRow, directory: string): Promise<void> {
  // Those of an agent that was killed would take the room of this one.
  await sweep(path.dirname(directory), (name) => name === path.basename(directory));
  if (homeOf(directory) !== null) await takeAwayCopy(directory)();
  if (fs.existsSync(directory)) await giveToUser(context, directory);
  else await restoreCopy(context, release, directory);
}

/**
 * `new` shows which release an instance is about to get, from before it is touched until it has it. Nothing is decided by
 * it, so it need not survive a power loss.
 */
export function announceNew(context: ServiceContext, release: ReleaseRow, of: UnitRuns): void {
  const place = context.layout.instance(Number(of.unit));
  fs.mkdirSync(place.root, { recursive: true });
  setAside(place.new);
  replaceLink(place.new, path.relative(place.root, runDirectory(context, release, of)));
}

/** The links are switched in one go; that they are durable is waited for aside, both at once. */
async function switchCurrent(context: ServiceContext, directory: string, unit: string): Promise<void> {
  const place = context.layout.instance(Number(unit));
  const target = path.relative(place.root, directory);
  const before = readLink(place.current);
  if (before !== target) {
    fs.mkdirSync(place.root, { recursive: true });
    for (const link of [place.previous, place.current]) setAside(link);
    if (before !== null) replaceLink(place.previous, before);
    replaceLink(place.current, target);
  }
  if (readLink(place.new) === target) fs.rmSync(place.new, { force: true });
  if (before !== target) await directorySynced(place.root);
}

/** DeployEx has directories where Slipway has links: on a host that it ran on they are kept, under another name. */
function setAside(link: string): void {
  if (fs.lstatSync(link, { throwIfNoEntry: false })?.isDirectory())
    fs.renameSync(link, `${link}.before-slipway`);
}

async function restoreCopy(context: ServiceContext, release: ReleaseRow, directory: string): Promise<void> {
  const pristine = context.layout.releaseDirectory(release.number, release.version);
  if (!fs.existsSync(pristine))
    throw new SlipwayError('release_unknown', {
      message: `release ${release.number} (${release.version}) of ${context.id} is gone from the disk: ${pristine}`,
      next: `slipway deploy ${context.id}`,
    });
  if (directory !== pristine) await makeCopy(context, release, directory);
}

/** An instance's own copy of a release, whole or not there. */
async function makeCopy(context: ServiceContext, release: ReleaseRow, directory: string): Promise<void> {
  const pristine = context.layout.releaseDirectory(release.number, release.version);
  const account = await context.account();
  if (fs.existsSync(pristine)) await giveToUser(context, pristine);
  try {
    // A VM that does not find it when it boots can never be upgraded in place.
    if (fs.existsSync(pristine)) writeReleasesFile(pristine, account);
  } catch {
    // A release of which that cannot be told is replaced as a whole; the comparison of the two says why.
  }
  await copyTree({ from: pristine, to: directory, as: account });
}

/** BEAM releases write into `tmp/` of their own directory, `eval` too, and a hot upgrade into all of it. */
export async function giveToUser(context: ServiceContext, directory: string): Promise<void> {
  const account = await context.account();
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
  // Nobody else can give anything away.
  if (uid !== 0 || gid === undefined || !hasCopies(context.configuration)) return;
  await giveTree(directory, account ?? { uid, gid });
}

function startCommand(context: ServiceContext, directory: string): string[] {
  const { runtime, start } = context.configuration;
  if (runtime === 'command') return start ?? [];
  return [releaseScript(context.configuration, directory), runtime === 'elixir' ? 'start' : 'foreground'];
}
