import fs from 'node:fs';
import path from 'node:path';

/** An Erlang or Elixir release, by what `releases/start_erl.data` and `bin` say. */
export interface OtpRelease {
  /** Names of its start scripts. */
  names: string[];
  /** Null where it does not say. */
  version: string | null;
}

/** Null where the folder is none. */
export function otpRelease(folder: string): OtpRelease | null {
  const file = path.join(folder, 'releases', 'start_erl.data');
  if (!fs.existsSync(file) || !fs.existsSync(path.join(folder, 'bin'))) return null;
  // "16.0.1 1.2.3": the runtime system's version, the release's.
  const [, version = null] = fs.readFileSync(file, 'utf8').trim().split(/\s+/);
  const names = fs.readdirSync(path.join(folder, 'bin')).filter((name) => /^[a-z][a-z0-9_-]*$/.test(name));
  return { names: names.filter((name) => !TOOLS.includes(name)), version };
}

/** What relx puts beside the start script. */
const TOOLS = ['install_upgrade', 'nodetool', 'no_dot_erlang', 'start_clean'];
