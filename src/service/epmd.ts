import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { ReleaseRow } from '../journal/index.ts';
import { type Account, asUser, inGroup, portInUse } from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';

const DEFAULT_PORT = 4369;

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

async function start(
  context: ServiceContext,
  options: Parameters<typeof ensureEpmd>[1] & { port: number },
): Promise<void> {
  const { release, account, port } = options;
  if (await portInUse(port, context.clock)) return;
  const group = context.runs.containment.group('epmd');
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
