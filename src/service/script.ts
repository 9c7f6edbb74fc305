import fs from 'node:fs';
import path from 'node:path';
import type { ServiceConfiguration } from '../config/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { namedAfter, type Wrapping } from '../release/index.ts';

type Named = Pick<ServiceConfiguration, 'name' | 'release'>;
type Started = Named & Pick<ServiceConfiguration, 'runtime' | 'start'>;

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

/**
 * Looks for what the release is started by, and whether it can be executed. What is found by PATH, or is not of the release,
 * is not looked for.
 * @throws SlipwayError `release_script`
 */
export function requireStart(configuration: Started, directory: string): void {
  const { runtime, start } = configuration;
  const [program = ''] = start ?? [];
  if (runtime !== 'command') requireScript(configuration, directory);
  else if (program.includes('/') && !path.isAbsolute(program)) requireProgram(program, directory);
}

/** Which folder around everything else an archive of the app may have. */
export function wrappingOf(
  configuration: Started,
  { id, version }: { id: string; version: string },
): Wrapping {
  const { name, release, runtime, start } = configuration;
  return {
    named: namedAfter([id, name, ...(release === null ? [] : [release])], version),
    wanted: runtime === 'command' ? pathsIn(start ?? []) : [`bin/${release ?? name}`, 'bin'],
  };
}

/** Whatever in a command line may be the path of a file of the release, the program first. */
function pathsIn(argv: readonly string[]): string[] {
  return argv
    .flatMap((word) => word.match(/[\p{L}\p{N}_./+~@-]+/gu) ?? [])
    .map((word) => path.posix.normalize(word).replace(/\/$/, ''))
    .filter((word) => !/^(\/|\.\.?(\/|$)|$)/.test(word));
}

function requireScript(configuration: Named, directory: string): void {
  const script = path.basename(releaseScript(configuration, directory));
  const there = scriptsIn(directory);
  if (there.includes(script)) return requireExecutable(`bin/${script}`, directory);
  const found = there.length === 0 ? topOf(directory) : `there is ${there.join(', ')}`;
  throw new SlipwayError('release_script', {
    message: `the release has no bin/${script}: ${found}`,
    hint:
      there.length === 0
        ? `is it a release, made by mix release or rebar3 tar? ${PACK}; ${LEFT}`
        : `name the one that starts it in the app's configuration: release: ${there[0]}; ${LEFT}`,
  });
}

function requireProgram(program: string, directory: string): void {
  if (fs.statSync(path.join(directory, program), { throwIfNoEntry: false })?.isFile())
    return requireExecutable(program, directory);
  throw new SlipwayError('release_script', {
    message: `the release has no ${program}, which \`start\` names: ${topOf(directory)}`,
    hint: `correct start in the app's configuration, or the archive. ${PACK}; ${LEFT}`,
  });
}

function requireExecutable(program: string, directory: string): void {
  const mode = fs.statSync(path.join(directory, program), { throwIfNoEntry: false })?.mode ?? 0;
  if (mode & 0o111) return;
  throw new SlipwayError('release_script', {
    message: `${program} of the release cannot be executed: its mode is 0${(mode & 0o777).toString(8)}`,
    hint: `pack it with the mode 0755 (chmod +x before it is packed; zip made on Windows keeps none); ${LEFT}`,
  });
}

const PACK = 'It is packed from within its folder: tar -czf shop.tar.gz -C shop .';
const LEFT = 'no instance was touched';
const NAMED_MOST = 10;

function topOf(directory: string): string {
  const entries = fs.readdirSync(directory, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted();
  const more = names.length > NAMED_MOST ? ` and ${names.length - NAMED_MOST} more` : '';
  return `at its top is ${names.slice(0, NAMED_MOST).join(', ') || 'nothing'}${more}`;
}

function scriptsIn(directory: string): string[] {
  const folder = path.join(directory, 'bin');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => /^[A-Za-z][A-Za-z0-9_-]*$/.test(name) && !TOOLS.includes(name))
    .toSorted();
}
