import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { slipway } from '../../fixtures/slipway.ts';
import { freePorts } from '../../support/free-port.ts';
import { awsEnvironment, s3Gateway, s3Server } from '../../support/s3.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** An app whose releases are in a bucket of S3, by a gateway of its own that may be ended. */
async function appOfBucket() {
  const server = await s3Server();
  const { endpoint, ...credentials } = server;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  const Bucket = `web-prod-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  const port = await freePorts(1);
  const network = await tcpProxy({ port });
  const url = `s3://${Bucket}`;
  const source = { type: 'bucket', url, endpoint: `http://127.0.0.1:${network.port}`, poll: '100ms' };
  const workshop = await Workshop.make({ replicas: 2, app: { source }, env: awsEnvironment(server) });

  async function put(Key: string, Body: Uint8Array | string): Promise<void> {
    await client.send(new PutObjectCommand({ Bucket, Key, Body }));
  }

  async function publish(version: string, hash?: string): Promise<void> {
    workshop.bucket.putProgram(version);
    const archive = fs.readFileSync(workshop.bucket.archive(version));
    const digest = hash ?? createHash('sha256').update(archive).digest('hex');
    await put(`dist/web/web-${version}.tar.gz`, archive);
    await put('versions/web/production/current.json', JSON.stringify({ version, hash: `sha256:${digest}` }));
  }
  return { workshop, network, publish, gateway: () => s3Gateway(port), url };
}

test('while the S3 server is down all runs on, one line says so, and it goes on by itself', async () => {
  const { workshop, network, publish, gateway } = await appOfBucket();
  const { pid } = await gateway();
  await publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const before = await workshop.ask(1);

  process.kill(pid, 'SIGKILL');
  await untilSource(workshop, 'error');
  network.connections = 0;
  await waitFor('many looks in vain', () => network.connections > 20, SELDOM);
  expect(await workshop.ask(1)).toEqual(before);
  expect((await workshop.app()).state).toBe('running');
  const words = /web: s3:.* cannot be reached: the connection was cut/g;
  expect(workshop.agentOutput().match(words)).toHaveLength(1);

  // An agent that starts meanwhile finds what runs, and waits as well.
  await workshop.kill();
  await workshop.start();
  await untilSource(workshop, 'error');
  expect(await workshop.ask(1)).toEqual(before);
  expect(workshop.agentOutput().match(words)).toHaveLength(2);

  await publish('1.1.0');
  await gateway();
  await workshop.untilDeployed('1.1.0');
  expect((await workshop.ask(2)).version).toBe('1.1.0');
  expect(workshop.agentOutput().match(words)).toHaveLength(2);
});

test('an archive in S3 with another checksum is refused, and versions of the bucket are told', async () => {
  const { workshop, publish, gateway, url } = await appOfBucket();
  await gateway();
  await publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  await publish('1.1.0', '0'.repeat(64));
  const failed = await workshop.untilDeployed('1.1.0', 'failed');
  expect(failed.reason).toContain('SHA-256');
  expect((await workshop.ask(1)).version).toBe('1.0.0');
  const cache = path.join(workshop.data, 'cache/web');
  expect(fs.globSync('**/*.{gz,part}', { cwd: cache }), 'what was refused is not kept').toEqual([]);

  const socketPath = path.join(workshop.data, 'slipway.sock');
  const { status, stderr } = await slipway(['deploy', 'web', '--version', '2.0.0'], { socketPath });
  expect(status).toBe(1);
  expect(stderr).toContain(`${url}/dist/web/web-2.0.0.tar.gz does not exist`);
  expect(stderr).toContain('there are 1.1.0, 1.0.0');
});

async function untilSource(workshop: Workshop, state: string): Promise<void> {
  await waitFor(
    `the source to be ${state}`,
    async () => (await workshop.app()).source.state === state,
    SELDOM,
  );
}
