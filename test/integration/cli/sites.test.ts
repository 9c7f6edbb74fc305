import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import * as shapes from '../../../src/api/shapes.ts';
import { AT, deployment, ended, shop, step } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { slipway, startCli } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const CALLER = expect.objectContaining({ trigger: 'cli', actor: expect.any(String) });

async function serveSite() {
  const fake = await serveFake();
  fake.backend.apps = [shop({ kind: 'site', instances: [] })];
  return fake;
}

/** Runs it with something on its standard input. */
function slipwayWith(input: string, args: string[], socketPath: string) {
  const cli = startCli(args, { socketPath });
  cli.child.stdin?.end(input);
  return cli.ended;
}

function fileWith(content: string, name = '.env'): string {
  const file = path.join(temporaryFolder(), name);
  fs.writeFileSync(file, content);
  return file;
}

test('variables are listed, and what looks secret is hidden, in JSON too', async () => {
  const { backend, socketPath } = await serveSite();
  backend.variables = [
    { name: 'APP_URL', value: 'https://shop.example' },
    { name: 'DB_PASSWORD', value: 'hunter22' },
  ];
  expect(await slipway(['env', 'shop'], { socketPath })).toMatchObject({
    status: 0,
    stdout: 'APP_URL=https://shop.example\nDB_PASSWORD=(hidden)\n',
    stderr: '1 of 2 values look secret; to see them: slipway env shop --reveal\n',
  });
  const json = await slipway(['env', 'shop', 'list', '--json'], { socketPath });
  expect(JSON.parse(json.stdout)).toEqual([
    { name: 'APP_URL', value: 'https://shop.example' },
    { name: 'DB_PASSWORD', value: null },
  ]);
  expect(await slipway(['env', 'shop', 'list', '--reveal'], { socketPath })).toMatchObject({
    stdout: 'APP_URL=https://shop.example\nDB_PASSWORD=hunter22\n',
    stderr: '',
  });
  const revealed = await slipway(['env', 'shop', '--reveal', '--json'], { socketPath });
  expect(z.array(shapes.envVariable.strict()).parse(JSON.parse(revealed.stdout))).toEqual(backend.variables);
});

test('env set sends what is in the arguments, the file and on stdin, and follows the change', async () => {
  const { backend, socketPath } = await serveSite();
  backend.put(ended('succeeded', { kind: 'env', steps: [step('env')] }));
  const file = fileWith('# ours\nA=1\nB="two words"\nC=3\n');
  const args = ['env', 'shop', 'set', 'B=2=2', 'EMPTY=', 'KEY', '--file', file];
  expect(await slipwayWith('from\nstdin\n', args, socketPath)).toMatchObject({
    status: 0,
    stdout: '',
    stderr: expect.stringMatching(
      /^changing the \.env of shop \(deployment 7\)\nenv: done [^]*✔ the \.env of shop is changed/,
    ),
  });
  const set = { A: '1', B: '2=2', C: '3', EMPTY: '', KEY: 'from\nstdin' };
  expect(backend.calls).toEqual([
    { operation: 'changeEnv', input: { app: 'shop', set, unset: [], caller: CALLER } },
  ]);
});

test('env unset sends the names, and has the exit status of the deployment', async () => {
  const { backend, socketPath } = await serveSite();
  backend.put(ended('rolled_back', { kind: 'env', reason: 'a worker did not start' }));
  const { status, stdout } = await slipway(['env', 'shop', 'unset', 'A', 'B', '--json'], { socketPath });
  expect(status).toBe(5);
  expect(shapes.deploymentWithSteps.strict().parse(JSON.parse(stdout))).toMatchObject({ kind: 'env' });
  expect(backend.calls).toMatchObject([{ operation: 'changeEnv', input: { set: {}, unset: ['A', 'B'] } }]);
});

