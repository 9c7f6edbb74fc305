import { expect, test } from 'vitest';
import type { DeploymentWithSteps } from '../../../src/api/index.ts';
import * as shapes from '../../../src/api/shapes.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { deployment, ended, step } from '../../fixtures/api-states.ts';
import { type FakeAgent, serveFake } from '../../fixtures/serve-fake.ts';
import { slipway, startCli } from '../../fixtures/slipway.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A deployment that has just begun, and a command line that follows it. */
async function startDeploy(args: string[] = [], agent?: FakeAgent) {
  const fake = agent ?? (await serveFake());
  fake.backend.put(deployment());
  const cli = startCli(args.length === 0 ? ['deploy', 'shop'] : args, { socketPath: fake.socketPath });
  await waitFor('the deployment to be followed', () => cli.seen.stderr.includes('(deployment 7)'));
  return { ...fake, cli };
}

test('each step is told when it starts and when it ends, with what it prints', async () => {
  const { backend, cli } = await startDeploy();
  const running = step('migrate', { state: 'running', duration_ms: null });
  backend.put(deployment({ steps: [step('unpack'), running] }));
  await waitFor('the step', () => cli.seen.stderr.includes('migrate: started'));
  backend.put(deployment({ steps: [step('unpack'), { ...running, output: ['adding a column'] }] }));
  await waitFor('the output', () => cli.seen.stderr.includes('adding'));
  backend.put(
    ended('succeeded', { steps: [step('unpack'), step('migrate', { output: ['adding a column'] })] }),
  );
  expect(await cli.ended).toEqual({
    status: 0,
    signal: null,
    stdout: '',
    stderr: `
deploying shop 1.0.1 (deployment 7)
unpack: done after 1.2s
migrate: started
migrate | adding a column
migrate: done after 1.2s
✔ shop is live on 1.0.1 (deployment 7, 12.0s)
`.trimStart(),
  });
});

test.each<[string[], Partial<DeploymentWithSteps> & { state: DeploymentWithSteps['state'] }, number, RegExp]>(
  [
    [
      ['deploy', 'shop'],
      { state: 'failed', reason: 'no room' },
      1,
      /✖ shop 1\.0\.1 failed: no room .*\n  next: slipway show 7\n$/,
    ],
    [['deploy', 'shop'], { state: 'rolled_back', reason: 'it crashed' }, 5, /was taken back: it crashed/],
    [['deploy', 'shop'], { state: 'cancelled', reason: 'by bob' }, 1, /was cancelled: by bob/],
    [['deploy', 'shop'], { state: 'superseded' }, 1, /gave way to a newer deployment/],
    [
      ['rollback', 'shop'],
      { state: 'succeeded', kind: 'rollback', version: '1.0.0' },
      0,
      /shop is back on 1\.0\.0/,
    ],
    [['rollback', 'shop'], { state: 'failed', kind: 'rollback' }, 6, /failed/],
    [['show', '7', '-f'], { state: 'rolled_back' }, 5, /was taken back/],
  ],
)('%j that ends %j has the exit status %d', async (args, end, status, words) => {
  const { backend, cli } = await startDeploy(args);
  backend.put(ended(end.state, end));
  expect(await cli.ended).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(words) });
});

test('with --json the last word is the deployment as show --json has it, whatever became of it', async () => {
  const { backend, cli } = await startDeploy(['deploy', 'shop', '--json']);
  backend.put(ended('rolled_back', { steps: [step('unpack')] }));
  const { status, stdout } = await cli.ended;
  expect(status).toBe(5);
  expect(shapes.deploymentWithSteps.strict().parse(JSON.parse(stdout))).toEqual(backend.deployment(7));
});

