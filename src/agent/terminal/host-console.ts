import os from 'node:os';
import { type Console, shellConsole } from '../../app/index.ts';
import { SlipwayError } from '../../kernel/index.ts';

/** What only the agent is to have: its own settings, and secrets that it was started with. */
const OF_THE_AGENT =
  /^(SLIPWAY_|DEPLOYEX_|RELEASE_|CREDENTIALS_DIRECTORY$|NOTIFY_SOCKET$|LISTEN_|INVOCATION_ID$|JOURNAL_STREAM$|NODE_|npm_)/;

/** A shell on the host itself, as the user of the agent, at home. */
export function hostConsole(env: NodeJS.ProcessEnv): Console {
  const own = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !OF_THE_AGENT.test(entry[0]),
  );
  const { homedir, username } = os.userInfo();
  return shellConsole({
    cwd: homedir,
    env: { ...Object.fromEntries(own), HOME: homedir, USER: username, LOGNAME: username },
    account: null,
  });
}

/** @throws SlipwayError `shell_refused` where the configuration allows it on the socket alone */
export function requireAllowed({ overTcp, isTcp }: { overTcp: boolean; isTcp: boolean }): void {
  if (overTcp || !isTcp) return;
  throw new SlipwayError('shell_refused', {
    message:
      'a shell on the host is opened on the host alone: its configuration has no `shell: { over_tcp: true }`',
    hint: 'with it, an administrator of all apps may open one from elsewhere',
    next: 'slipway shell --agent',
  });
}
