import { beforeAll, expect, test } from 'vitest';
import type { Vm } from '../../../src/api/index.ts';
import { vm } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { slipway, startOnTerminal } from '../../fixtures/slipway.ts';
import { startEpmd } from '../../support/erlang-node.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

let elixir: (version: string) => string;
beforeAll(() => {
  elixir = otpReleases().elixir;
});

test('status --vm shows what the VM of an instance tells, with sizes and times for people', async () => {
  const { socketPath, backend } = await serveFake();
  const { stdout, status } = await slipway(['status', 'shop/1', '--vm'], { socketPath });
  expect(status).toBe(0);
  expect(backend.calls).toEqual([{ operation: 'vm', input: { app: 'shop', instance: '1' } }]);
  expect(stdout).toContain('shop/1  shop-1@host\nOTP 25, ERTS 13.1.5, up 3h 12m\n');
  expect(stdout).toMatch(/Memory {2}40 MB\n {2}processes +16 MB +40% +█{10}\n/);
  expect(stdout).toMatch(/ {2}other +10.5 MB +26% /);
  expect(stdout).toMatch(/ {2}processes +71 +262,144 +<1%\n/);
  expect(stdout).toMatch(/ {2}atoms +943,718 +1,048,576 +90%\n/);
  expect(stdout).toContain('Schedulers  2 of 2 online, run queue 0, 1.2 billion reductions');
  expect(stdout).toContain('Largest processes  all 71 looked at, in 3ms\n');
  expect(stdout).toMatch(/<0\.123\.0> +Shop\.Cart\.init\/1 +gen_server:loop\/7 +12 MB +1,500\n/);
  expect(stdout).toMatch(/<0\.44\.0> +code_server +gen_server:loop\/7 +1 MB +0\n/);
  expect(stdout).toContain('2 applications\n  kernel 8.5.3, shop 1.0.0\n');
});

test('status --vm --json gives everything, with units in names', async () => {
  const { socketPath } = await serveFake();
  const { stdout } = await slipway(['status', 'shop/1', '--vm', '--json'], { socketPath });
  expect(JSON.parse(stdout)).toEqual(vm());
});

test('a sample, and a look that failed, are said', async () => {
  const { socketPath, backend } = await serveFake();
  const show = async () => (await slipway(['status', 'shop/1', '--vm'], { socketPath })).stdout;
  const { top } = vm();
  backend.vmAnswer = vm({ top: top && { ...top, processes: 500_000, looked_at: 100_000, sampled: true } });
  expect(await show()).toContain('a sample: 100,000 of 500,000 looked at');
  backend.vmAnswer = vm({
    top: null,
    top_missing: 'it did not answer in 5s',
    memory: null,
    applications: null,
  });
  const shown = await show();
  expect(shown).toContain('Processes  not looked at: it did not answer in 5s');
  expect(shown).toContain('Memory  this VM cannot tell');
  expect(shown).toContain('Applications  the VM was too busy to tell');
});

test('no line is wider than the terminal, whatever names processes have', async () => {
  const { socketPath, backend } = await serveFake();
  const { top } = vm();
  const [first] = top?.by_memory ?? [];
  const long = {
    ...first,
    initial_call: `Shop.${'A'.repeat(200)}.init/1`,
    current_function: 'x\u001b[31m:y/1',
  };
  backend.vmAnswer = vm({ top: top && { ...top, by_memory: [long as NonNullable<typeof first>] } });
  const terminal = startOnTerminal(['status', 'shop/1', '--vm'], { socketPath });
  const { stdout } = await terminal.ended;
  const lines = stdout.replace(/\x1b\[[0-9;]*m/g, '').split('\r\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).not.toContain('\x1b[31m:y');
});

test('--vm needs an instance, and does not watch', async () => {
  const { socketPath, backend } = await serveFake();
  const missing = await slipway(['status', 'shop', '--vm'], { socketPath });
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain('slipway status shop/1 --vm');
  expect((await slipway(['status', 'shop/1', '--vm', '--watch'], { socketPath })).status).toBe(2);
  expect(backend.calls).toEqual([]);
});

test('status of one instance shows that one alone', async () => {
  const { socketPath, backend } = await serveFake();
  const [app] = backend.apps;
  const [one] = app?.instances ?? [];
  if (!app || !one) throw new Error('no instance');
  app.instances = [one, { ...one, instance: 'shop/2' }, { ...one, instance: 'shop/queue.1' }];
  const names = async (target: string) => {
    const { stdout } = await slipway(['status', target, '--json'], { socketPath });
    return JSON.parse(stdout).apps[0].instances.map((each: { instance: string }) => each.instance);
  };
  expect(await names('shop/2')).toEqual(['shop/2']);
  expect(await names('shop/queue')).toEqual(['shop/queue.1']);
  expect(await names('shop')).toHaveLength(3);
  const unknown = await slipway(['status', 'shop/9'], { socketPath });
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain('no instance or worker 9');
});

test('the agent asks the VM of a release that it runs, and says why it cannot ask others', async () => {
  const { port } = await startEpmd();
  const workshop = await Workshop.make({
    name: 'demo_app',
    replicas: 1,
    app: { runtime: 'elixir', start: undefined },
    env: { ERL_EPMD_PORT: String(port) },
  });
  workshop.bucket.put('0.1.1', elixir('0.1.1'));
  workshop.bucket.offer({ version: '0.1.1', hash: 'local' });
  await workshop.start();
  await workshop.untilDeployed('0.1.1');
  await waitFor(
    'the VM to be connected',
    async () => (await workshop.app()).instances[0]?.otp?.connected,
    SELDOM,
  );
  const ask = (...args: string[]) => slipway(['status', ...args, '--vm', '--config', workshop.configFile]);

  // It has 5 s to answer in, and one for its applications: a VM that was too busy is asked again.
  const vm = await waitFor('all that the VM can tell', async () => {
    const { stdout } = await ask('demo_app/1', '--json');
    const told = JSON.parse(stdout) as Vm;
    if (told.memory && told.top && told.applications) return told;
    throw new Error(stdout);
  });
  expect(vm).toMatchObject({ instance: 'demo_app/1', node: expect.stringMatching(/^demo_app-1@/) });
  expect(vm.applications).toContainEqual(expect.objectContaining({ name: 'demo_app', version: '0.1.1' }));
  expect(vm.memory?.total_bytes).toBeGreaterThan(10_000_000);
  expect(vm.top?.by_memory.length).toBeGreaterThan(0);
  const names = vm.top?.by_memory.map(({ registered_name, initial_call }) => registered_name ?? initial_call);
  expect(names).toContain('code_server');
  await waitFor('its applications', async () => (await ask('demo_app/1')).stdout.includes('demo_app 0.1.1'));

  expect((await ask('demo_app/2')).stderr).toContain('demo_app has no 2');
  await slipway(['stop', 'demo_app/1', '--config', workshop.configFile]);
  const stopped = await ask('demo_app/1');
  expect(stopped.status).toBe(1);
  expect(stopped.stderr).toContain('demo_app/1');
});
