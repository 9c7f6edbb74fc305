import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { ReleaseRow } from '../journal/index.ts';
import { sleep } from '../kernel/index.ts';
import { endEpmd } from '../otp/index.ts';
import { type Account, asUser, inGroup, portInUse } from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';

const DEFAULT_PORT = 4369;
/** The group of an epmd that was started here, by its port. */
const OWN_GROUP = /^epmd-(\d+)$/;
const LOOK_AGAIN_MS = 100;
const MAX_LOOKS = 20;

/** What is being started, by port: the instances of an app are prepared side by side. */
const starting = new Map<number, Promise<void>>();

/**
 * epmd knows all Erlang nodes of a host and is started by the first of them: it would be a part of that one's run, and
 * end with it, and no node would be found any more. So it is started before, in a control group of its own, and left
 * alone. The node starts it where this cannot.
 */
export async function ensureEpmd(
  context: ServiceContext,
  options: { release: ReleaseRow; env: Readonly<Record<string, string>>; account: Account | null },
): Promise<void> {
  const port = Number(options.env.ERL_EPMD_PORT) || DEFAULT_PORT;
  const work =
    starting.get(port) ?? start(context, { ...options, port }).finally(() => starting.delete(port));
  starting.set(port, work);
  await work;
}

/**
 * Ends what was started here, when the apps have ended. It is shared: one that a node of somebody else is registered with
 * refuses, and stays. It forgets our own last node a moment after that has ended.
 */
export async function endIdleEpmd({ runs, clock }: Pick<ServiceContext, 'runs' | 'clock'>): Promise<void> {
  for (const group of runs.containment.current?.all() ?? []) {
    const port = OWN_GROUP.exec(group.name)?.[1];
    if (port === undefined) continue;
    for (let look = 0; look < MAX_LOOKS && group.isPopulated(); look++)
      if (!(await endEpmd(Number(port)))) await sleep(LOOK_AGAIN_MS, { clock });
  }
}

async function start(
  context: ServiceContext,
  options: Parameters<typeof ensureEpmd>[1] & { port: number },
): Promise<void> {
  const { release, account, port } = options;
  if (await portInUse(port, context.clock)) return;
  const group = context.runs.containment.group(`epmd-${port}`);
  group?.make();
  // Nothing of the app's: it outlives the app, and serves others.
  const env = Object.fromEntries(
    Object.entries(options.env).filter(([name]) => name === 'PATH' || name.startsWith('ERL_EPMD_')),
  );
  const program = epmdOf(context.layout.releaseDirectory(release.number, release.version));
  const command = asUser({ argv: [program, '-daemon'], env }, account);
  const [file = '', ...args] = inGroup(command.argv, group);
  const child = spawn(file, args, { env: command.env, cwd: '/', stdio: 'ignore', detached: true });
  await once(child, 'exit').catch(() => undefined);
}

/** The epmd of the Erlang that the release brings, else the host's. */
function epmdOf(directory: string): string {
  const erts = fs.existsSync(directory)
    ? fs.readdirSync(directory).find((name) => /^erts-[\d.]+$/.test(name))
    : undefined;
  return erts === undefined ? 'epmd' : path.join(directory, erts, 'bin/epmd');
}
