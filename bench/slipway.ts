import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import type { DeploymentWithSteps, Status } from '../src/api/index.ts';
import { Bucket } from '../test/support/bucket.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { end, ROOT, start } from './commands.ts';
import type { Supervisor } from './contender.ts';

const APP = 'tiny';
const LISTEN = '127.0.0.1:15001';

/** Settings of an app, as in the configuration; the bucket and the name are the benchmark's. `others`: apps beside it; `host`: keys of the host. */
export type SlipwayOptions = Record<string, unknown> & {
  name?: string;
  others?: SlipwayOptions[];
  host?: Record<string, unknown>;
};

export interface Slipway extends Supervisor {
  /** The agent's own, for the command line. */
  socket: string;
  /** Where it listens, without a slash at the end. */
  url: string;
  status(): Promise<Status>;
  bucket: Bucket;
  allReady(copies: number): Promise<void>;
  /** No deployment runs: the one before is proven. */
  idle(): Promise<void>;
  /** The newest of its app, with its steps. */
  lastDeployment(): Promise<DeploymentWithSteps>;
  /** kill -9, and started again as its unit would. */
  crash(): Promise<void>;
  /** `isAsked` false: no call has made it load what answers one. */
  restart(options?: { isAsked?: boolean }): Promise<void>;
}

/** The real launcher, with a configuration, data and logs below `folder`. */
export async function startSlipway(
  folder: string,
  { others = [], host = {}, ...options }: SlipwayOptions,
  env = process.env,
): Promise<Slipway> {
  const home = path.join(folder, 'slipway');
  const logs = path.join(home, 'logs');
  const data = path.join(home, 'data');
  fs.mkdirSync(home, { recursive: true });
  const app = options.name ?? APP;
  const bucket = new Bucket(path.join(home, 'bucket'), app);
  const configuration = {
    data,
    logs,
    listen: LISTEN,
    ...host,
    apps: [{ name: app, ...options }, ...others].map((each) => ({
      ...{ kind: 'service', source: { type: 'bucket', url: bucket.folder } },
      ...each,
    })),
  };
  // JSON is YAML.
  const file = path.join(home, 'slipway.yaml');
  fs.writeFileSync(file, JSON.stringify(configuration));

  const launch = async (isAsked = true) => {
    // To be told to end its apps, it asks whether there is another agent, which loads what does that.
    const args = ['agent', '--config', file, ...(isAsked ? ['--stop-apps'] : [])];
    const child = await start(path.join(ROOT, 'bin/slipway'), args, {
      env,
      output: path.join(home, 'agent.log'),
    });
    const died = () => child.exitCode !== null || child.signalCode !== null;
    await waitFor('the agent to answer', async () => {
      if (died()) throw new Error(fs.readFileSync(path.join(home, 'agent.log'), 'utf8'));
      return isAsked ? ask(path.join(data, 'slipway.sock')) : fs.existsSync(path.join(data, 'slipway.sock'));
    });
    return child;
  };
  let child = await launch();
  const socket = path.join(data, 'slipway.sock');
  const status = async () => (await ask(socket)) as Status;

  return {
    get pid() {
      return child.pid;
    },
    socket,
    url: `http://${LISTEN}`,
    bucket,
    status,
    async allReady(copies) {
      await waitFor(`${copies} instances to be ready`, async () => {
        const { apps } = await status();
        return apps[0]?.instances.filter(({ state }) => state === 'ready').length === copies;
      });
    },
    async idle() {
      await waitFor('the deployment to end', async () => (await status()).apps[0]?.deployment === null);
    },
    async lastDeployment() {
      const [newest] = (await ask(socket, { resource: `/apps/${app}/deployments?limit=1` })) as {
        id: number;
      }[];
      return (await ask(socket, { resource: `/deployments/${newest?.id}` })) as DeploymentWithSteps;
    },
    async crash() {
      await end(child, 'SIGKILL');
    },
    async restart({ isAsked = true } = {}) {
      child = await launch(isAsked);
    },
    outputFiles: () => {
      const files = fs.readdirSync(path.join(logs, app));
      return files
        .filter((name) => /-stdout\.log(\.\d+)?(\.gz)?$/.test(name))
        .map((name) => path.join(logs, app, name));
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      await ask(socket, { method: 'POST', resource: '/agent/end' });
      await ended;
    },
  };
}

async function ask(socketPath: string, { method = 'GET', resource = '/status' } = {}): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http
    .request({ socketPath, method, path: `/api/v1${resource}`, agent: false }, resolve)
    .on('error', reject)
    .end();
  const response = await promise;
  const body = await json(response);
  if (response.statusCode !== 200)
    throw new Error(`the agent answered ${response.statusCode}: ${JSON.stringify(body)}`);
  return body;
}
