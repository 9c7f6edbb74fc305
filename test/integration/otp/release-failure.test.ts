import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { evaluate } from '../../../src/otp/evaluate.ts';
import { BEGIN } from '../../../src/otp/release/expressions.ts';
import {
  findLingering,
  HotUpgradeError,
  type HotUpgradeOptions,
  hotState,
  hotUpgrade,
} from '../../../src/otp/release/index.ts';
import { prepareConfiguration } from '../../../src/otp/release/prepare.ts';
import { atom } from '../../../src/otp/term/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { RunningRelease, unpackRelease } from '../../support/running-release.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const trees = new Map<string, string>();

setUpAll((cleanUp) => {
  const releases = otpReleases();
  const folder = temporaryFolder(cleanUp);
  for (const version of ['0.1.1', '0.1.2', '0.1.5', '0.1.6'])
    trees.set(version, unpackRelease(releases.elixir(version), path.join(folder, version)));
});

const tree = (name: string) => trees.get(name) as string;

async function failing(
  running: RunningRelease,
  options: Partial<HotUpgradeOptions> & { to: string },
): Promise<{ error: HotUpgradeError; lines: string[] }> {
  const lines: string[] = [];
  const error = await hotUpgrade({
    ...running.hot(),
    running: tree(options.from ?? '0.1.1'),
    pristine: tree(options.to),
    from: '0.1.1',
    direction: 'up',
    say: (line) => lines.push(line),
    ...options,
  }).then(
    () => new Error('it did not fail'),
    (failed: unknown) => failed,
  );
  expect(error).toBeInstanceOf(HotUpgradeError);
  return { error: error as HotUpgradeError, lines };
}

/** What is there of a release. */
function filesOf(running: RunningRelease, version: string): string[] {
  return [`releases/${version}`, `lib/demo_app-${version}`].filter((name) =>
    fs.existsSync(path.join(running.root, name)),
  );
}

test('a code_change that fails reboots the VM on the release before, and this is recognised', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  await running.get('/counter');
  // One connection, which ends with the reboot.
  const connection = await running.connect();
  const { error } = await failing(running, { to: '0.1.5', call: (...call) => connection.rpc(...call) });
  expect(error.outcome).toBe('rebooted');
  expect(error.message).toContain(
    'code_change of DemoApp.Counter failed: RuntimeError: code_change failed on purpose',
  );
  await waitFor('the VM to answer again, with a state of its own', async () => {
    const answer = await running.get('/counter');
    return answer.counter === 1;
  });
  expect(await running.get('/')).toMatchObject({ version: '0.1.1', code: '0.1.1', pid: running.pid });
  expect(await hotState(running)).toMatchObject({ current: '0.1.1', permanent: '0.1.1' });
  // And nothing of the attempt stands in the way of the next one.
  await hotUpgrade({
    ...running.hot(),
    running: tree('0.1.1'),
    pristine: tree('0.1.2'),
    from: '0.1.1',
    to: '0.1.2',
    direction: 'up',
  });
  expect(await running.get('/')).toMatchObject({ version: '0.1.2', pid: running.pid });
});

test('a VM that was upgraded reboots, when the next upgrade fails, as the release that it had', async () => {
  const env = { GREETING: 'from the environment' };
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1'), env });
  const options = { ...running.hot(), direction: 'up' } as const;
  await hotUpgrade({
    ...options,
    ...{ running: tree('0.1.1'), pristine: tree('0.1.2'), from: '0.1.1', to: '0.1.2' },
  });
  const before = await running.get('/greeting');
  expect(before).toMatchObject({
    greeting: 'from the environment',
    version: '0.1.2',
    runtime_version: '0.1.2',
  });
  await running.get('/counter');
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.6'), pristine, { recursive: true });
  fs.writeFileSync(
    path.join(pristine, 'releases/0.1.6/relup'),
    '{"0.1.6", [{"0.1.2", [], [point_of_no_return, {apply,{erlang,error,[half_way]}}]}], []}.',
  );
  const { error } = await failing(running, { from: '0.1.2', to: '0.1.6', pristine });
  expect(error.outcome).toBe('rebooted');
  await waitFor('the VM to answer again, with a state of its own', async () => {
    const { counter } = await running.get('/counter');
    return counter === 1;
  });
  expect(await running.get('/')).toMatchObject({ version: '0.1.2', code: '0.1.2', pid: running.pid });
  expect(await running.get('/greeting')).toEqual(before);
});

