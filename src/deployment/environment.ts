/** Variables that steer the agent itself, its runtime or npm: an app that inherited them would boot wrongly, or not at all. */
const SCRUBBED =
  /^(SLIPWAY_|DEPLOYEX_|RELEASE_|npm_)|^(BINDIR|ROOTDIR|ELIXIR_ERL_OPTIONS|NODE_OPTIONS|NODE_COMPILE_CACHE)$/;
/** What a process needs even where nothing else is inherited. */
const ALWAYS = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'HOME', 'USER', 'LOGNAME', 'ERL_EPMD_PORT'];

export interface EnvironmentOptions {
  agent: Readonly<Record<string, string | undefined>>;
  inherit: boolean;
  own: Readonly<Record<string, string>>;
  runtime: 'elixir' | 'erlang' | 'command';
  name: string;
  /** Null for a pre-command. */
  instance: number | null;
  port: number | null;
  cookie: string | null;
  account: { name: string; home: string } | null;
}

/** The environment of an instance, or of a pre-command (design, section 2). */
export function composeEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { agent, own, runtime, name, instance, port, account } = options;
  const env: Record<string, string> = {};
  for (const [variable, value] of Object.entries(agent)) {
    if (value === undefined || SCRUBBED.test(variable)) continue;
    if (options.inherit || ALWAYS.includes(variable)) env[variable] = value;
  }
  if (account) Object.assign(env, { HOME: account.home, USER: account.name, LOGNAME: account.name });
  Object.assign(env, own);
  env.RELEASE_DISTRIBUTION = 'sname';
  env.RELEASE_COOKIE = own.RELEASE_COOKIE ?? options.cookie ?? agent.RELEASE_COOKIE ?? 'cookie';
  if (runtime === 'erlang') env.RELX_REPLACE_OS_VARS = 'true';
  if (instance === null) {
    // A node of its own, so that it never meets an instance; `eval` starts no distribution by itself.
    env.RELEASE_NODE = `${name}-pre`;
    env.RELEASE_NODE_SUFFIX = '-pre';
    return env;
  }
  env.RELEASE_NODE_SUFFIX = `-${instance}`;
  env.RELEASE_NODE = `${name}-${instance}`;
  if (port !== null) env.PORT = String(port + instance - 1);
  return env;
}
