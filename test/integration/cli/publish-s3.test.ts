import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { slipway, startCli } from '../../fixtures/slipway.ts';
import { awsEnvironment, s3Server } from '../../support/s3.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A bucket of its own on a real server, and the command line of a build machine that publishes to it. */
async function bucket() {
  const server = await s3Server();
  const { endpoint, ...credentials } = server;
  const name = `publish-${randomUUID()}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  const network = await tcpProxy({ port: Number(new URL(endpoint).port) });
  const folder = temporaryFolder();
  const env = { ...awsEnvironment(server), TMPDIR: folder };
  const args = (version: string, content: string | Buffer, ...more: string[]) => {
    const release = path.join(folder, randomUUID());
    fs.mkdirSync(release);
    fs.writeFileSync(path.join(release, 'server.js'), content);
    const to = ['--to', `s3://${name}/releases`, '--endpoint', `http://127.0.0.1:${network.port}`];
    return ['publish', release, '--app', 'demo', '--version', version, ...to, '--json', ...more];
  };
  const publish = (...of: Parameters<typeof args>) => slipway(args(...of), { env });
  const publishAs = (others: Record<string, string>, version: string) =>
    slipway(args(version, 'one'), { env: { ...env, ...others } });
  const start = (...of: Parameters<typeof args>) => startCli(args(...of), { env });
  return { name, network, publish, publishAs, start };
}

test('a bucket of S3 is published to: once, again, and refused with other bytes', async () => {
  const { name, publish } = await bucket();
  const first = await publish('1.0.0', 'one');
  expect(first).toMatchObject({ status: 0 });
  expect(JSON.parse(first.stdout)).toMatchObject({
    archive: `s3://${name}/releases/dist/demo/demo-1.0.0.tar.gz`,
    outcome: 'published',
  });
  expect((await publish('1.0.0', 'one')).stdout).toContain('"unchanged"');
  expect(await publish('1.0.0', 'two')).toMatchObject({ status: 1 });
  expect((await publish('1.0.0', 'two', '--force')).stdout).toContain('"published"');
  const kept = await publish('1.1.0', 'three', '--keep', '1');
  expect(JSON.parse(kept.stdout).removed).toEqual(['dist/demo/demo-1.0.0.tar.gz']);
});

test('who may not publish is told why, of current.json, and that nothing was written', async () => {
  const { name, network, publishAs } = await bucket();
  const told = async (others: Record<string, string>) =>
    JSON.parse((await publishAs(others, '1.0.0')).stdout).error;
  const current = `s3://${name}/releases/versions/demo/production/current.json`;
  expect(await told({ AWS_SECRET_ACCESS_KEY: 'another' })).toMatchObject({
    code: 'bucket_credentials',
    message: `${current}: the secret access key is not the right one`,
    hint: expect.stringMatching(/; nothing was written$/),
  });
  network.down = true;
  expect(await told({})).toMatchObject({
    message: `${current} cannot be reached: the connection was cut`,
    hint: 'nothing was written',
  });
});

test('of publishers to a bucket of S3 at once, those who did not win are told', async () => {
  const { publish } = await bucket();
  await publish('1.0.0', 'one');
  const all = await Promise.all(['2.0.0', '3.0.0', '4.0.0'].map((version) => publish(version, version)));
  const won = all.filter(({ status }) => status === 0);
  expect(won.length).toBeGreaterThan(0);
  for (const { status, stdout } of all)
    if (status !== 0) expect(JSON.parse(stdout).error.code).toBe('publish_conflict');
  // What is offered is of one who was told that he had won.
  const outcomes = await Promise.all(
    ['2.0.0', '3.0.0', '4.0.0'].map((each) => publish(each, each, '--dry-run')),
  );
  const offered = outcomes.findIndex(({ stdout }) => JSON.parse(stdout).outcome === 'unchanged');
  expect(all[offered]).toMatchObject({ status: 0 });
});

test('a publisher that is killed while it sends goes on with what is there', async () => {
  const { network, publish, start } = await bucket();
  const content = Buffer.alloc(30 * 1024 ** 2);
  for (let at = 0; at < content.length; at += 4) content.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  const { child, ended } = start('1.0.0', content);
  network.sent = 0;
  await waitFor('more than a part to be sent', () => network.sent > 20 * 1024 ** 2);
  child.kill('SIGKILL');
  await ended;
  network.sent = 0;
  expect(await publish('1.0.0', content)).toMatchObject({ status: 0 });
  expect(network.sent).toBeLessThan(24 * 1024 ** 2);
});