test('a module whose on_load function fails is named, and the VM is as it was', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  const source = path.join(temporaryFolder(), 'demo_nif.erl');
  fs.writeFileSync(
    source,
    '-module(demo_nif).\n-on_load(load/0).\nload() -> erlang:load_nif("/nowhere/demo_nif", 0).\n',
  );
  execFileSync('erlc', ['-o', path.join(pristine, 'lib/demo_app-0.1.2/ebin'), source]);
  fs.writeFileSync(
    path.join(pristine, 'releases/0.1.2/relup'),
    `{"0.1.2", [{"0.1.1", [], [{load_object_code, {demo_app, "0.1.2", [demo_nif]}}, point_of_no_return,
      {load, {demo_nif, brutal_purge, brutal_purge}}]}], []}.`,
  );
  const { error } = await failing(running, { to: '0.1.2', pristine });
  expect(error.outcome).toBe('rebooted');
  expect(error.message).toMatch(/^demo_nif could not be loaded: its on_load function failed/);
});

test('a runtime.exs that fails is seen before anything is installed: the app runs as before', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  fs.appendFileSync(path.join(pristine, 'releases/0.1.2/runtime.exs'), '\nSystem.fetch_env!("NOT_SET")\n');
  const { error, lines } = await failing(running, { to: '0.1.2', pristine });
  expect(error.outcome).toBe('not_begun');
  expect(error.message).toContain('NOT_SET');
  expect(lines.at(-2)).toMatch(/^configuration: failed/);
  expect(lines.at(-1)).toMatch(/^remove: /);
  expect(filesOf(running, '0.1.2')).toEqual([]);
  expect((await hotState(running)).releases).toEqual([
    { name: 'demo_app', version: '0.1.1', status: 'permanent' },
  ]);
  expect(await running.get('/greeting')).toMatchObject({
    greeting: 'runtime-default',
    runtime_version: '0.1.1',
  });
});

test('an application without a way from the running version: systools says which', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const { error, lines } = await failing(running, { to: '0.1.6' });
  expect(error.outcome).toBe('not_begun');
  expect(error.message).toContain('demo_app-0.1.1');
  expect(lines.at(-2)).toMatch(/^relup: failed/);
  expect(filesOf(running, '0.1.6')).toEqual([]);
});

test('a relup that restarts the VM is no hot upgrade', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  fs.writeFileSync(
    path.join(pristine, 'releases/0.1.2/relup'),
    '{"0.1.2", [{"0.1.1", [], [point_of_no_return, restart_emulator]}], []}.',
  );
  const { error } = await failing(running, { to: '0.1.2', pristine });
  expect(error.outcome).toBe('not_begun');
  expect(error.message).toContain('restarts the VM');
  expect(await running.get('/')).toMatchObject({ version: '0.1.1', pid: running.pid });
});

test('what systools warns of is said', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  const appup = path.join(pristine, 'lib/demo_app-0.1.2/ebin/demo_app.appup');
  fs.writeFileSync(appup, fs.readFileSync(appup, 'utf8').replace('"0.1.2"', '"0.1.2-rc"'));
  const lines: string[] = [];
  await hotUpgrade({
    ...running.hot(),
    running: tree('0.1.1'),
    pristine,
    from: '0.1.1',
    to: '0.1.2',
    direction: 'up',
    say: (line) => lines.push(line),
  });
  expect(lines).toContainEqual(expect.stringMatching(/^relup: .*WARNING.*bad_vsn.*0\.1\.2-rc/));
});

test('a file that is missing is noticed by the check', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  fs.rmSync(path.join(pristine, 'releases/0.1.2/start.boot'));
  const { error, lines } = await failing(running, { to: '0.1.2', pristine });
  expect(error.outcome).toBe('not_begun');
  expect(error.message).toContain('start.boot');
  expect(lines.at(-2)).toMatch(/^check_install: failed/);
});

test('a VM that may not write where it runs cannot begin', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  // For root, no mode forbids to write; a folder in place of the file does.
  const file = path.join(running.root, 'releases/RELEASES');
  fs.rmSync(file);
  fs.mkdirSync(path.join(file, 'folder'), { recursive: true });
  const { error, lines } = await failing(running, { to: '0.1.2' });
  expect(error.outcome).toBe('not_begun');
  expect(lines.some((line) => line.startsWith('set_unpacked: failed'))).toBe(true);
  expect(filesOf(running, '0.1.2')).toEqual([]);
  expect(await running.get('/')).toMatchObject({ version: '0.1.1', pid: running.pid });
});

test('another release than the one expected runs', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const { error, lines } = await failing(running, { to: '0.1.6', from: '0.1.2' });
  expect(error.outcome).toBe('not_begun');
  expect(error.message).toContain('0.1.1 runs, not 0.1.2');
  expect(lines).toEqual([]);
});

