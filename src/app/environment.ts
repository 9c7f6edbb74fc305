import os from 'node:os';
import { errnoOf } from '../kernel/index.ts';

/**
 * Variables that steer the agent itself, its runtime or npm: an app that inherited them would boot wrongly, or not at all.
 * And what systemd tells its unit alone: its sockets, its credentials (systemd.exec(5), "Environment Variables Set").
 */
const SCRUBBED =
  /^(SLIPWAY_|DEPLOYEX_|RELEASE_|LISTEN_|npm_)|^(BINDIR|ROOTDIR|ELIXIR_ERL_OPTIONS|NODE_OPTIONS|NODE_COMPILE_CACHE|NOTIFY_SOCKET|CREDENTIALS_DIRECTORY|INVOCATION_ID|JOURNAL_STREAM)$/;
/** What a process needs even where nothing else is inherited. */
const ALWAYS = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'HOME', 'USER', 'LOGNAME', 'ERL_EPMD_PORT'];
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface BaseOptions {
  agent: Readonly<Record<string, string | undefined>>;
  inherit: boolean;
  own: Readonly<Record<string, string>>;
  /** Null: the agent's own user. */
  account: { name: string; home: string } | null;
}

/** What every process of an app has in its environment: the agent's, as far as it is handed on, and the app's own. */
export function baseEnvironment({ agent, inherit, own, account }: BaseOptions): Record<string, string> {
  const env: Record<string, string> = { PATH: DEFAULT_PATH, ...ownUser() };
  for (const [variable, value] of Object.entries(agent)) {
    if (value === undefined || SCRUBBED.test(variable)) continue;
    if (inherit || ALWAYS.includes(variable)) env[variable] = value;
  }
  if (account) Object.assign(env, { HOME: account.home, USER: account.name, LOGNAME: account.name });
  return Object.assign(env, own);
}

/** A system service of root's is started without HOME, which composer, npm and git want. */
function ownUser(): Record<string, string> {
  try {
    const { username, homedir } = os.userInfo();
    return { HOME: homedir, USER: username, LOGNAME: username };
  } catch (error) {
    // A uid that the host has no name for.
    if (errnoOf(error) === 'ERR_SYSTEM_ERROR') return {};
    throw error;
  }
}
