import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

test('a Node program goes live, rolls, and a bad version is taken back everywhere and ghosted', async () => {
  const workshop = await Workshop.running();
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  expect(await versions(workshop)).toEqual(['1.1.0', '1.1.0', '1.1.0']);

  // However slow this machine is, it is not proven before it has ended.
  await reconfigure(workshop, { prove_after: '10m' });
  workshop.publish('1.2.0', { WEB_EXIT_AFTER_MS: 700, WEB_STDERR: 'error: bad release' });
  const bad = await workshop.untilDeployed('1.2.0', 'rolled_back');
  expect(bad.reason).toContain('error: bad release');
  const app = await workshop.untilState('running');
  expect(await versions(workshop)).toEqual(['1.1.0', '1.1.0', '1.1.0']);
  expect(app.ghosted.map(({ version }) => version)).toEqual(['1.2.0']);
  const client = await workshop.client();
  const releases = await client.releases({ app: 'web' });
  expect(releases.find(({ number }) => number === 3)).toMatchObject({
    version: '1.2.0',
    state: 'failed',
    proven: false,
  });
  expect(releases.find(({ number }) => number === 2)).toMatchObject({
    version: '1.1.0',
    state: 'live',
    proven: true,
  });

  // A ghosted version wants force, and a person's deploy of it is refused in words.
  await expect(client.deploy({ app: 'web', version: '1.2.0' })).rejects.toMatchObject({
    code: 'version_ghosted',
  });
  // Published anew with another hash it is a new offer.
  await reconfigure(workshop, { prove_after: '100ms' });
  workshop.publish('1.2.0', {}, { hash: 'mended' });
  await workshop.untilDeployed('1.2.0');
  expect(await versions(workshop)).toEqual(['1.2.0', '1.2.0', '1.2.0']);
});

test('pre-commands run once, in the new release, and one that fails leaves all as it was', async () => {
  const marker = path.join(temporaryFolder(), 'ran');
  const workshop = await Workshop.running({ app: { env: { MARKER: marker } } });
  const before = await workshop.app();

  workshop.publish(
    '1.1.0',
    {},
    {
      hash: 'a',
      pre_commands: ['sh -c "echo first; pwd; echo to stderr >&2; exit 4"', 'sh -c "echo never"'],
    },
  );
  const failed = await workshop.untilDeployed('1.1.0', 'failed');
  expect(failed.reason).toContain('exit status 4');
  const output = failed.steps.find(({ name }) => name.startsWith('pre-command'))?.output ?? [];
  expect(output).toContain('first');
  expect(output).toContain('to stderr');
  expect(output.some((line) => line.endsWith('/release/deployment_2.1.1.0'))).toBe(true);
  expect((await workshop.app()).instances.map(({ pid }) => pid)).toEqual(
    before.instances.map(({ pid }) => pid),
  );

  workshop.publish('1.1.0', {}, { hash: 'b', pre_commands: [`sh -c 'echo once >> "$MARKER"'`] });
  await workshop.untilDeployed('1.1.0');
  expect(fs.readFileSync(marker, 'utf8')).toBe('once\n');
});

test('a release without what starts it touches no instance, and a folder around it is left out', async () => {
  const workshop = await Workshop.make({ replicas: 1, app: { start: './run', ready: { alive: '10ms' } } });
  const run = '#!/bin/sh\nexec sleep 600\n';
  workshop.bucket.putFiles('1.0.0', { 'out/run': run });
  workshop.bucket.offer({ version: '1.0.0' });
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const before = (await workshop.app()).instances[0]?.pid;

  workshop.bucket.putFiles('1.1.0', { 'out/server': run, README: '' });
  workshop.bucket.offer({ version: '1.1.0' });
  const failed = await workshop.untilDeployed('1.1.0', 'failed');
  expect(failed.reason).toContain('has no ./run, which `start` names: at its top is README, out/');
  expect(failed.steps.find(({ state }) => state === 'failed')?.name).toBe('unpack');

  // What a pre-command is to make is looked for when all of them have run.
  workshop.bucket.putFiles('1.2.0', { server: run });
  workshop.bucket.offer({ version: '1.2.0', pre_commands: ['true'] });
  const unmade = await workshop.untilDeployed('1.2.0', 'failed');
  expect(unmade.steps.find(({ state }) => state === 'failed')?.name).toBe('sync');
  expect((await workshop.app()).instances[0]?.pid).toBe(before);
  workshop.bucket.offer({ version: '1.2.0', hash: 'made', pre_commands: ['cp server run'] });
  await workshop.untilDeployed('1.2.0');
});