test('the version, --force and --to reach the agent, and its notes the person', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(ended('succeeded'));
  const { stderr } = await slipway(['deploy', 'shop', '--version', '2.0', '--force'], { socketPath });
  expect(stderr).toMatch(/^pinned to 2\.0\n/);
  await slipway(['rollback', 'shop', '--to', '3'], { socketPath });
  expect(backend.calls).toMatchObject([
    { operation: 'deploy', input: { app: 'shop', version: '2.0', force: true } },
    { operation: 'rollback', input: { app: 'shop', to: 3 } },
  ]);
});

test('--dry-run shows the plan and starts nothing', async () => {
  const { backend, socketPath } = await serveFake();
  const args = ['deploy', 'shop', '--version', '2.0', '--dry-run'];
  const { status, stdout } = await slipway(args, { socketPath });
  expect(status).toBe(0);
  expect(stdout).toMatch(/shop 2\.0 would be deployed[^]*start shop\/1[^]*pre-command/);
  expect(
    shapes.plan.strict().parse(JSON.parse((await slipway([...args, '--json'], { socketPath })).stdout)),
  ).toMatchObject({ version: '2.0' });
  expect(new Set(backend.calls.map(({ operation }) => operation))).toEqual(new Set(['planDeploy']));
});

test('--detach returns at once with the id', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(deployment());
  expect(await slipway(['deploy', 'shop', '--detach'], { socketPath })).toEqual({
    status: 0,
    signal: null,
    stdout: '7\n',
    stderr: 'follow it: slipway show 7 -f\n',
  });
  const json = await slipway(['rollback', 'shop', '--detach', '--json'], { socketPath });
  expect(shapes.accepted.strict().parse(JSON.parse(json.stdout))).toEqual({ deployment: 7, notes: [] });
});

test('a deployment that is refused is not followed', async () => {
  const { backend, socketPath } = await serveFake();
  backend.failure = new SlipwayError('version_ghosted', {
    message: '2.0 is ghosted',
    next: 'slipway deploy shop --version 2.0 --force',
  });
  expect(await slipway(['deploy', 'shop'], { socketPath })).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^error: 2\.0 is ghosted/),
  });
  backend.failure = new SlipwayError('busy', { message: 'deployment 3 holds shop' });
  expect(await slipway(['deploy', 'shop'], { socketPath })).toMatchObject({ status: 7 });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'after %s the deployment goes on, and the last line says how to follow it',
  async (signal) => {
    const { backend, cli } = await startDeploy();
    cli.child.kill(signal);
    const { status, stderr } = await cli.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(/deployment 7 goes on\n  hint: .*slipway cancel 7\n  next: slipway show 7 -f\n$/);
    expect(backend.deployment(7).state).toBe('running');
    await waitFor('the stream to end', () => backend.streams === 0);
  },
);

test('after --timeout the deployment goes on as well', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(deployment());
  const args = ['show', '7', '--follow', '--timeout', '100ms', '--json'];
  const { status, stdout, stderr } = await slipway(args, { socketPath });
  expect(status).toBe(124);
  expect(stderr).toMatch(/deployment 7 goes on[^]*next: slipway show 7 -f\n$/);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'timeout', next: 'slipway show 7 -f' } });
});

test('of an interruption before the agent answered the last line says how to find out', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(deployment());
  backend.gate = new Promise(() => {});
  const { child, ended: end } = startCli(['deploy', 'shop'], { socketPath });
  await waitFor('the call', () => backend.calls.length === 1);
  child.kill('SIGINT');
  expect(await end).toMatchObject({
    status: 130,
    stderr: expect.stringMatching(/next: slipway deployments shop\n$/),
  });
});

test('a deployment is followed to its end also when the agent is away for a while', async () => {
  const { backend, cli, leave, comeBack } = await startDeploy();
  await leave();
  await waitFor('the loss to be told', () => cli.seen.stderr.includes('the agent is away'));
  backend.put(ended('succeeded', { steps: [step('unpack')] }));
  await comeBack();
  const { status, stderr } = await cli.ended;
  expect(status).toBe(0);
  expect(stderr).toMatch(/unpack: done[^]*✔ shop is live on 1\.0\.1/);
});
