import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

test('an agent whose program, and then its data, is moved away for a while says so and goes on', async () => {
  const workshop = await Workshop.make({ replicas: 1, app: { prove_after: '2s' } });
  const { data, folder } = workshop;
  const program = path.join(folder, 'slipway');
  for (const part of ['bin', 'dist', 'package.json'])
    fs.cpSync(path.join(ROOT, part), path.join(program, part), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(program, 'node_modules'));
  const log = fs.openSync(path.join(folder, 'agent.out'), 'a');
  const launcher = path.join(program, 'bin/slipway');
  workshop.agent = spawn(launcher, ['agent', '--config', workshop.configFile], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  fs.closeSync(log);
  const said = (text: string | RegExp) => workshop.agentOutput().search(text) !== -1;
  await waitFor('the agent to be up', () => said('is up after'), SELDOM);

  // What is loaded with the first request is not there.
  fs.renameSync(`${program}/dist`, `${program}/dist.away`);
  await expect(workshop.app()).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('could not be loaded'),
  });
  await waitFor('the word on it', () => said('A part of the API cannot be loaded'), SELDOM);
  fs.renameSync(`${program}/dist.away`, `${program}/dist`);
  await waitFor('the agent to answer', async () => (await workshop.app()).name === 'web', SELDOM);

  workshop.publish('1.0.0');
  await waitFor('it to prove', async () =>
    (await workshop.lastDeployment())?.steps.some(
      ({ name, state }) => name === 'prove' && state === 'running',
    ),
  );
  fs.renameSync(data, `${data}.away`);
  await waitFor('the deployment to end', () => said(/deployment 1 of 1\.0\.0 succeeded/), SELDOM);
  await waitFor('what it could not do', () => said('what is no longer needed was not removed'), SELDOM);
  fs.rmSync(data, { recursive: true, force: true });
  fs.renameSync(`${data}.away`, data);
  expect(await workshop.untilDeployed('1.0.0')).toMatchObject({ reason: null });
  const [instance] = (await workshop.untilState('running')).instances;
  process.kill(instance?.pid ?? 0, 'SIGKILL');
  await waitFor('a successor', async () => (await workshop.app()).instances[0]?.restarts.crash === 1, SELDOM);
  expect(workshop.agent.exitCode).toBe(null);
});
