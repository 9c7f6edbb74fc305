import http from 'node:http';
import { onTestFinished } from 'vitest';
import { freePorts } from './free-port.ts';
import { request } from './haproxy.ts';
import { SELDOM, waitFor } from './wait-for.ts';
import { Workshop } from './workshop.ts';

const HOST = 'web.test';

/** Asks for the new release, where there is one on trial. */
export const ASKED = { headers: { 'slipway-canary': '1' } };
/** The program takes so long for each answer. */
export const USUAL = { WEB_ANSWER_AFTER_MS: 4 };

/** One instance of 1.0.0 behind the proxy, whose successors have a canary. */
export async function canaryWorkshop(canary: Record<string, unknown>) {
  const port = await freePorts(1);
  const spare_port = await freePorts(2);
  const app = { domains: [HOST], roll_out: { strategy: 'overlap', drain: '5s', spare_port }, canary };
  const host = { proxy: { http: `127.0.0.1:${port}` } };
  const workshop = await Workshop.make({ replicas: 1, app, host });
  workshop.publish('1.0.0', USUAL);
  await workshop.start();
  const first = await workshop.untilDeployed('1.0.0');
  const version = async (options: Parameters<typeof request>[2] = {}) =>
    JSON.parse((await request(port, HOST, options)).body).version;
  await waitFor('the proxy', async () => (await version()) === '1.0.0', SELDOM);
  const step = async () => (await workshop.lastDeployment())?.steps.find(({ name }) => name === 'canary');
  const untilOnTrial = () =>
    waitFor('the canary', async () => (await version(ASKED).catch(() => null)) === '2.0.0', SELDOM);
  return { workshop, port, first, version, step, untilOnTrial };
}

/** Asks all the time, each time as a new visitor, and counts what it gets. */
export function visitors(port: number, connections = 8) {
  const counts = { answered: new Map<string, number>(), failed: 0, lost: 0 };
  let isOver = false;
  const asking = Array.from({ length: connections }, async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver)
      try {
        const { status, body } = await request(port, HOST, { agent });
        const version = status === 200 ? String(JSON.parse(body).version) : null;
        if (version !== null) counts.answered.set(version, (counts.answered.get(version) ?? 0) + 1);
        else if (status === 500) counts.failed += 1;
        else counts.lost += 1;
      } catch {
        counts.lost += 1;
        await new Promise(setImmediate);
      }
    agent.destroy();
  });
  const end = async () => {
    isOver = true;
    await Promise.all(asking);
    return counts;
  };
  onTestFinished(async () => void (await end()));
  return { end };
}
