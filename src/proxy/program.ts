import { access, constants } from 'node:fs/promises';
import { runTool, SlipwayError, uniqueName } from '../kernel/index.ts';
import { FILES, type ProxyFolder } from './folder.ts';

/** Where distributions put it, whatever the agent's PATH is. */
const PLACES = ['/usr/sbin/haproxy', '/usr/bin/haproxy', '/usr/local/sbin/haproxy', '/usr/local/bin/haproxy'];
const OLDEST = [2, 6] as const;

export interface ProxyProgram {
  path: string;
  version: string;
}

/**
 * @throws SlipwayError `proxy_missing` where it is not there, or older than 2.6
 */
export async function findProgram(places: readonly string[] = PLACES): Promise<ProxyProgram> {
  for (const path of places) {
    if (!(await isExecutable(path))) continue;
    const version = /version (\d+\.\d+\S*)/.exec(await runTool([path, '-v']))?.[1] ?? 'unknown';
    const [major = 0, minor = 0] = version.split('.').map(Number.parseFloat);
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return { path, version };
    throw missing(`${path} is version ${version}, and ${OLDEST.join('.')} or later is needed`);
  }
  throw missing('HAProxy is not installed');
}

/**
 * The argv of a HAProxy in the foreground, with master and worker, which is started in its folder. A worker that dies
 * takes the master with it, so that whoever holds it notices, and starts the whole again.
 */
export function programArgv({ path }: ProxyProgram): string[] {
  return [path, '-W', '-db', '-S', `unix@./${FILES.masterSocket},mode,600`, '-f', FILES.configuration];
}

/**
 * Replaces the configuration by a text that HAProxy has read to its end. False: it is the one that is there.
 * @throws SlipwayError `proxy_refused` with the line; the former one is left
 */
export async function replaceConfiguration(options: {
  folder: ProxyFolder;
  /** Not asked where there is nothing to replace: that is found every half minute. */
  findProgram: () => Promise<ProxyProgram>;
  text: string;
}): Promise<boolean> {
  const { folder, text } = options;
  if (folder.read(FILES.configuration) === text) return false;
  const program = await options.findProgram();
  const candidate = uniqueName('candidate.cfg');
  folder.write(candidate, text);
  try {
    // The paths in it are relative to where it is started.
    await runTool(['env', '-C', folder.directory, program.path, '-c', '-f', candidate]);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'disk_full') throw error;
    throw new SlipwayError('proxy_refused', {
      message: `HAProxy would not take its configuration: ${faultIn(error)}`,
      hint: 'it goes on with the former one',
      next: 'slipway config check',
      cause: error,
    });
  } finally {
    folder.remove(candidate);
  }
  folder.write(FILES.configuration, text);
  return true;
}

/** The first of its lines that is a fault. */
function faultIn(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const alert = text.split('\n').find((line) => line.includes('[ALERT]')) ?? text;
  return alert.replace(/^\[ALERT\]\s+\(\d+\) : (config : )?/, '').trim();
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function missing(message: string): SlipwayError {
  return new SlipwayError('proxy_missing', {
    message,
    hint: 'apps run on; nobody is sent to them by their domains',
    next: 'apt-get install haproxy',
  });
}
