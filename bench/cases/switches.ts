import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadResult, startLoad } from '../../test/support/load.ts';
import type { Figure } from '../figures.ts';
import { answers, caddy, type Front, nginx } from '../fronts.ts';
import { HOST, PORTS, startGraceful, startSlipwayInFront } from '../graceful.ts';
import type { Case } from '../workshop.ts';

const CONNECTIONS = 40;
const SWITCHES = 10;
const BETWEEN_MS = 500;

/** Goes over to the next version; a contender is that, and an end. */
interface Running {
  port: number;
  next(version: string): Promise<void>;
  stop(): Promise<void>;
}

type Start = (folder: string) => Promise<Running>;

export const switches: Case = {
  title: 'Ten new versions under load',
  about:
    `${CONNECTIONS} kept connections ask all the time while a program of one instance is replaced ${SWITCHES} times. It is in ` +
    'Node, and ends as a server should: at SIGTERM it listens no more and answers what it was asked. Slipway rolls out by ' +
    'overlap, by itself, from what is in its bucket. For nginx (a new configuration and a reload) and Caddy (its API) ' +
    'the successor is started on another port, the proxy is told when it answers, and the former one gets SIGTERM when a ' +
    'request through the proxy was answered by the successor, and KILL 5 s later where it has requests still. Without a proxy it is stopped, and started on the same port. Failed is what was answered with anything but ' +
    '200, or not at all; nothing is repeated. From listening to the first request: reckoned by the program, with the probe of readiness and all that load beside it.',
  async run({ folder, runs: asked, say }) {
    // Each is ten switches already.
    const runs = Math.min(3, asked);
    const starts: [string, Start][] = [
      ['Slipway', slipway],
      ['nginx', behind(nginx)],
      ['Caddy', behind(caddy)],
      ['no proxy', alone],
    ];
    const figures: Figure[] = [];
    const note = (work: string, of: string, unit: Figure['unit'], values: number[]) => {
      const known = figures.find((figure) => figure.work === work && figure.of === of);
      if (known) known.values.push(...values);
      else figures.push({ work, of, unit, values });
    };
    for (let round = 1; round <= runs; round++) {
      for (const [name, begin] of starts) {
        const place = path.join(folder, `${name.replace(' ', '-')}-${round}`);
        fs.mkdirSync(place);
        const { answered, failed, waited, failures } = await measure(await begin(place));
        note('failed', name, 'requests', [failed]);
        note('answered', name, 'requests', [answered]);
        // The others are asked directly first.
        if (name === 'Slipway') note('from listening to the first request', name, 'ms', waited);
        say(
          `run ${round} of ${runs}, ${name}: ${failed} of ${answered + failed} failed ${failures[0] ?? ''}`,
        );
      }
    }
    return figures
      .toSorted((a, b) => a.work.localeCompare(b.work))
      .map((figure) =>
        figure.of === 'Slipway' && figure.work === 'failed' ? { ...figure, limit: 0 } : figure,
      );
  },
};

async function measure(running: Running): Promise<LoadResult & { waited: number[] }> {
  const waited = new Map<string, number>();
  const judge = (body: string) => {
    const [version = '', ms] = body.split(' ');
    waited.set(version, Number(ms));
    return version;
  };
  try {
    const load = startLoad({ port: running.port, host: HOST, connections: CONNECTIONS, judge });
    for (let count = 1; count <= SWITCHES; count++) {
      await sleep(BETWEEN_MS);
      await running.next(`1.0.${count}`);
    }
    await sleep(BETWEEN_MS);
    const result = await load.end();
    waited.delete('1.0.0');
    return { ...result, waited: [...waited.values()] };
  } finally {
    await running.stop();
  }
}

async function slipway(folder: string): Promise<Running> {
  const http = PORTS.slipway;
  const agent = await startSlipwayInFront(folder, { http, port: PORTS.program });
  await agent.deploy('1.0.0');
  return { port: http, next: (version) => agent.deploy(version), stop: () => agent.stop() };
}

function behind(front: Front): Start {
  return async (folder) => {
    const [port, first] = [front === nginx ? PORTS.nginx : PORTS.caddy, PORTS.program];
    let [at, instance] = [first, await startGraceful(folder, { port: first, version: '1.0.0' })];
    const proxy = await front.start(folder, { port, upstream: at });
    return {
      port,
      async next(version) {
        const former = instance;
        at = at === first ? first + 1 : first;
        instance = await startGraceful(folder, { port: at, version });
        await proxy.switchTo(at);
        // nginx returns before its new workers are there.
        await answers(port, (body) => body.startsWith(`${version} `));
        await former.stop();
      },
      async stop() {
        await proxy.stop();
        await instance.stop();
      },
    };
  };
}

async function alone(folder: string): Promise<Running> {
  const port = PORTS.program;
  let instance = await startGraceful(folder, { port, version: '1.0.0' });
  return {
    port,
    async next(version) {
      await instance.stop();
      instance = await startGraceful(folder, { port, version });
    },
    stop: () => instance.stop(),
  };
}
