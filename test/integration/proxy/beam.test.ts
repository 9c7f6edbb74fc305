import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request } from '../../support/haproxy.ts';
import { deployed, hotWorkshop, kindsOf, untilConnected, versionsOf } from '../../support/hot.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

const HOST = 'beam.test';

let releases: OtpReleases;
beforeAll(() => {
  releases = otpReleases();
});

test.each(['elixir', 'erlang'] as const)(
  'a VM of %s is restarted beside its successor, and upgraded in place in either slot',
  async (runtime) => {
    const http = await freePorts(1);
    const workshop = await hotWorkshop(releases, {
      ...{ runtime, replicas: 1, app: { domains: [HOST], roll_out: { drain: '5s' } } },
      host: { proxy: { http: `127.0.0.1:${http}` } },
    });
    const next = runtime === 'elixir' ? '0.1.2' : '0.1.3';
    const before = await deployed(workshop, '0.1.1');
    expect(before.instances[0]).toMatchObject({ slot: '1', otp: { node: expect.stringMatching(/-1@/) } });
    await waitFor('the proxy', async () => (await request(http, HOST)).status === 200, SELDOM);
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const statuses = new Set<number | string>();
    const asking = (async () => {
      while (!isOver)
        statuses.add(
          await request(http, HOST).then(
            ({ status }) => status,
            (error: Error) => error.message,
          ),
        );
    })();
    const restart = async () => {
      await (await workshop.client()).restart({ app: workshop.name });
      return await untilConnected(workshop);
    };
    const restarted = await restart();
    expect(restarted.instances[0]).toMatchObject({
      ...{ slot: '1b', version: '0.1.1', otp: { node: expect.stringMatching(/-1b@/), connected: true } },
      restarts: { crash: 0, forced: 1 },
    });
    // Both were booted from one copy; the one that is left is upgraded there.
    const upgraded = await deployed(workshop, next);
    expect([versionsOf(upgraded), kindsOf(upgraded)]).toEqual([[next], ['hot']]);
    expect(upgraded.instances[0]?.pid).toBe(restarted.instances[0]?.pid);
    const clean = await restart();
    expect(clean.instances[0]).toMatchObject({ slot: '1', version: next, deployment_kind: 'full' });
    expect(fs.readlinkSync(path.join(workshop.data, 'service', workshop.name, '1/current'))).toContain(next);
    isOver = true;
    await asking;
    expect([...statuses]).toEqual([200]);
    // Neither of the two said a word of the other.
    const said = fs.readFileSync(workshop.logFile(1, 'stdout'), 'utf8');
    expect(said).not.toMatch(/crash|error|in use/i);
  },
);