test('a connection lost in the middle leaves open what runs, and the next attempt finds out', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const { error } = await failing(running, {
    to: '0.1.2',
    call: async (module, fn, args, options) => {
      if (fn !== 'install_release') return running.call(module, fn, args, options);
      // Lost when the VM has been told, and before it can answer. It goes on by itself.
      await running.call('sys', 'suspend', [atom('release_handler'), atom('infinity')]);
      const answer = running.call(module, fn, args, options);
      answer.catch(() => {});
      const source = '{_, Waiting} = process_info(whereis(release_handler), messages), length(Waiting).';
      await waitFor('the VM to be told', () =>
        evaluate(running.call, { source, bindings: {}, timeoutMs: 60_000 }),
      );
      (await running.connect()).close();
      return answer;
    },
  });
  expect(error.outcome).toBe('unknown');
  await running.call('sys', 'resume', [atom('release_handler'), atom('infinity')]);
  await hotUpgrade({
    ...running.hot(),
    running: tree('0.1.1'),
    pristine: tree('0.1.2'),
    from: '0.1.1',
    to: '0.1.2',
    direction: 'up',
  });
  expect(await running.get('/')).toMatchObject({ version: '0.1.2', pid: running.pid });
});

test('code before last that is still run is waited for, and in the end left alone', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const upgrade = (from: string, to: string, more: Partial<HotUpgradeOptions> = {}) =>
    hotUpgrade({
      ...running.hot(),
      running: tree(from),
      pristine: tree(to),
      from,
      to,
      direction: 'up',
      ...more,
    });
  expect(await findLingering(running.call, ['DemoApp.Router'])).toEqual([]);
  const slow = await running.beginSlow(3_600_000);
  await upgrade('0.1.1', '0.1.2');
  // Loading a third version of the code would end the request of 0.1.1.
  const modules = ['DemoApp.Counter', 'DemoApp.Router', 'DemoApp.NotThere'];
  expect(await findLingering(running.call, modules)).toEqual([
    { module: 'DemoApp.Router', processes: 1, names: ['DemoApp.Http:serve/0'] },
  ]);
  const impatient = upgrade('0.1.2', '0.1.6', { processTimeoutMs: 0 });
  await expect(impatient).rejects.toMatchObject({ outcome: 'not_begun' });
  await expect(impatient).rejects.toThrow('of DemoApp.Router');
  const lines: string[] = [];
  const soft = upgrade('0.1.2', '0.1.6', { purge: 'soft', say: (line) => lines.push(line) });
  await expect(soft).rejects.toMatchObject({ outcome: 'not_begun' });
  expect(lines.join()).not.toContain('waits');

  const waits = Promise.withResolvers<void>();
  const say = (line: string) => (line.startsWith('check_install: waits') ? waits.resolve() : undefined);
  const patient = upgrade('0.1.2', '0.1.6', { processTimeoutMs: 100_000, say });
  await waits.promise;
  const source = `[exit(Process, kill) || Process <- processes(),
    erlang:check_process_code(Process, 'Elixir.DemoApp.Router')].`;
  await evaluate(running.call, { source, bindings: {}, timeoutMs: 60_000 });
  await patient;
  await expect(slow.answer).rejects.toThrow('fetch failed');
  expect(await running.get('/')).toMatchObject({ version: '0.1.6', code: '0.1.6', pid: running.pid });

  // Where that was asked for, the upgrade ends those that run the older code, and those alone.
  const older = await running.beginSlow(3_600_000);
  await upgrade('0.1.6', '0.1.2', { direction: 'down' });
  const present = await running.beginSlow(2000);
  await upgrade('0.1.2', '0.1.1', { direction: 'down', purge: 'brutal' });
  await expect(older.answer).rejects.toThrow('fetch failed');
  expect(await present.answer).toEqual({ slept: 2000, code: '0.1.2' });
  expect(await running.get('/')).toMatchObject({ version: '0.1.1', code: '0.1.1', pid: running.pid });
});

test('a code_change may take as long as is configured; one that takes longer is told as that', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  await running.get('/counter');
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  // OTP gives it five seconds, whatever the appup says.
  writeSlowCounter(path.join(pristine, 'lib/demo_app-0.1.2/ebin'), 5500);
  const options = { to: '0.1.2', pristine };
  const { error } = await failing(running, { ...options, processTimeoutMs: 1000 });
  expect(error.outcome).toBe('rebooted');
  expect(error.message).toBe('code_change of DemoApp.Counter was not done within 1 s (otp.upgrade_timeout)');
  await waitFor('the VM to answer again', () => running.get('/counter'));
  await hotUpgrade({
    ...{ ...running.hot(), ...options, running: tree('0.1.1'), from: '0.1.1', direction: 'up' },
  });
  expect(await running.get('/')).toMatchObject({ version: '0.1.2', pid: running.pid });
  expect(await running.get('/counter')).toEqual({ counter: 2 });
});