test('env set --detach returns at once with the id', async () => {
  const { backend, socketPath } = await serveSite();
  backend.put(deployment({ kind: 'env' }));
  expect(await slipway(['env', 'shop', 'set', 'A=1', '--detach'], { socketPath })).toMatchObject({
    status: 0,
    stdout: '7\n',
    stderr: 'follow it: slipway show 7 -f\n',
  });
});

test('where nothing is live, the changed variables wait for the first deployment', async () => {
  const { backend, socketPath } = await serveSite();
  backend.apps = [shop({ kind: 'site', live: null })];
  const args = ['env', 'shop', 'set', 'A=1'];
  expect(await slipway(args, { socketPath })).toMatchObject({
    status: 0,
    stdout: '',
    stderr: expect.stringMatching(/placed with the first deployment\n$/),
  });
  const { stdout } = await slipway([...args, '--json'], { socketPath });
  expect(shapes.envChange.strict().parse(JSON.parse(stdout))).toMatchObject({ deployment: null });
});

test('a secret is read from standard input, less its line end, and set', async () => {
  const { backend, socketPath } = await serveSite();
  for (const input of ['hunter22\n', 'hunter22\r\n', 'hunter22'])
    expect(await slipwayWith(input, ['secret', 'shop', 'set', 'DB'], socketPath)).toMatchObject({
      status: 0,
      stdout: 'changeSecrets is done\n',
      stderr: '',
    });
  const call = {
    operation: 'changeSecrets',
    input: { app: 'shop', set: { DB: 'hunter22' }, unset: [], caller: CALLER },
  };
  expect(backend.calls).toEqual([call, call, call]);
});

test('more than a value can be on standard input is refused', async () => {
  const { backend, socketPath } = await serveSite();
  const { status, stderr } = await slipwayWith(
    'x'.repeat(1024 ** 2 + 1),
    ['secret', 'shop', 'set', 'DB'],
    socketPath,
  );
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('is over 1 MB') });
  expect(backend.calls).toEqual([]);
});

test('secrets are listed by name, and removed', async () => {
  const { backend, socketPath } = await serveSite();
  backend.secretList = [{ name: 'NPM_TOKEN', set_at: AT }];
  expect((await slipway(['secret', 'shop'], { socketPath })).stdout).toMatch(
    /^NAME +SET\nNPM_TOKEN  .* ago\n$/,
  );
  const { stdout } = await slipway(['secret', 'shop', 'list', '--json'], { socketPath });
  expect(z.array(shapes.secret.strict()).parse(JSON.parse(stdout))).toEqual(backend.secretList);
  await slipway(['secret', 'shop', 'unset', 'NPM_TOKEN', 'OLD'], { socketPath });
  expect(backend.calls).toMatchObject([{ input: { set: {}, unset: ['NPM_TOKEN', 'OLD'] } }]);
});

test('maintenance is turned on and off', async () => {
  const { backend, socketPath } = await serveSite();
  for (const state of ['on', 'off'])
    expect(await slipway(['maintenance', 'shop', state], { socketPath })).toMatchObject({
      status: 0,
      stdout: 'setMaintenance is done\n',
    });
  expect(backend.calls).toMatchObject([{ input: { on: true } }, { input: { on: false } }]);
});

test('cron entries are listed and run', async () => {
  const { backend, socketPath } = await serveSite();
  const run = { started_at: AT, ended_at: AT, status: 0, signal: null, reason: null };
  backend.cronEntries = [
    { name: 'report', schedule: '0 3 * * *', next_at: null, running: false, runs: [run] },
  ];
  expect((await slipway(['cron', 'shop'], { socketPath })).stdout).toMatch(/\nreport  0 3 \* \* \*  -  /);
  const { stdout } = await slipway(['cron', 'shop', 'list', '--json'], { socketPath });
  expect(z.array(shapes.cronEntry.strict()).parse(JSON.parse(stdout))).toEqual(backend.cronEntries);
  expect(await slipway(['cron', 'shop', 'run', 'report'], { socketPath })).toMatchObject({
    status: 0,
    stdout: 'runCron is done\n',
  });
  expect(backend.calls).toMatchObject([{ operation: 'runCron', input: { app: 'shop', entry: 'report' } }]);
});

