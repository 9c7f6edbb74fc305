import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import * as shapes from '../../../src/api/shapes.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { AT, ended, instance, logLine, release, shop, step } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { slipway, startCli } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

test('status shows apps, and one app; as JSON in the shape of the contract', async () => {
  const { backend, socketPath } = await serveFake();
  backend.apps = [shop(), shop({ app: 'blog@staging', name: 'blog', environment: 'staging', instances: [] })];
  const all = await slipway(['status'], { socketPath });
  expect(all).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/shop +running +1\.0\.0[^]*blog@staging/),
  });
  const one = await slipway(['status', 'blog'], { socketPath });
  expect(one.stdout).not.toContain('shop');
  const json = await slipway(['status', '--json'], { socketPath });
  expect(z.strictObject(shapes.status.shape).parse(JSON.parse(json.stdout))).toEqual(
    await backend.status(null),
  );
});

test('a pipe gets no colours', async () => {
  const { socketPath } = await serveFake();
  expect((await slipway(['status'], { socketPath })).stdout).not.toContain('\x1b');
});

test('the history is listed, as text and as JSON', async () => {
  const { backend, socketPath } = await serveFake();
  backend.releaseList = [release()];
  backend.put(ended('succeeded', { id: 6, version: '0.9' }));
  backend.put(ended('failed', { steps: [step('unpack', { output: ['no room'] })] }));
  const json = async (...args: string[]) =>
    JSON.parse((await slipway([...args, '--json'], { socketPath })).stdout);

  expect((await slipway(['releases', 'shop'], { socketPath })).stdout).toMatch(/1 +1\.0\.0 +live +yes/);
  expect(z.array(shapes.release.strict()).parse(await json('releases', 'shop'))).toEqual([release()]);
  expect((await slipway(['deployments', 'shop'], { socketPath })).stdout).toMatch(
    /7 +2  1\.0\.1[^]*6 +2  0\.9/,
  );
  expect(
    z
      .array(shapes.deployment.strict())
      .parse(await json('deployments', 'shop'))
      .map(({ id }) => id),
  ).toEqual([7, 6]);
  expect((await slipway(['show', '7'], { socketPath })).stdout).toMatch(/failed[^]*unpack[^]*no room/);
  expect(shapes.deploymentWithSteps.strict().parse(await json('show', '7'))).toEqual(backend.deployment(7));
});

test('the timeline asks for the time that is meant, and shows what was', async () => {
  const { backend, socketPath } = await serveFake();
  const told = { instance: null, release: null, deployment: 7, actor: 'ada', is_bad: false, cursor: '7.1' };
  const entry = {
    at: AT,
    kind: 'deployment',
    app: 'shop',
    text: 'deployment 7 begins, by ada',
    ...told,
  } as const;
  backend.entries = [entry];
  const shown = await slipway(['timeline', 'shop', '--at', AT, '--since', '10m'], { socketPath });
  expect(shown).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/deployment 7 begins, by ada[^]*show 7/),
  });
  const at = Date.parse(AT);
  expect(backend.calls.at(-1)?.input).toMatchObject({
    ...{ app: 'shop', from: at - 600_000, to: at + 600_000, leading: true },
  });
  const json = await slipway(['timeline', 'shop', '--json'], { socketPath });
  expect(JSON.parse(json.stdout)).toEqual([entry]);
  await slipway(['timeline', 'shop', '--before', '7.1'], { socketPath });
  expect(backend.calls.at(-1)?.input).toMatchObject({ app: 'shop', before: '7.1', leading: false });
});

test.each([
  [['pin', 'shop', '1.0.0'], { app: 'shop', version: '1.0.0' }],
  [['unpin', 'shop'], { app: 'shop' }],
  [['ghost', 'shop', '1.0.1'], { app: 'shop', version: '1.0.1' }],
  [['unghost', 'shop', '1.0.1'], { app: 'shop', version: '1.0.1' }],
  [['cancel', '7'], { id: 7 }],
  [['restart', 'shop'], { app: 'shop', instance: null }],
  [['restart', 'shop/2'], { app: 'shop', instance: '2' }],
  [['restart', 'shop/queue'], { app: 'shop', instance: 'queue' }],
  [['start', 'shop/queue.1'], { app: 'shop', instance: 'queue.1' }],
  [['stop', 'shop/1'], { app: 'shop', instance: '1' }],
  [['start', 'shop'], { app: 'shop', instance: null }],
] as const)('%j is done by the agent, in the name of who asks', async (args, input) => {
  const { backend, socketPath } = await serveFake();
  const [operation] = args;
  const env = { SUDO_USER: 'alice' };
  expect(await slipway([...args], { socketPath, env })).toMatchObject({
    status: 0,
    stdout: `${operation} is done\n`,
  });
  expect(await slipway([...args, '--json'], { socketPath, env })).toMatchObject({
    stdout: `${JSON.stringify({ message: `${operation} is done` }, null, 2)}\n`,
  });
  const caller = expect.objectContaining({
    trigger: 'cli',
    actor: expect.stringMatching(/^alice \(as .+\)$/),
  });
  expect(backend.calls).toEqual([0, 1].map(() => ({ operation, input: { ...input, caller } })));
});

