import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, writeFileDurable } from '../../kernel/index.ts';
import type { Credentials } from './address.ts';

/** What git may find in its environment: the agent's own without GIT_* and without what would open a window or a prompt. */
export function gitEnvironment(cacheDirectory: string): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env))
    if (!/^(GIT_|SSH_ASKPASS|LC_|LANGUAGE$)/.test(name)) environment[name] = value;
  return {
    ...environment,
    // Its messages are read.
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: configFile(cacheDirectory),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_PAGER: 'cat',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_ALLOW_PROTOCOL: 'file',
  };
}

/** What git needs for one host. The token is in the environment only, and the script gives it to that host only. */
export function credentialEnvironment(cacheDirectory: string, credentials: Credentials): NodeJS.ProcessEnv {
  return {
    GIT_ASKPASS: askpassFile(cacheDirectory),
    SLIPWAY_GIT_SCHEME: credentials.origin.replace(/:.*/s, ''),
    SLIPWAY_GIT_HOST: credentials.origin.replace(/^[^:]*:\/\//, ''),
    SLIPWAY_GIT_USERNAME: credentials.username,
    SLIPWAY_GIT_PASSWORD: credentials.password,
  };
}

/** Never asks, never learns a host by itself, and hands no other key around than the given one. */
export function sshEnvironment(options: {
  sshKey: string | null;
  knownHosts: string | null;
}): NodeJS.ProcessEnv {
  const settings = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    // A master connection would outlive git and hold its pipes open.
    'ControlMaster=no',
    'ControlPath=none',
  ];
  if (options.sshKey !== null) settings.push('IdentitiesOnly=yes', `IdentityFile=${sshPath(options.sshKey)}`);
  if (options.knownHosts !== null) settings.push(`UserKnownHostsFile=${sshPath(options.knownHosts)}`);
  return {
    GIT_SSH_COMMAND: ['ssh', ...settings.map((setting) => `-o ${shellWord(setting)}`)].join(' '),
    GIT_SSH_VARIANT: 'ssh',
  };
}

/** Errors: `permission`. ssh itself would only say "Permission denied". */
export function checkSshKey(file: string): void {
  const hint = 'the repository was not asked; what is live was left as it was';
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile())
    throw new SlipwayError('permission', {
      message: `the ssh key ${file} is not there`,
      hint,
      next: `ls -l ${file}`,
    });
  if ((stat.mode & 0o077) !== 0)
    throw new SlipwayError('permission', {
      message: `the ssh key ${file} may be read by others (mode ${(stat.mode & 0o777).toString(8).padStart(4, '0')})`,
      hint: `ssh refuses such a key; ${hint}`,
      next: `chmod 600 ${file}`,
    });
  try {
    fs.accessSync(file, fs.constants.R_OK);
  } catch (error) {
    throw new SlipwayError('permission', {
      message: `the agent's user (uid ${process.geteuid?.()}) may not read the ssh key ${file}`,
      hint,
      next: `ls -l ${file}`,
      cause: error,
    });
  }
}

/** Writes the files that the environment points to. They hold no secret. */
export function prepareCache(cacheDirectory: string): void {
  fs.mkdirSync(cacheDirectory, { recursive: true, mode: 0o700 });
  writeOnce(configFile(cacheDirectory), configuration(), 0o600);
  writeOnce(askpassFile(cacheDirectory), ASKPASS, 0o700);
  for (const name of fs.readdirSync(cacheDirectory)) {
    const [, pid] = /^\.tmp-(?:index|work)\.(\d+)\./.exec(name) ?? [];
    // An agent that was killed left it: the folder belongs to one process at a time.
    if (pid !== undefined && Number(pid) !== process.pid)
      fs.rmSync(path.join(cacheDirectory, name), { force: true });
  }
}

function configFile(cacheDirectory: string): string {
  return path.join(cacheDirectory, 'gitconfig');
}

function askpassFile(cacheDirectory: string): string {
  return path.join(cacheDirectory, 'askpass');
}

/** The user's own settings first (proxies, filters, certificates), then what must hold whatever they say. */
function configuration(): string {
  const home = process.env.HOME ?? '/';
  const xdg = process.env.XDG_CONFIG_HOME ?? path.join(home, '.config');
  const included = [path.join(xdg, 'git/config'), path.join(home, '.gitconfig')];
  return `${included.map((file) => `[include]\n\tpath = ${configValue(file)}\n`).join('')}${SETTINGS}`;
}

const SETTINGS = `[core]
	hooksPath = /dev/null
	fsmonitor = false
	quotePath = false
[protocol "ext"]
	allow = never
[gc]
	auto = 0
[maintenance]
	auto = false
[fetch]
	unpackLimit = 1
	recurseSubmodules = false
	writeCommitGraph = false
[transfer]
	unpackLimit = 1
[submodule]
	recurse = false
[uploadpack]
	allowAnySHA1InWant = true
[http]
	lowSpeedLimit = 1
	lowSpeedTime = 120
[log]
	showSignature = false
[advice]
	detachedHead = false
`;

/** git and git-lfs ask in the same words, with different quotes. Newer gits write the name with %-escapes. */
const ASKPASS = `#!/bin/sh
# Answers git for one host, from the environment. Any other host gets no answer.
at="$SLIPWAY_GIT_SCHEME://"
host="$SLIPWAY_GIT_HOST"
case "$1" in
  "Username for '$at$host': " | "Username for \\"$at$host\\"" | "Username for \\"$at$host/\\"")
    printf '%s\\n' "$SLIPWAY_GIT_USERNAME" ;;
  "Password for '$at"*"@$host': " | "Password for \\"$at"*"@$host\\"" | "Password for \\"$at"*"@$host/\\"")
    printf '%s\\n' "$SLIPWAY_GIT_PASSWORD" ;;
  *)
    exit 1 ;;
esac
`;

function writeOnce(file: string, text: string, mode: number): void {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return;
  writeFileDurable(file, text, { mode });
}

function configValue(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** ssh expands % in paths, and splits them at spaces unless they are quoted. */
function sshPath(file: string): string {
  return `"${file.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
