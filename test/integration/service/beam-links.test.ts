import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { format } from '../../../src/otp/index.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { SHORT_HOST } from '../../support/erlang-node.ts';
import { connectTo, deployed, hotWorkshop, kindsOf, lives, untilConnected } from '../../support/hot.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import type { Workshop } from '../../support/workshop.ts';

let releases: OtpReleases;
beforeAll(() => {
  releases = otpReleases();
});

test('the agent is connected to every instance, also to a successor, and not seen in nodes()', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 2 });
  const app = await deployed(workshop, '0.1.1');
  expect(app.instances.map(({ otp }) => otp)).toEqual(
    [1, 2].map((instance) => ({
      ...{ node: `demo_app-${instance}@${SHORT_HOST}`, connected: true, tls: false, reason: null },
    })),
  );
  await untilNodes(workshop, [`'demo_app-2@${SHORT_HOST}'`]);

  process.kill(app.instances[1]?.pid ?? 0, 'SIGKILL');
  const successor = async () => {
    const now = await workshop.app();
    return now.instances[1]?.restarts.crash === 1 && now.instances[1].otp?.connected && now;
  };
  const after = await waitFor('the successor to be connected', successor, SELDOM);
  expect(after.instances[1]?.pid).not.toBe(app.instances[1]?.pid);
  await untilNodes(workshop, [`'demo_app-2@${SHORT_HOST}'`]);

  const client = await workshop.client();
  await client.stop({ app: 'demo_app', instance: '2' });
  expect((await workshop.app()).instances[1]?.otp).toMatchObject({ connected: false, tls: false });
}, 300_000);

test('instances are left apart where the configuration says so', async () => {
  const workshop = await hotWorkshop(releases, {
    replicas: 2,
    app: { otp: { connect_instances: false } },
  });
  await deployed(workshop, '0.1.1');
  expect(await nodesOf(workshop)).toBe('[]');
}, 300_000);

test.each([
  ['status says that a link by TLS is mutual, and an upgrade goes over it', true],
  ['status says that a link by TLS is not mutual where the node lets strangers in', false],
])(
  '%s',
  async (_, isMutual) => {
    const certificates = await makeCertificates(temporaryFolder());
    const workshop = await hotWorkshop(releases, {
      replicas: 1,
      app: {
        env: { DIST_TLS_OPTFILE: certificates.optionsFile({ isMutual }) },
        otp: { tls: { ...certificates.node, ca: certificates.ca } },
      },
    });
    const before = await deployed(workshop, '0.1.1');
    expect(before.instances[0]?.otp).toMatchObject({ connected: true, tls: isMutual });
    if (!isMutual) return;
    const after = await deployed(workshop, '0.1.2');
    expect(lives(after)).toEqual(lives(before));
    expect(kindsOf(after)).toEqual(['hot']);
    expect((await untilConnected(workshop)).instances[0]?.otp?.tls).toBe(true);
    expect(fs.readFileSync(workshop.logFile(1, 'stdout'), 'utf8')).not.toMatch(/alert/i);
  },
  300_000,
);

/** What instance 1 sees. */
async function nodesOf(workshop: Workshop): Promise<string> {
  const connection = await connectTo(workshop, 1);
  try {
    return format(await connection.rpc('erlang', 'nodes', []));
  } finally {
    connection.close();
  }
}

async function untilNodes(workshop: Workshop, nodes: string[]): Promise<void> {
  const isSeen = async () => {
    const seen = await nodesOf(workshop);
    if (seen === `[${nodes.join(',')}]`) return true;
    throw new Error(seen);
  };
  await waitFor(`instance 1 to see ${nodes.join(', ')}`, isSeen, SELDOM);
}
