import fs from 'node:fs';
import path from 'node:path';
import type { ServiceConfiguration } from '../config/index.ts';
import { SlipwayError } from '../kernel/index.ts';

type Named = Pick<ServiceConfiguration, 'name' | 'release'>;

/** What relx puts beside the start script. */
const TOOLS = ['install_upgrade', 'nodetool', 'no_dot_erlang', 'start_clean'];

/**
 * The script of a release that starts it and runs commands: `bin/<release>` as configured, else of the app's name, else the one
 * that there is. Only names are looked at: it is run as the app's user.
 */
export function releaseScript({ name, release }: Named, directory: string): string {
  const there = release === null ? scriptsIn(directory) : [];
  const [only, ...others] = there;
  const found = there.includes(name) || only === undefined || others.length > 0 ? name : only;
  return path.join(directory, 'bin', release ?? found);
}

/** @throws SlipwayError `release_script` where there is none that could be meant */
export function requireScript(configuration: Named, directory: string): void {
  const script = path.basename(releaseScript(configuration, directory));
  const there = scriptsIn(directory);
  if (there.includes(script)) return;
  const found = there.length === 0 ? 'nothing that starts a release' : there.join(', ');
  throw new SlipwayError('release_script', {
    message: `the release has no bin/${script}: there is ${found}`,
    hint:
      there.length === 0
        ? 'is it a release, made by mix release or rebar3 tar?'
        : `name the one that starts it in the app's configuration: release: ${there[0]}`,
  });
}

function scriptsIn(directory: string): string[] {
  const folder = path.join(directory, 'bin');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => /^[A-Za-z][A-Za-z0-9_-]*$/.test(name) && !TOOLS.includes(name))
    .toSorted();
}
