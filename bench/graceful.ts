import fs from 'node:fs';
import path from 'node:path';
import { end, ROOT, start } from './commands.ts';
import { answers } from './fronts.ts';
import { type Slipway, startSlipway } from './slipway.ts';

const PROGRAM = path.join(ROOT, 'bench/programs/graceful.mjs');
export const HOST = 'bench.test';
const GRACE_MS = 5000;
/** Where the proxies listen, each with one more beside it, and the program. */
export const PORTS = { slipway: 15_080, nginx: 15_082, caddy: 15_084, program: 15_180 };

/** The program by itself. */
export async function startGraceful(folder: string, { port, version }: { port: number; version: string }) {
  const env = { ...process.env, PORT: String(port), GRACEFUL_VERSION: version };
  const child = await start(process.execPath, [PROGRAM], { env, output: path.join(folder, 'graceful.log') });
  await answers(port);
  const stop = async () => {
    const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await end(child);
    clearTimeout(kill);
  };
  return { stop };
}

export interface SlipwayInFront extends Slipway {
  /** Publishes it, and waits until it serves and nothing of another one does. */
  deploy(version: string): Promise<void>;
}

/** The program as one instance of an agent, behind its proxy; successors overlap. */
export async function startSlipwayInFront(
  folder: string,
  { http, port }: { http: number; port: number },
): Promise<SlipwayInFront> {
  const agent = await startSlipway(folder, {
    ...{ name: 'graceful', runtime: 'command', start: `${process.execPath} graceful.mjs` },
    ...{ replicas: 1, port, ready: { tcp: true }, prove_after: '100ms', domains: [HOST] },
    roll_out: { strategy: 'overlap', drain: '10s' },
    host: { proxy: { http: `127.0.0.1:${http}` } },
  });
  const deploy = async (version: string) => {
    agent.bucket.putFiles(version, { 'graceful.mjs': fs.readFileSync(PROGRAM), version });
    agent.bucket.offer({ version });
    for (;;) {
      const [app] = (await agent.status()).apps;
      const isLive = app?.live?.version === version && app.deployment === null;
      if (isLive && app.instances.every(({ state, successor }) => state === 'ready' && successor === null))
        return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return Object.assign(agent, { deploy });
}