/** A counter that counts on, and takes its time to get there. */
function writeSlowCounter(ebin: string, ms: number): void {
  const folder = temporaryFolder();
  const file = path.join(folder, 'Elixir.DemoApp.Counter.erl');
  fs.writeFileSync(
    file,
    `-module('Elixir.DemoApp.Counter').
     -behaviour(gen_server).
     -export([child_spec/1, start_link/1, hit/0, init/1, handle_call/3, handle_cast/2, code_change/3]).
     child_spec(Argument) -> #{id => ?MODULE, start => {?MODULE, start_link, [Argument]}}.
     start_link(_) -> gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).
     hit() -> gen_server:call(?MODULE, hit).
     init(_) -> {ok, 0}.
     handle_call(hit, _, Count) -> {reply, Count + 1, Count + 1}.
     handle_cast(_, Count) -> {noreply, Count}.
     code_change(_, Count, _) -> timer:sleep(${ms}), {ok, Count}.
`,
  );
  execFileSync('erlc', ['-o', ebin, file]);
}

test('an installation that the VM refuses has dropped configuration: it is to be started anew', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  // The check makes the table, so that the installation cannot.
  fs.writeFileSync(
    path.join(pristine, 'releases/0.1.2/relup'),
    '{"0.1.2", [{"0.1.1", [], [{apply,{ets,new,[t,[named_table,public]]}}, point_of_no_return]}], []}.',
  );
  const { error } = await failing(running, { to: '0.1.2', pristine });
  expect(error).toMatchObject({ outcome: 'refused', hint: expect.stringContaining('started anew') });
  expect(await running.get('/')).toMatchObject({ code: '0.1.1', pid: running.pid });
  const greeting = { greeting: 'runtime-default', runtime_version: '0.1.1' };
  expect(await running.get('/greeting')).not.toMatchObject(greeting);
  const back = await failing(running, { to: '0.1.1', from: '0.1.2' });
  expect(back.error.outcome).toBe('refused');
  expect(back.error.message).toContain('0.1.2');

  // What is installed after it has all of its own.
  await hotUpgrade({
    ...running.hot(),
    running: tree('0.1.1'),
    pristine: tree('0.1.2'),
    from: '0.1.1',
    to: '0.1.2',
    direction: 'up',
  });
  expect(await running.get('/greeting')).toMatchObject({ ...greeting, runtime_version: '0.1.2' });
});

test('what is left of an earlier attempt cannot put its configuration in place of the present', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const late = { root: running.root, to: '0.1.1', token: 'of an earlier attempt' };
  await failing(running, {
    to: '0.1.2',
    beforeStep: async (step) => {
      if (step !== 'check_install') return;
      await expect(prepareConfiguration(running.call, late)).rejects.toThrow('another upgrade was begun');
      throw new Error('far enough');
    },
  });
  const { error, lines } = await failing(running, {
    to: '0.1.2',
    beforeStep: async (step) => {
      if (step !== 'install') return;
      const bindings = { Token: 'of a later attempt' };
      await evaluate(running.call, { source: BEGIN, bindings, timeoutMs: 60_000 });
    },
  });
  expect(error.outcome).toBe('not_begun');
  expect(error.message).toContain('another upgrade');
  expect(lines.at(-1)).toMatch(/^install: failed/);
  expect(await running.get('/')).toMatchObject({ version: '0.1.1', code: '0.1.1', pid: running.pid });
});

test.each([
  ['a value that does not match', '%{} = System.fetch_env!("SECRET")', 'badmatch'],
  ['an exception with a message', 'raise "no host in #{System.fetch_env!("SECRET")}"', 'RuntimeError'],
  ['a value that is thrown', 'throw({:wrong, System.fetch_env!("SECRET")})', 'wrong'],
])('what runtime.exs fails with is told without its configuration: %s', async (_, line, kind) => {
  const running = await RunningRelease.start({
    name: 'demo_app',
    pristine: tree('0.1.1'),
    env: { SECRET: 'postgres://user:pass@host' },
  });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.2'), pristine, { recursive: true });
  const file = path.join(pristine, 'releases/0.1.2/runtime.exs');
  fs.appendFileSync(file, `\n${line}\n`);
  const { error, lines } = await failing(running, { to: '0.1.2', pristine });
  expect(error.outcome).toBe('not_begun');
  expect(error.message).toContain(`the configuration of 0.1.2 could not be made: ${kind} (`);
  expect(error.message).toMatch(/runtime\.exs:\d+\)$|Config\.Reader:read!\/2/);
  expect([error.message, ...lines].join()).not.toContain('pass@');
});
