import { expect, test } from 'vitest';
import { type Connection, lookAtVm } from '../../../src/otp/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { connectTo } from '../../support/erlang-connection.ts';
import { type ErlangNode, startErlangNode } from '../../support/erlang-node.ts';
import { waitFor } from '../../support/wait-for.ts';

let node: ErlangNode;
let connection: Connection;

setUpAll(async (cleanUp) => {
  node = await startErlangNode({ cleanUp });
  connection = await connectTo(node, {}, cleanUp);
});

/** Looks with time enough, however slow the machine is. */
const look = (limits: Parameters<typeof lookAtVm>[1] = {}) =>
  lookAtVm(
    (module, fn, args, options) => connection.rpc(module, fn, args, { ...options, timeoutMs: 120_000 }),
    { BudgetMs: 3_600_000, ...limits },
  );
const ask = async (expressions: string) => Number(await node.evaluate(expressions));

/** Starts processes that hold memory or messages, runs the test, ends them. */
async function withProcesses(expressions: string, run: () => Promise<void>): Promise<void> {
  await node.evaluate(`
    Starter = self(),
    Keeper = spawn(fun() ->
      Wait = fun() -> receive stop -> ok end end,
      Pids = (fun(Wait) -> ${expressions} end)(Wait),
      Starter ! started,
      receive stop -> [exit(Pid, kill) || Pid <- Pids] end
    end),
    register(keeper, Keeper),
    receive started -> ok end`);
  try {
    await run();
  } finally {
    await node.evaluate(
      'Monitor = monitor(process, keeper), keeper ! stop, receive {_, Monitor, _, _, _} -> ok end',
    );
  }
}

test('the figures of a VM are those that it has itself', async () => {
  // Null where the application controller took its time.
  const vm = await waitFor('a look with the applications', async () => {
    const seen = await look();
    return seen.applications && seen;
  });
  expect(vm.node).toBe(node.name);
  expect(vm.otpRelease).toBe(JSON.parse(await node.evaluate('erlang:system_info(otp_release)')));
  expect(vm.ertsVersion).toBe(JSON.parse(await node.evaluate('erlang:system_info(version)')));
  for (const [name, item] of [
    ['processes', 'process'],
    ['ports', 'port'],
    ['atoms', 'atom'],
    ['etsTables', 'ets'],
  ] as const) {
    expect(vm[name].limit, name).toBe(await ask(`erlang:system_info(${item}_limit)`));
    expect(vm[name].count, name).toBeGreaterThan(0);
    expect(vm[name].count, name).toBeLessThan(vm[name].limit);
  }
  expect(vm.schedulers).toEqual({
    online: await ask('erlang:system_info(schedulers_online)'),
    total: await ask('erlang:system_info(schedulers)'),
    dirtyCpuOnline: await ask('erlang:system_info(dirty_cpu_schedulers_online)'),
    dirtyIo: await ask('erlang:system_info(dirty_io_schedulers)'),
  });
  const { memory } = vm;
  expect(memory?.total).toBe((memory?.processes ?? 0) + (memory?.system ?? 0));
  expect(memory?.code).toBeGreaterThan(1_000_000);
  expect(vm.uptimeMs).toBeGreaterThan(0);
  expect(vm.uptimeMs).toBeLessThanOrEqual(await ask('element(1, erlang:statistics(wall_clock))'));
  expect(vm.reductions).toBeGreaterThan(0);
  expect(vm.reductions).toBeLessThanOrEqual(await ask('element(1, erlang:statistics(reductions))'));
  expect(vm.runQueue).toBeGreaterThanOrEqual(0);
  const version = JSON.parse(
    await node.evaluate('{ok, Version} = application:get_key(stdlib, vsn), Version'),
  );
  expect(vm.applications?.map(({ name }) => name)).toEqual(['kernel', 'stdlib']);
  expect(vm.applications?.[1]).toMatchObject({ version });
});

test('the process with the most memory comes first, under its name and with what it does', async () => {
  const start = `
    Self = self(),
    Pid = spawn(fun() -> register(hoarder, self()), L = lists:seq(1, 3000000), Self ! ready, receive stop -> L end end),
    receive ready -> [Pid] end`;
  await withProcesses(start, async () => {
    // A process that was just spoken to may still be on its way back to where it waits.
    const { top, topMissing } = await waitFor('a look while all wait', async () => {
      const vm = await look();
      return (!vm.top || vm.top.byMemory.every(({ status }) => status === 'waiting')) && vm;
    });
    expect(topMissing).toBeNull();
    expect(top?.lookedAt).toBe(top?.processes);
    const [first] = top?.byMemory ?? [];
    expect(first).toMatchObject({ registeredName: 'hoarder', status: 'waiting', messageQueueLength: 0 });
    expect(first?.pid).toBe(JSON.parse(await node.evaluate('pid_to_list(whereis(hoarder))')));
    expect(first?.memoryBytes).toBeGreaterThan(3_000_000 * 16 - 1);
    const sizes = top?.byMemory.map(({ memoryBytes }) => memoryBytes) ?? [];
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(top?.byMemory.find(({ registeredName }) => registeredName === 'code_server')).toMatchObject({
      currentFunction: 'code_server:loop/1',
    });
    expect(
      top?.byMemory.find(({ registeredName }) => registeredName === 'application_controller'),
    ).toMatchObject({
      initialCall: 'application_controller:start/1',
      // With how many arguments depends on the version of OTP.
      currentFunction: expect.stringMatching(/^gen_server:loop\/\d$/),
    });
  });
});

