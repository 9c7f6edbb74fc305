import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request } from '../../support/haproxy.ts';
import {
  bundleKilledAgent,
  entriesOf,
  hasEnded,
  ONE_BY_ONE_MS,
  runUntilKilled,
  tellKillPoints,
  untilEnded,
} from '../../support/kill-points.ts';
import { trialsOf } from '../../support/kill-trials.ts';
import { proxyLoad } from '../../support/proxy-load.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const HOST = 'web.test';

test.each([
  ['an overlapping roll-out', 'deployment', {}],
  ['a canary', 'canary', { canary: { share: '50%', for: '300ms', max_errors: '1%' } }],
])(
  'no request fails whatever entry of %s the agent is killed at',
  async (_, own, app) => {
    const program = await bundleKilledAgent();
    const http = await freePorts(1);
    const workshop = await Workshop.running({
      replicas: 1,
      app: { domains: [HOST], prove_after: '50ms', roll_out: { drain: '2s' }, ...app },
      host: { proxy: { http: `127.0.0.1:${http}` } },
    });
    await waitFor('the proxy', async () => (await request(http, HOST)).status === 200, SELDOM);
    const { end } = proxyLoad(http, { host: HOST, connections: 4 });
    let release = 1;
    /** The next version is on offer, and an agent takes over that kills itself. */
    const rollOut = async (point: { at: number; moment: string }) => {
      await workshop.kill();
      workshop.publish(`${++release}.0.0`);
      return runUntilKilled({ workshop, program }, { ...point, order: '' });
    };

    const undisturbed = await rollOut({ at: 1_000_000, moment: 'after' });
    await isAtRest(workshop, `${release}.0.0`);
    const entries = entriesOf(workshop);
    expect(entries).toContain('web/1: the successor takes over');
    expect(hasEnded(undisturbed)).toBe(false);
    const trials = trialsOf(entries, { own });
    for (const { at, moment, entry } of trials) {
      const name = `${moment} "${entry}" (entry ${at} of ${entries.length})`;
      const killed = await rollOut({ at, moment });
      let looks = 0;
      // Which entries there are depends on the moment at which processes end: one may come to rest before its last.
      const hasComeToRest = async () =>
        ++looks % 25 === 0 && (await workshop.lastDeployment())?.ended_at !== null;
      await untilEnded(workshop, killed, { what: `the agent to be killed ${name}`, orWhen: hasComeToRest });
      await workshop.kill();
      await workshop.start();
      await isAtRest(workshop, `${release}.0.0`, name);
    }
    tellKillPoints(trials.length, trials.length);
    const answers = await end();
    expect(answers.filter((answer) => !/^\d+\.0\.0$/.test(answer))).toEqual([]);
    // One after the other, and none comes back.
    const seen = [...new Set(answers)];
    expect(seen).toEqual(seen.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)));
    expect(seen.at(-1)).toBe(`${release}.0.0`);
  },
  ONE_BY_ONE_MS,
);

/** One process of the app, with the version, that `current` leads to. */
async function isAtRest(workshop: Workshop, version: string, name = 'never'): Promise<void> {
  await waitFor(
    `one process with ${version}, killed ${name}`,
    async () => {
      const deployment = await workshop.lastDeployment();
      const app = await workshop.app();
      const servers = workshop.servers();
      const [instance] = app.instances;
      if (
        deployment?.version === version &&
        deployment.state === 'succeeded' &&
        app.state === 'running' &&
        instance?.successor === null &&
        servers.length === 1 &&
        servers[0] === instance.pid &&
        instance.version === version &&
        fs.readlinkSync(path.join(workshop.data, 'service/web/1/current')).endsWith(`.${version}`)
      )
        return true;
      throw new Error(
        `${JSON.stringify(app)} ${JSON.stringify(servers)} ${JSON.stringify(deployment)} ${workshop.agentOutput().slice(-2000)}`,
      );
    },
    { intervalMs: 100, atMostMs: 600_000 },
  );
  // A request that waits for an instance does not fail; here none had to: the one that serves was never stopped.
  expect(workshop.agentOutput(), `killed ${name}`).not.toContain('web/1 is stopping');
}
