import { type BaseOptions, baseEnvironment } from '../app/index.ts';
import type { ServiceConfiguration } from '../config/index.ts';
import { slotOf } from '../supervisor/index.ts';

/** The number of an instance, or what a command is that runs beside them. */
export type Role = number | 'pre' | 'cron' | 'run';

export interface EnvironmentOptions extends BaseOptions {
  runtime: 'elixir' | 'erlang' | 'command';
  names: ServiceConfiguration['otp']['names'];
  instance: Role;
  /** In its spare slot. */
  spare?: boolean;
  /** That of instance 1, in the same slot. */
  port: number | null;
  cookie: string | null;
}

/** The environment of an instance, a pre-command, a cron command or a one-off one (docs/configuration.md, `inherit_env`). */
export function composeEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { agent, own, runtime, names, instance, port } = options;
  const env = baseEnvironment(options);
  env.RELEASE_DISTRIBUTION = 'sname';
  env.RELEASE_COOKIE = own.RELEASE_COOKIE ?? options.cookie ?? agent.RELEASE_COOKIE ?? 'cookie';
  if (runtime === 'erlang') env.RELX_REPLACE_OS_VARS = 'true';
  // A command has a node of its own, so that it never meets an instance; `eval` starts no distribution by itself.
  const name = slotOf({ unit: `${instance}`, spare: options.spare === true });
  env.RELEASE_NODE_SUFFIX = `${names.suffix}-${name}`;
  env.RELEASE_NODE = `${names.node}-${name}`;
  if (typeof instance === 'number' && port !== null) env.PORT = String(port + instance - 1);
  return env;
}