test('the longest queue comes first, and processes without messages do not come at all', async () => {
  const start = `
    [begin Pid = spawn(Wait), [Pid ! N || N <- lists:seq(1, Length)], Pid end || Length <- [5, 5000, 50]]`;
  // What comes to the processes of the VM itself, as its ticks, may be in their queues for a moment.
  const lengths = async () =>
    (await look()).top?.byMessageQueue.map(({ messageQueueLength }) => messageQueueLength).join();
  await waitFor('nothing to wait in any queue', async () => (await lengths()) === '');
  await withProcesses(start, async () => {
    await waitFor('three queues', async () => (await lengths()) === '5000,50,5');
  });
});

test('of many processes a sample is looked at, from the first to the last, with the named ones', async () => {
  const start = `
    Pids = [spawn(Wait) || _ <- lists:seq(1, 20000)],
    [Pid ! hello || Pid <- Pids],
    register(last_of_many, lists:last(Pids)),
    [last_of_many ! hello || _ <- lists:seq(1, 10)],
    Pids`;
  await withProcesses(start, async () => {
    const { top } = await look({ Limit: 5000, Top: 6000 });
    expect(top?.processes).toBeGreaterThan(20_000);
    expect(top?.lookedAt).toBeGreaterThanOrEqual(4000);
    expect(top?.lookedAt).toBeLessThanOrEqual(6000);
    expect(top?.byMessageQueue[0]).toMatchObject({ registeredName: 'last_of_many', messageQueueLength: 11 });
    const seen = top?.byMemory.map(({ pid }) => pid) ?? [];
    expect(new Set(seen).size).toBe(seen.length);
    const numbers = seen.map((pid) => Number(pid.split('.')[1])).toSorted((a, b) => a - b);
    const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
    const halfway = numbers.filter((number) => number < (first + last) / 2).length;
    expect(halfway).toBeGreaterThan(numbers.length / 4);
    expect(halfway).toBeLessThan((numbers.length * 3) / 4);
  });
});

test('past its time no further process is looked at, but those with a name', async () => {
  const { top } = await look({ BudgetMs: 0 });
  expect(top?.lookedAt).toBe(0);
  expect(top?.byMemory.map(({ registeredName }) => registeredName)).toContain('code_server');
  expect(top?.byMemory.every(({ registeredName }) => registeredName !== null)).toBe(true);
});

test('a look leaves neither modules nor processes nor atoms on the node', async () => {
  const traces = () =>
    node.evaluate(`
      Old = persistent_term:get(processes, []),
      New = [Pid || Pid <- processes(), Pid =/= self(), not lists:member(Pid, Old)],
      {length(code:all_loaded()), New, erlang:system_info(atom_count)}`);
  await look();
  // The first time loads what it needs itself.
  await traces();
  await node.evaluate('persistent_term:put(processes, processes())');
  const [modules, , atoms] = partsOf(await traces());
  for (let i = 0; i < 3; i++) await look();
  // A process that answered may not quite have ended.
  const after = await waitFor('no process to be left', async () => {
    const seen = partsOf(await traces());
    if (seen[1] === '[]') return seen;
    throw new Error(seen[1]);
  });
  expect(after).toEqual([modules, '[]', atoms]);
});

test('a process that does not answer does not hide the figures', async () => {
  const call: Parameters<typeof lookAtVm>[0] = (module, fn, args, options) =>
    connection.rpc(module, fn, args, { ...options, timeoutMs: 60_000 });
  // As where a process never comes to answer: the bindings of the look are those that only it has.
  const vm = await lookAtVm((module, fn, args, options) =>
    fn === 'exprs' && JSON.stringify(args[1]).includes('BudgetMs')
      ? connection.rpc('timer', 'sleep', [60_000], { timeoutMs: 50 })
      : call(module, fn, args, options),
  );
  expect(vm.node).toBe(node.name);
  expect(vm.top).toBeNull();
  expect(vm.topMissing).toContain('did not return within 50 ms');
});

/** The parts of what `traces` gives. */
function partsOf(traces: string): string[] {
  return /^\{(\d+),(\[.*\]),(\d+)\}$/.exec(traces)?.slice(1) ?? [];
}