test('restart shows on stderr what happens to the app meanwhile', async () => {
  const { backend, socketPath } = await serveFake();
  let open = () => {};
  backend.gate = new Promise((resolve) => {
    open = resolve;
  });
  const { seen, ended: end } = startCli(['restart', 'shop'], { socketPath });
  await waitFor('the events to be read', () => backend.streams === 1);
  backend.happen('blog/1 is none of its business', 'blog');
  backend.happen('shop/1 is ready');
  await waitFor('the event', () => seen.stderr.includes('shop/1 is ready'));
  expect(seen.stdout).toBe('');
  open();
  expect(await end).toMatchObject({ status: 0, stdout: 'restart is done\n', stderr: 'shop/1 is ready\n' });
});

test('a restart that is interrupted goes on, and says so', async () => {
  const { backend, socketPath } = await serveFake();
  backend.gate = new Promise(() => {});
  const { child, ended: end } = startCli(['restart', 'shop'], { socketPath });
  await waitFor('the call', () => backend.calls.length === 1);
  child.kill('SIGINT');
  const { status, stderr } = await end;
  expect(status).toBe(130);
  expect(stderr).toMatch(/the restart goes on\n.*slipway status shop --watch\n$/);
});

test('logs of an instance are its lines as they are, those of an app say whose they are', async () => {
  const { backend, socketPath } = await serveFake();
  backend.lines = [logLine('one'), logLine('  two', { instance: 'shop/2', stream: 'stderr' })];
  expect(await slipway(['logs', 'shop/1'], { socketPath })).toMatchObject({
    status: 0,
    stdout: 'one\n  two\n',
  });
  expect((await slipway(['logs', 'shop'], { socketPath })).stdout).toBe('shop/1 one\nshop/2   two\n');
  const { stdout } = await slipway(['logs', 'shop', '--json'], { socketPath });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => shapes.logLine.strict().parse(JSON.parse(line)));
  expect(lines).toEqual(backend.lines);
});

test.each([
  [['shop'], { lines: 100 }],
  [['shop', '-n', '5'], { lines: 5 }],
  [['shop', '-n', 'all'], { lines: null }],
  [['shop', '--grep', 'a|b'], { lines: null, grep: 'a|b' }],
  [['shop', '--grep', 'a', '-n', '3', '--stderr'], { lines: 3, grep: 'a', stderr: true }],
  [['shop', '--grep', 'a', '-v'], { lines: null, grep: 'a', invert: true }],
] as const)('logs %j asks for just that', async (args, query) => {
  const { backend, socketPath } = await serveFake();
  expect(await slipway(['logs', ...args], { socketPath })).toMatchObject({ status: 0, stderr: '' });
  const none = {
    lines: null,
    stderr: false,
    since: null,
    grep: null,
    invert: false,
    follow: false,
    ...{ after: null, until: null, around: null, before: null, line: null },
    // All of them, for no terminal shows them.
    complete: true,
  };
  expect(backend.calls).toEqual([
    { operation: 'logs', input: { app: 'shop', instance: null, query: { ...none, ...query } } },
  ]);
});

test('logs --since counts from now', async () => {
  const { backend, socketPath } = await serveFake();
  const before = Date.now();
  await slipway(['logs', '--agent', '--since', '10m'], { socketPath });
  const [call] = backend.calls as { operation: string; input: { query: { since: number; lines: null } } }[];
  expect(call?.operation).toBe('agentLogs');
  const { since = 0, lines } = call?.input.query ?? {};
  expect(since).toBeGreaterThanOrEqual(before - 600_000);
  expect(since).toBeLessThanOrEqual(Date.now() - 600_000);
  expect(lines).toBeNull();
});

test('logs -f goes on with what is written, also when the agent was away', async () => {
  const { backend, socketPath, leave, comeBack } = await serveFake();
  const write = (line: string) =>
    backend.change(() => backend.lines.push({ ...logLine(line), resume: String(backend.lines.length + 1) }));
  write('one');
  const { seen } = startCli(['logs', 'shop/1', '-f'], { socketPath });
  await waitFor('the first line', () => seen.stdout === 'one\n');
  write('two');
  await waitFor('the second line', () => seen.stdout === 'one\ntwo\n');
  await leave();
  write('three');
  await waitFor('the loss to be told', () => seen.stderr.includes('the agent is away'));
  await comeBack();
  await waitFor('the third line', () => seen.stdout.endsWith('three\n'));
  expect(seen.stdout).toBe('one\ntwo\nthree\n');
});

