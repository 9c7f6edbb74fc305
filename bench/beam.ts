import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../test/support/wait-for.ts';
import { end, run, start } from './commands.ts';

/** What the fixture `demo_app` answers. */
export interface Answer {
  version: string;
  pid: number;
}

export const APP = 'demo_app';
export const PORT = 14_100;
export const REPLICAS = 3;
export const PORTS = Array.from({ length: REPLICAS }, (_, i) => PORT + i);
const PROBE_EVERY_MS = 5;
const EPMD_PORT = '14369';

/** The environment of agent and bare boots, with an epmd of its own so that nobody's first boot pays for starting it. */
export async function beamEnvironment(cleanUp: AsyncDisposableStack): Promise<NodeJS.ProcessEnv> {
  const epmd = spawn('epmd', ['-port', EPMD_PORT], { stdio: 'ignore' });
  cleanUp.defer(() => end(epmd));
  const env = { ...process.env, ERL_EPMD_PORT: EPMD_PORT };
  await waitFor('epmd to answer', () => run('epmd', ['-names'], { env }));
  return env;
}

/** One request; null where nobody answers. */
export async function ask(port: number): Promise<Answer | null> {
  const { promise, resolve } = Promise.withResolvers<http.IncomingMessage | null>();
  http
    .get({ host: '127.0.0.1', port, agent: false, timeout: 1000 }, resolve)
    .on('error', () => resolve(null));
  const response = await promise;
  if (response?.statusCode !== 200) return null;
  try {
    return (await json(response)) as Answer;
  } catch {
    return null;
  }
}

/** Asks until the answer is as wanted; the time of that, by performance.now(). */
export async function answers(port: number, wanted: (answer: Answer) => boolean): Promise<number> {
  for (const deadline = performance.now() + 120_000; performance.now() < deadline; ) {
    const answer = await ask(port);
    if (answer && wanted(answer)) return performance.now();
    await sleep(PROBE_EVERY_MS);
  }
  throw new Error(`nobody on port ${port} answered as wanted within two minutes`);
}

/** How long a port gave no answer while it went over to `version`: last answer of the old to first of the new. */
export async function gapUntil(port: number, version: string): Promise<number> {
  let lastMs = performance.now();
  const firstMs = await answers(port, (answer) => {
    if (answer.version !== version) lastMs = performance.now();
    return answer.version === version;
  });
  return firstMs - lastMs;
}

/** The release without any supervision: what starting and stopping it takes by itself. */
export class BareRelease {
  private readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.env = env;
  }

  static async unpack(archive: string, folder: string, env: NodeJS.ProcessEnv): Promise<BareRelease> {
    fs.mkdirSync(folder);
    await run('tar', ['-xzf', archive, '-C', folder]);
    return new BareRelease(folder, env);
  }

  /** Boots so many at once, waits for the answers of all, stops them; milliseconds for all to be up, and for one to end. */
  async cycle(copies: number): Promise<{ bootMs: number; stopMs: number }> {
    const startedMs = performance.now();
    const nodes = await Promise.all(PORTS.slice(0, copies).map((port, i) => this.start(port, i + 1)));
    const upMs = await Promise.all(PORTS.slice(0, copies).map((port) => answers(port, () => true)));
    const stopping = performance.now();
    await Promise.all(nodes.map((node) => end(node)));
    return { bootMs: Math.max(...upMs) - startedMs, stopMs: performance.now() - stopping };
  }

  private start(port: number, number: number): Promise<ChildProcess> {
    const env = {
      ...this.env,
      PORT: String(port),
      RELEASE_NODE_SUFFIX: `-${number}`,
      RELEASE_NODE: `${APP}-${number}`,
      RELEASE_DISTRIBUTION: 'sname',
      RELEASE_COOKIE: 'cookie',
    };
    const program = path.join(this.folder, 'bin', APP);
    return start(program, ['start'], { env, cwd: this.folder, output: path.join(this.folder, 'out') });
  }
}