test('a rollback goes to the last proven release and pins it until it is unpinned', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  const client = await workshop.client();
  await client.rollback({ app: 'web' });
  const rolled = await workshop.untilDeployed('1.0.0');
  expect(rolled.kind).toBe('rollback');
  expect((await workshop.app()).pinned).toBe('1.0.0');
  workshop.publish('1.2.0');
  await client.unpin({ app: 'web' });
  await workshop.untilDeployed('1.2.0');
  expect((await workshop.app()).pinned).toBeNull();
});

test('a deployment that is cancelled in its roll-out leaves live what was, on every instance', async () => {
  const workshop = await Workshop.running();
  workshop.publish('1.1.0', { WEB_START_DELAY_MS: 600_000 });
  const running = await workshop.untilDeployed('1.1.0', 'running');
  const client = await workshop.client();
  await untilStep(workshop, 'roll-out', 'running');
  await expect(client.deploy({ app: 'web' })).rejects.toMatchObject({ code: 'busy' });
  await client.cancel({ id: running.id });
  await workshop.untilDeployed('1.1.0', 'cancelled');
  await workshop.untilState('running');
  expect(await versions(workshop)).toEqual(['1.0.0', '1.0.0', '1.0.0']);
  // Cancelled by a person: automatic deployment does not try the same offer again.
  expect((await workshop.lastDeployment())?.id).toBe(running.id);
});

test('an instance that does not become ready in time takes the whole app back', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  await reconfigure(workshop, { rollback_after: '2s' });
  workshop.publish('1.1.0', { WEB_START_DELAY_MS: 600_000 });
  const back = await workshop.untilDeployed('1.1.0', 'rolled_back');
  expect(back.reason).toContain('no readiness within 2.0s');
  await workshop.untilState('running');
  expect((await workshop.ask(1)).version).toBe('1.0.0');
});

test('with nothing to go back to a bad first release fails, and is kept trying until it is up', async () => {
  const workshop = await Workshop.make({ replicas: 1, app: { restart: { max_delay: '100ms' } } });
  workshop.publish('1.0.0', { WEB_EXIT_AFTER_MS: 1 });
  await workshop.start();
  await workshop.untilDeployed('1.0.0', 'failed');
  const app = await workshop.app();
  expect(app.ghosted).toEqual([]);
  expect(['starting', 'backoff']).toContain(app.instances[0]?.state);
  // What was wrong is put right on the host: the next try comes up.
  const file = path.join(workshop.data, 'service/web/1/current/behaviour.json');
  fs.writeFileSync(file, '{}');
  await workshop.untilState('running');
});

async function reconfigure(workshop: Workshop, change: Record<string, unknown>): Promise<void> {
  workshop.configure(change);
  await (await workshop.client()).applyConfiguration();
}

async function versions(workshop: Workshop): Promise<string[]> {
  return await Promise.all([1, 2, 3].map(async (instance) => (await workshop.ask(instance)).version));
}

async function untilStep(workshop: Workshop, name: string, state: string): Promise<void> {
  await waitFor(
    `${name} to be ${state}`,
    async () =>
      (await workshop.lastDeployment())?.steps.some((step) => step.name === name && step.state === state),
    SELDOM,
  );
}