test('logs of nobody, or of an app and the agent at once, are a usage error', async () => {
  for (const args of [['logs'], ['logs', 'shop', '--agent']]) {
    expect(await slipway(args)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('slipway logs --help'),
    });
  }
});

test('status --watch --json tells each change on a line, also when the agent was away', async () => {
  const { backend, socketPath, leave, comeBack } = await serveFake();
  const { seen } = startCli(['status', 'shop', '--watch', '--json'], { socketPath });
  const states = () =>
    seen.stdout
      .trim()
      .split('\n')
      .map((line) => shapes.status.parse(JSON.parse(line)).apps[0]?.state);
  await waitFor('the first', () => seen.stdout.endsWith('\n') && backend.streams === 1);
  backend.apps = [shop({ state: 'degraded', instances: [instance({ state: 'backoff' })] })];
  backend.happen('shop/1 crashed');
  await waitFor('the change', () => states().at(-1) === 'degraded');
  expect(states()).toEqual(['running', 'degraded']);
  await leave();
  backend.apps = [shop()];
  await waitFor('the loss to be told', () => seen.stderr.includes('the agent is away'));
  await comeBack();
  await waitFor('the next change', () => states().at(-1) === 'running');
});

test('the configuration in force is shown as YAML and as JSON, and applied', async () => {
  const { backend, socketPath } = await serveFake();
  const { file, configuration } = backend.configuration();
  const yaml = await slipway(['config', 'show'], { socketPath });
  expect(yaml.stdout).toContain(file);
  expect(parse(yaml.stdout)).toEqual(configuration);
  expect(JSON.parse((await slipway(['config', 'show', '--json'], { socketPath })).stdout)).toEqual({
    file,
    configuration,
  });
  expect(await slipway(['config', 'apply'], { socketPath })).toMatchObject({
    status: 0,
    stdout: 'applyConfiguration is done\n',
  });
});

test('a configuration is checked without an agent, and every error is listed', async () => {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  fs.writeFileSync(file, 'apps:\n  - { name: Shop, kind: service }\n  - { nam: shop }\n');
  const wrong = await slipway(['config', 'check', '--config', file]);
  expect(wrong).toMatchObject({ status: 3, stdout: '' });
  expect(wrong.stderr).toMatch(new RegExp(`${file}:2:[^]*${file}:3:`));
  fs.writeFileSync(file, 'apps: []\n');
  expect(await slipway(['config', 'check', '--config', file])).toMatchObject({
    status: 0,
    stdout: `${file}: no errors, 0 apps\n`,
  });
  expect(JSON.parse((await slipway(['config', 'check', '--config', file, '--json'])).stdout)).toEqual({
    file,
    apps: [],
  });
  expect(await slipway(['config', 'check', '--config', '/nowhere.yaml'])).toMatchObject({ status: 3 });
});

test('the schema of the configuration is printed without an agent', async () => {
  const { status, stdout } = await slipway(['config', 'schema']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ properties: { apps: {} } });
});

test('an error tells what, why and what to type on stderr, and with --json the same on stdout', async () => {
  const { backend, socketPath } = await serveFake();
  const details = { message: 'deployment 3 holds shop', hint: 'it runs for 3s', next: 'slipway show 3 -f' };
  backend.failure = new SlipwayError('busy', details);
  expect(await slipway(['unpin', 'shop'], { socketPath })).toEqual({
    status: 7,
    signal: null,
    stdout: '',
    stderr: 'error: deployment 3 holds shop\n  hint: it runs for 3s\n  next: slipway show 3 -f\n',
  });
  backend.failure = new SlipwayError('busy', details);
  const json = await slipway(['unpin', 'shop', '--json'], { socketPath });
  expect(json.status).toBe(7);
  expect(JSON.parse(json.stdout)).toEqual({ error: { code: 'busy', ...details } });
  expect(json.stderr).toContain('deployment 3 holds shop');
});

test('an app that is not there is status 1, an agent that is not there status 4', async () => {
  const { socketPath, leave } = await serveFake();
  expect(await slipway(['status', 'nope'], { socketPath })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('nope'),
  });
  await leave();
  const { status, stderr } = await slipway(['status'], { socketPath });
  expect(status).toBe(4);
  expect(stderr).toContain(socketPath);
  expect(stderr).toMatch(/next: (slipway agent|systemctl start slipway)\n$/);
});

test('the agent is named before or after the verb, by its socket or by its configuration', async () => {
  const { socketPath } = await serveFake();
  const file = path.join(path.dirname(socketPath), 'slipway.yaml');
  fs.writeFileSync(file, `data: ${path.dirname(socketPath)}\n`);
  for (const args of [
    ['--socket', socketPath, 'status', '--json'],
    ['status', '--json', '--socket', socketPath],
    ['--config', file, '--json', 'status'],
    ['--json', 'status', `--config=${file}`],
  ]) {
    const { status, stdout } = await slipway(args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ apps: [{ app: 'shop' }] });
  }
});
