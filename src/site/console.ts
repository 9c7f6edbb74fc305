import { baseEnvironment, type Console, noLiveRelease, requireRelease, shellConsole } from '../app/index.ts';
import { HOOK_STOP, offerOf } from '../deployment/index.ts';
import type { SiteContext } from './context.ts';
import { groupWritable } from './group-writable.ts';
import { hookEnvironment, trusting } from './hook-environment.ts';
import { liveRelease } from './live-release.ts';

/** A shell in the live release, with the environment of the workers. */
export async function siteConsole(context: SiteContext): Promise<Console> {
  const cwd = requireRelease(context, context.layout.current);
  const account = await context.account();
  const env = trusting(context.configuration, await environmentOf(context), cwd);
  const shell = shellConsole({ cwd, account, env });
  return { ...shell, argv: groupWritable(context.configuration, shell.argv) };
}

/**
 * A one-off command in the live release, with the environment of its hooks.
 * @throws SlipwayError `release_unknown`; `permission`
 */
export async function siteCommand(context: SiteContext, argv: readonly string[]): Promise<Console> {
  const { journal, key, configuration, layout } = context;
  const account = await context.account();
  const live = liveRelease(layout);
  const release = live && journal.tables.release(key, live.number);
  if (!live || !release) throw noLiveRelease(context);
  const cwd = live.directory;
  const env = hookEnvironment(
    { context, release, offer: offerOf(context, release) },
    { hook: null, account, runsIn: cwd },
  );
  const program =
    argv.length === 0
      ? shellConsole({ cwd, account, env })
      : { cwd, account, env, argv, stop: HOOK_STOP, leave: null };
  return { ...program, argv: groupWritable(configuration, program.argv) };
}

/** The environment of workers and cron entries. */
export async function environmentOf(context: SiteContext): Promise<Record<string, string>> {
  const { agentEnvironment, configuration } = context;
  const account = await context.account();
  const { inheritEnv: inherit, env: own } = configuration;
  return { ...baseEnvironment({ agent: agentEnvironment, inherit, own, account }), ...context.secrets() };
}
