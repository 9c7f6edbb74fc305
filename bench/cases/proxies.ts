import fs from 'node:fs';
import path from 'node:path';
import { run } from '../commands.ts';
import type { Figure } from '../figures.ts';
import { answers, caddy, nginx } from '../fronts.ts';
import { HOST, PORTS, startSlipwayInFront } from '../graceful.ts';
import type { Case } from '../workshop.ts';

const CONNECTIONS = 40;

export const proxies: Case = {
  title: 'What a proxy costs',
  about:
    'One program in Node, which answers with a few bytes: asked itself, and through the HAProxy of Slipway (its configuration ' +
    'as it is, access log and all), nginx and Caddy, without access logs, each with kept connections on both sides (wrk). ' +
    `How long an answer takes: over one connection, one request after the other. Requests a second: over ${CONNECTIONS}.`,
  async run({ folder, runs, quick, cleanUp, say }) {
    const { slipway: http, program: port, nginx: byNginx, caddy: byCaddy } = PORTS;
    const agent = await startSlipwayInFront(folder, { http, port });
    cleanUp.defer(() => agent.stop());
    await agent.deploy('1.0.0');
    for (const [front, at] of [
      [nginx, byNginx],
      [caddy, byCaddy],
    ] as const) {
      const running = await front.start(folder, { port: at, upstream: port });
      cleanUp.defer(() => running.stop());
    }
    await answers(port);
    const targets = [
      ['direct', port],
      ["Slipway's HAProxy", http],
      ['nginx', byNginx],
      ['Caddy', byCaddy],
    ] as const;
    const figures: Figure[] = [];
    const note = (work: string, of: string, unit: Figure['unit'], value: number) => {
      const known = figures.find((figure) => figure.work === work && figure.of === of);
      if (known) known.values.push(value);
      else figures.push({ work, of, unit, values: [value] });
    };
    const script = path.join(folder, 'report.lua');
    fs.writeFileSync(script, REPORT);
    const seconds = quick ? 2 : 5;
    for (let round = 1; round <= runs; round++) {
      for (const [of, at] of targets) {
        const one = await load(at, { connections: 1, seconds, script });
        note('an answer, half within', of, 'ms', one.p50Ms);
        note('an answer, 99 of 100 within', of, 'ms', one.p99Ms);
        const many = await load(at, { connections: CONNECTIONS, seconds, script });
        note('requests a second', of, 'requests', many.perSecond);
        note(`99 of 100 within, over ${CONNECTIONS} connections`, of, 'ms', many.p99Ms);
      }
      say(`run ${round} of ${runs}`);
    }
    return figures.toSorted((a, b) => a.work.localeCompare(b.work));
  },
};

/** wrk's own words round latencies. */
const REPORT = `done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
`;

async function load(
  port: number,
  { connections, seconds, script }: { connections: number; seconds: number; script: string },
): Promise<{ perSecond: number; p50Ms: number; p99Ms: number }> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, '-H', `Host: ${HOST}`];
  const output = await run('wrk', [...args, `http://127.0.0.1:${port}/`]);
  const [, perSecond, p50Ms, p99Ms, errors] =
    /RESULT (\S+) (\S+) (\S+) (\S+)/.exec(output)?.map(Number) ?? [];
  if (perSecond === undefined || p50Ms === undefined || p99Ms === undefined || errors !== 0)
    throw new Error(`wrk at port ${port}: ${output}`);
  return { perSecond, p50Ms, p99Ms };
}