test('a ref is deployed, and planned with the command that does it', async () => {
  const { backend, socketPath } = await serveSite();
  backend.sitePlan = {
    commits: [{ commit: 'ab12cd34'.repeat(5), subject: 'Fix the cart', author: 'Alice', at: AT }],
    hooks: ['after.pull'],
    links: [],
    prunes: [],
    space: null,
  };
  backend.put(ended('succeeded'));
  const args = ['deploy', 'shop', '--ref', 'feature/basket', '--force'];
  const { status, stdout } = await slipway([...args, '--dry-run'], { socketPath });
  expect(status).toBe(0);
  expect(stdout).toMatch(/ab12cd3 Fix the cart[^]*: slipway deploy shop --ref feature\/basket --force\n$/);
  expect(await slipway(args, { socketPath })).toMatchObject({ status: 0 });
  const input = { app: 'shop', version: null, ref: 'feature/basket', force: true };
  expect(backend.calls).toMatchObject([
    { operation: 'planDeploy', input },
    { operation: 'deploy', input: { ...input, upload: null, signature: null } },
  ]);
});

test('an archive is sent whole, told in a line, and deployed', async () => {
  const { backend, socketPath } = await serveSite();
  backend.put(ended('succeeded'));
  const file = fileWith('x'.repeat(3 * 1024 ** 2), 'site.zip');
  const args = ['deploy', 'shop', '--archive', file, '--version', '1.4.2'];
  expect(await slipway(args, { socketPath })).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/^✔ sent site\.zip: 3 MB in \S+ \(.*\/s\)\npinned[^]*is live on/),
  });
  expect(backend.uploads).toEqual([3 * 1024 ** 2]);
  const { input: sent } = backend.calls[0] ?? {};
  expect(sent).toMatchObject({ app: 'shop', name: 'site.zip', sizeBytes: 3 * 1024 ** 2 });
  const upload = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(backend.calls[1]).toMatchObject({
    operation: 'deploy',
    input: { version: '1.4.2', ref: null, upload },
  });
});

test('an archive that is interrupted on its way is deployed by nobody, and the last line says so', async () => {
  const { backend, socketPath } = await serveSite();
  backend.gate = new Promise(() => {});
  const file = fileWith('x'.repeat(30 * 1024 ** 2), 'site.zip');
  const { child, ended: end } = startCli(['deploy', 'shop', '--archive', file], { socketPath });
  await waitFor('the upload', () => backend.calls.length === 1);
  child.kill('SIGINT');
  expect(await end).toMatchObject({
    status: 130,
    stderr: `interrupted: ${file} was not sent whole, and nothing is deployed\n  next: slipway deploy shop --archive ${file}\n`,
  });
  expect(backend.calls.map(({ operation }) => operation)).toEqual(['receiveUpload']);
});

test('a step that was tolerated is a warning, and skipped ones are left out', async () => {
  const { backend, socketPath } = await serveSite();
  const steps = [
    step('hook: before.pull', { state: 'skipped', duration_ms: null, reason: 'not there' }),
    step('fetch'),
    step('hook: after.deploy', { state: 'failed', reason: 'exit status 3' }),
  ];
  backend.put(ended('succeeded', { kind: 'site', version: 'ab12cd34'.repeat(5), steps }));
  expect((await slipway(['deploy', 'shop'], { socketPath })).stderr).toBe(
    `
deploying shop ab12cd3 (deployment 7)
fetch: done after 1.2s
hook: after.deploy: warning: failed after 1.2s: exit status 3
✔ shop is live on ab12cd3 (deployment 7, 12.0s)
`.trimStart(),
  );
});
