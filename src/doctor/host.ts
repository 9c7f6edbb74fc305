import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Check, fail, ok, outputOf, warn } from './check.ts';

const NODE_MAJOR = 24;
const WATCHES_MIN = 8192;
const INSTANCES_MIN = 128;

/** What the agent needs of any host. */
export async function checkHost(): Promise<Check[]> {
  return [checkNode(), checkProc(), await checkShell(), ...(await checkTools()), ...checkInotify()];
}

function checkNode(): Check {
  const found = process.versions.node;
  return Number.parseInt(found, 10) >= NODE_MAJOR
    ? ok('node', found)
    : fail('node', `${found} is too old; ${NODE_MAJOR} or newer is needed`, null);
}

function checkProc(): Check {
  const kernel = `${os.type()} ${os.release()}`;
  try {
    for (const file of ['/proc/self/stat', '/proc/self/environ', '/proc/sys/kernel/random/boot_id'])
      fs.readFileSync(file);
    return ok('kernel', kernel);
  } catch (error) {
    return fail('kernel', `${kernel}, but ${(error as Error).message}`, 'mount -t proc proc /proc');
  }
}

/** The shell must tell, by `jobs`, how a process ended. */
async function checkShell(): Promise<Check> {
  const shell = fs.realpathSync('/bin/sh');
  const jobs = await outputOf('/bin/sh', ['-c', '(exit 3) & wait $!; jobs']);
  return jobs !== null && /Done\(3\)|Exit 3/.test(jobs)
    ? ok('shell', `/bin/sh is ${path.basename(shell)}`)
    : fail(
        'shell',
        `/bin/sh (${shell}) does not tell how a process ended; dash and bash do`,
        'apt-get install dash',
      );
}

const TOOLS: { program: string; args: string[]; for: string; from: string }[] = [
  { program: 'setsid', args: ['--version'], for: 'starting instances', from: 'util-linux' },
  { program: 'setpriv', args: ['--version'], for: 'running instances as another user', from: 'util-linux' },
  { program: 'fallocate', args: ['--version'], for: 'rotating logs', from: 'util-linux' },
  { program: 'flock', args: ['--version'], for: 'publishing to a folder, and updates', from: 'util-linux' },
  { program: 'env', args: ['--default-signal=INT', 'true'], for: 'starting instances', from: 'coreutils' },
  { program: 'sync', args: ['--version'], for: 'making releases durable', from: 'coreutils' },
  { program: 'find', args: ['--version'], for: 'measuring releases', from: 'findutils' },
  { program: 'getent', args: ['passwd', '0'], for: 'looking up users', from: 'libc-bin' },
];

async function checkTools(): Promise<Check[]> {
  const found = await Promise.all(TOOLS.map(({ program, args }) => outputOf(program, args)));
  const lacking = TOOLS.filter((_, index) => found[index] === null);
  if (lacking.length === 0) return [ok('programs', TOOLS.map(({ program }) => program).join(', '))];
  return lacking.map((tool) => {
    const call = [tool.program, ...tool.args].join(' ');
    return fail(
      tool.program,
      `"${call}" does not work; it is needed for ${tool.for}`,
      `apt-get install ${tool.from}`,
    );
  });
}

function checkInotify(): Check[] {
  const limits = [
    { name: 'max_user_watches', min: WATCHES_MIN },
    { name: 'max_user_instances', min: INSTANCES_MIN },
  ];
  return limits.map(({ name, min }) => {
    const key = `fs.inotify.${name}`;
    const value = Number(read(`/proc/sys/fs/inotify/${name}`) ?? Number.NaN);
    if (Number.isNaN(value)) return warn('inotify', `${key} cannot be read`, null);
    return value >= min
      ? ok('inotify', `${key} is ${value}`)
      : warn(
          'inotify',
          `${key} is ${value}, less than ${min}: new versions may be noticed late`,
          `sysctl -w ${key}=${min * 4}`,
        );
  });
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
