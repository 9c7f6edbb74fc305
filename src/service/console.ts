import fs from 'node:fs';
import {
  type Console,
  HANG_UP,
  type Instances,
  noLiveRelease,
  requireRelease,
  requireRunning,
  shellConsole,
} from '../app/index.ts';
import type { ServiceContext } from './context.ts';
import { environmentOf, giveToUser } from './launch.ts';
import { releaseScript } from './script.ts';

/*
 * Typed at the end of what comes through a pipe. It is evaluated in its turn, on the app's node, and halts the node that
 * the shell itself is: the group leader's. An expression that was never finished must not be evaluated with it for its end:
 * the semicolon makes it a wrong one, and what takes that for its own, as a string does, is given up by `#iex:break`. Where
 * nothing is unfinished that would be an error (Elixir 1.20), so the call, which waits for the node's end, comes before it.
 */
const HALT_IEX = ';:rpc.call(node(Process.group_leader()), :erlang, :halt, [0])';
const LEAVE_IEX = `\n${HALT_IEX}\n#iex:break\n${HALT_IEX}\n`;
const LEAVE_ERL = '\nrpc:cast(node(group_leader()), erlang, halt, [0]).\n';

/**
 * The console of an instance: the release's own remote console, a node of its own that ends with the shell; of a command,
 * a shell in `current`.
 * @throws SlipwayError `release_unknown`, `not_running`; `permission`
 */
export async function serviceConsole(
  context: ServiceContext,
  instances: Instances,
  unit: string,
): Promise<Console> {
  const { runtime } = context.configuration;
  const { current } = context.layout.instance(Number(unit));
  const release = requireRelease(context, current);
  const account = await context.account();
  const isSpare = instances.get(unit)?.isSpare === true;
  const where = { cwd: release, account, env: environmentOf(context, account, Number(unit), isSpare) };
  if (runtime === 'command') return shellConsole(where);
  requireRunning(context, instances, unit);
  const program = releaseScript(context.configuration, release);
  return runtime === 'elixir'
    ? { ...where, argv: [program, 'remote'], stop: HANG_UP, leave: LEAVE_IEX }
    : { ...where, argv: [program, 'remote_console'], stop: HANG_UP, leave: LEAVE_ERL };
}

/**
 * A one-off command in the live release as it was unpacked, as pre-commands run: no instance has to be there for it.
 * @throws SlipwayError `release_unknown`; `permission`
 */
export async function serviceCommand(context: ServiceContext, argv: readonly string[]): Promise<Console> {
  const { journal, key, layout, configuration } = context;
  const account = await context.account();
  const { tables } = journal;
  const live = tables.release(key, tables.app(key)?.live ?? 0);
  if (live === null) throw noLiveRelease(context);
  const cwd = layout.releaseDirectory(live.number, live.version);
  // It may have been another user's when it was unpacked.
  if (fs.existsSync(cwd)) await giveToUser(context, cwd);
  if (!fs.existsSync(cwd)) throw noLiveRelease(context);
  const where = { cwd, account, env: environmentOf(context, account, 'run') };
  return argv.length === 0 ? shellConsole(where) : { ...where, argv, stop: configuration.stop, leave: null };
}
