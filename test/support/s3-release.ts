import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { slipway } from '../fixtures/slipway.ts';
import { otpReleases } from './otp-releases.ts';
import { awsEnvironment, s3Server } from './s3.ts';
import type { SystemdMachine } from './systemd-machine.ts';

const RELAY = path.join(import.meta.dirname, '../fixtures/programs/relay.js');
const PORT = 7480;
const DROP_IN = '/etc/systemd/system/slipway.service.d';

/** The Elixir release in a bucket on the S3 server, published as its users do; `surround` brings a machine to it. */
export async function elixirOnS3(version: string): Promise<{
  app: Record<string, unknown>;
  surround: (machine: SystemdMachine) => Promise<void>;
}> {
  const server = await s3Server();
  const { endpoint, ...credentials } = server;
  const Bucket = `demo-app-prod-${randomUUID()}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket }));
  const archive = otpReleases().elixir(version);
  const argv = ['publish', archive, '--app', 'demo_app', '--version', version, '--to', `s3://${Bucket}`];
  const { status, stderr } = await slipway([...argv, '--endpoint', endpoint], {
    env: awsEnvironment(server),
  });
  if (status !== 0) throw new Error(stderr);
  return {
    app: {
      ...{ name: 'demo_app', runtime: 'elixir', start: undefined },
      source: { type: 'bucket', url: `s3://${Bucket}`, endpoint: `http://127.0.0.1:${PORT}`, poll: '1s' },
    },
    surround: async (machine) => {
      await reach(machine, new URL(endpoint).port);
      const lines = Object.entries(awsEnvironment(server)).map(
        ([name, value]) => `Environment=${name}=${value}`,
      );
      await machine.run(`mkdir -p ${DROP_IN}`);
      await machine.write(`${DROP_IN}/bucket.conf`, `[Service]\n${lines.join('\n')}\n`);
    },
  };
}

/** A machine is alone in its network: by way of a Unix socket it reaches a server of this one. */
async function reach(machine: SystemdMachine, port: string): Promise<void> {
  const socket = path.join(machine.shared, `${randomUUID()}.sock`);
  await relay([process.execPath, RELAY, socket, port]);
  await relay(['nsenter', `--net=${machine.network}`, process.execPath, RELAY, String(PORT), socket]);
}

/** Resolves when it listens; it ends with the test. */
async function relay([program = '', ...argv]: string[]): Promise<void> {
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}
