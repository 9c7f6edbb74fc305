import { expect } from 'vitest';
import type { App } from '../../src/api/index.ts';
import { Connection } from '../../src/otp/index.ts';
import { freePorts } from './free-port.ts';
import type { OtpReleases } from './otp-releases.ts';
import { SELDOM, waitFor } from './wait-for.ts';
import { Workshop, type WorkshopOptions } from './workshop.ts';

/** A workshop for releases of Erlang and Elixir, with an epmd of its own: the host's, and other tests', are left alone. */
export async function hotWorkshop(
  releases: OtpReleases,
  options: WorkshopOptions & { runtime?: 'elixir' | 'erlang' } = {},
): Promise<Workshop> {
  const { runtime = 'elixir', app, ...rest } = options;
  const name = runtime === 'elixir' ? 'demo_app' : 'demo_erl';
  const workshop = await Workshop.make({
    name,
    ...rest,
    app: { runtime, start: undefined, ready: { http: '/' }, prove_after: '500ms', ...app },
    env: { ERL_EPMD_PORT: String(await freePorts(1)), ...options.env },
  });
  const versions =
    runtime === 'elixir'
      ? ['0.1.0', '0.1.1', '0.1.2', '0.1.5', '0.1.6', '0.1.7', '0.1.8']
      : ['0.1.0', '0.1.1', '0.1.3'];
  for (const version of versions) workshop.bucket.put(version, releases[runtime](version));
  return workshop;
}

/** Offers the version and waits until it is live and connected on all instances. */
export async function deployed(workshop: Workshop, version: string): Promise<App> {
  workshop.bucket.offer({ version, hash: 'local' });
  if (workshop.agent === null) await workshop.start();
  await workshop.untilDeployed(version);
  return await untilConnected(workshop);
}

export async function untilConnected(workshop: Workshop): Promise<App> {
  return await waitFor(
    'all instances to run and to be connected',
    async () => {
      const app = await workshop.app();
      const isConnected = app.instances.every(({ otp }) => otp?.connected);
      if (app.state === 'running' && isConnected) return app;
      throw new Error(JSON.stringify(app));
    },
    SELDOM,
  );
}

/** What stays as it is in an instance that is upgraded while it runs. */
export function lives(app: App) {
  return app.instances.map(({ pid, restarts, last_exit }) => ({ pid, restarts, last_exit }));
}

export function versionsOf(app: App): (string | null)[] {
  return app.instances.map(({ version }) => version);
}

export function kindsOf(app: App): string[] {
  return app.instances.map(({ deployment_kind }) => deployment_kind);
}

/** Every line that the steps of the newest deployment wrote. */
export async function outputOf(workshop: Workshop): Promise<string> {
  const deployment = await workshop.lastDeployment();
  expect(deployment).not.toBeNull();
  return (deployment?.steps ?? []).flatMap(({ output }) => output).join('\n');
}

/** A connection of the test's own to instance i. */
export async function connectTo(workshop: Workshop, instance: number): Promise<Connection> {
  const node = (await workshop.app()).instances[instance - 1]?.otp?.node ?? '';
  return await Connection.open({
    local: `test-${process.pid}@${node.split('@')[1]}`,
    peer: node,
    cookie: 'cookie',
    tls: null,
    epmdPort: Number(workshop.env.ERL_EPMD_PORT),
    timeoutMs: 60_000,
  });
}
