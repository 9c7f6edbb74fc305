import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { evaluate } from '../../../src/otp/evaluate.ts';
import { compareReleases, type HotStep, hotState, hotUpgrade } from '../../../src/otp/release/index.ts';
import { atom, charlist } from '../../../src/otp/term/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { RunningRelease, unpackRelease } from '../../support/running-release.ts';
import { temporaryFolder } from '../../support/temporary.ts';

let releases: OtpReleases;
const trees = new Map<string, string>();

setUpAll((cleanUp) => {
  releases = otpReleases();
  const folder = temporaryFolder(cleanUp);
  for (const version of ['0.1.1', '0.1.2', '0.1.6', '0.1.7', '0.1.8'])
    trees.set(version, unpackRelease(releases.elixir(version), path.join(folder, version)));
  trees.set('relup', unpackRelease(releases.elixir('0.1.2', 'relup'), path.join(folder, 'relup')));
});

const tree = (name: string) => trees.get(name) as string;

/** Upgrades as `compareReleases` says; the lines that were said. */
async function upgrade(
  running: RunningRelease,
  [from, to]: [string, string],
  beforeStep: (step: HotStep) => void = () => {},
): Promise<string[]> {
  const way = await compareReleases({ running: tree(from), wanted: tree(to) });
  if (way.kind === 'full') throw new Error(way.reason);
  const lines: string[] = [];
  await hotUpgrade({
    ...running.hot(),
    running: tree(from),
    pristine: tree(to),
    from: way.from,
    to: way.to,
    direction: way.direction,
    say: (line) => lines.push(line),
    beforeStep,
  });
  return lines;
}

test('a release becomes the next one while it runs: state, requests and configuration are kept', async () => {
  const running = await RunningRelease.start({
    name: 'demo_app',
    pristine: tree('0.1.1'),
    env: { GREETING: 'from the environment' },
  });
  await running.get('/counter');
  const before = await running.get('/');
  const slow = await running.beginSlow(12_000);

  const lines = await upgrade(running, ['0.1.1', '0.1.2']);

  const after = await running.get('/');
  expect(after).toMatchObject({ version: '0.1.2', code: '0.1.2', pid: running.pid });
  expect(after.uptime_ms).toBeGreaterThan(before.uptime_ms);
  expect(await running.get('/counter')).toEqual({ counter: 2 });
  expect(await running.get('/greeting')).toEqual({
    greeting: 'from the environment',
    version: '0.1.2',
    runtime_version: '0.1.2',
  });
  expect(await hotState(running)).toMatchObject({ current: '0.1.2', permanent: '0.1.2' });
  expect(await running.call('os', 'getenv', [charlist('RELEASE_VSN')])).toEqual(charlist('0.1.2'));
  // It was asked before the upgrade, by code that is gone, and answers after it.
  expect(await slow.answer).toEqual({ slept: 12_000, code: '0.1.1' });
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    'remove',
    'copy',
    'set_unpacked',
    'relup',
    'configuration',
    'check_install',
    'install',
    'make_permanent',
    'forget',
  ]);
});

test('two hops, and the same two back', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const versions = ['0.1.1', '0.1.2', '0.1.6', '0.1.2', '0.1.1'];
  for (let hop = 1; hop < versions.length; hop++) {
    await upgrade(running, [versions[hop - 1] as string, versions[hop] as string]);
    expect(await running.get('/')).toMatchObject({
      version: versions[hop],
      code: versions[hop],
      pid: running.pid,
    });
    expect(await running.get('/counter')).toEqual({ counter: hop });
    expect(await running.get('/greeting')).toMatchObject({ runtime_version: versions[hop] });
  }
});

test('a release that was started anew knows none before, and goes back to it while it runs', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.2') });
  await running.get('/counter');
  await upgrade(running, ['0.1.2', '0.1.1']);
  expect(await running.get('/')).toMatchObject({ version: '0.1.1', code: '0.1.1', pid: running.pid });
  expect(await running.get('/counter')).toEqual({ counter: 2 });
});

test('an upgrade adds a child with a protocol to a supervisor; the way back takes it away', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  expect((await running.get('/children')).children).not.toContain('DemoApp.Witness');
  await upgrade(running, ['0.1.1', '0.1.7']);
  expect((await running.get('/children')).children).toContain('DemoApp.Witness');
  expect(await running.get('/witness')).toEqual({ witness: 'present' });
  await upgrade(running, ['0.1.7', '0.1.1']);
  expect((await running.get('/children')).children).not.toContain('DemoApp.Witness');
});

test('a dependency is upgraded beside the application', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  expect(await running.get('/')).toMatchObject({ lib: '1.0.0' });
  await upgrade(running, ['0.1.1', '0.1.8']);
  expect(await running.get('/')).toMatchObject({ version: '0.1.8', lib: '1.1.0', pid: running.pid });
});

test('what runtime.exs asks the release for is answered by the code of the new one', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.8'), pristine, { recursive: true });
  fs.appendFileSync(
    path.join(pristine, 'releases/0.1.8/runtime.exs'),
    // As where it is booted: by its own script, with its own environment.
    `\nconfig :demo_app, greeting: Enum.join([DemoLib.code(), System.get_env("RELEASE_VSN"),
      System.get_env("RELEASE_COMMAND"), System.get_env("OF_ENV_SH"), "a#{Regex.source(~r/b/)}"], " ")
     config :demo_app, pattern: ~r/b/i\n`,
  );
  fs.appendFileSync(path.join(pristine, 'releases/0.1.8/env.sh'), '\nexport OF_ENV_SH="set by it"\n');
  await hotUpgrade({
    ...{ ...running.hot(), running: tree('0.1.1'), pristine, from: '0.1.1', to: '0.1.8', direction: 'up' },
  });
  expect(await running.get('/')).toMatchObject({
    ...{ version: '0.1.8', pid: running.pid, greeting: '1.1.0 0.1.8 start set by it ab' },
  });
  const source =
    "{ok, Pattern} = application:get_env(demo_app, pattern), 'Elixir.Regex':'match?'(Pattern, <<\"aBc\">>).";
  expect(await evaluate(running.call, { source, bindings: {}, timeoutMs: 60_000 })).toBe(atom('true'));
  // Nothing of it is left where it was handed over.
  expect(
    fs.readdirSync(path.join(running.root, 'releases/0.1.8')).filter((name) => /configuration/.test(name)),
  ).toEqual([]);
  expect(running.log()).not.toContain('skip');
});

test('a relup that came with the release is used, as it configures and purges softly', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const slow = await running.beginSlow(3000);
  // What only the relup knows: without it, there is no way.
  const withoutAppup = temporaryFolder();
  fs.cpSync(tree('relup'), withoutAppup, { recursive: true });
  fs.rmSync(path.join(withoutAppup, 'lib/demo_app-0.1.2/ebin/demo_app.appup'));
  await hotUpgrade({
    ...running.hot(),
    running: tree('0.1.1'),
    pristine: withoutAppup,
    from: '0.1.1',
    to: '0.1.2',
    direction: 'up',
  });
  expect(await running.get('/greeting')).toMatchObject({
    greeting: 'runtime-default',
    runtime_version: '0.1.2',
  });
  expect(await slow.answer).toEqual({ slept: 3000, code: '0.1.1' });
});

test('a VM that was booted without releases/RELEASES is upgraded as well', async () => {
  const running = await RunningRelease.start({
    name: 'demo_app',
    pristine: tree('0.1.1'),
    releasesFile: false,
  });
  await upgrade(running, ['0.1.1', '0.1.2']);
  expect(await running.get('/')).toMatchObject({ version: '0.1.2', pid: running.pid });
  await upgrade(running, ['0.1.2', '0.1.1']);
  expect(await running.get('/')).toMatchObject({ version: '0.1.1', pid: running.pid });
});

test('a VM of another user gets files that are its own', async () => {
  const account = { uid: 65_534, gid: 65_534 };
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1'), account });
  await hotUpgrade({
    ...running.hot(),
    running: tree('0.1.1'),
    pristine: tree('0.1.2'),
    from: '0.1.1',
    to: '0.1.2',
    direction: 'up',
    owner: account,
  });
  expect(await running.get('/')).toMatchObject({ version: '0.1.2', pid: running.pid });
  const foreign = execFileSync('find', [running.root, '!', '-user', '65534'], { encoding: 'utf8' });
  expect(foreign).toBe('');
});

test('what is asked for once more is done already', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  await upgrade(running, ['0.1.1', '0.1.2']);
  expect(await upgrade(running, ['0.1.1', '0.1.2'])).toEqual([]);
});

test('cut short before any step, it goes on or starts over', async () => {
  const running = await RunningRelease.start({ name: 'demo_app', pristine: tree('0.1.1') });
  const steps: HotStep[] = [
    'remove',
    'copy',
    'set_unpacked',
    'relup',
    'configuration',
    'check_install',
    'install',
    'make_permanent',
    'forget',
  ];
  const ways: [string, string][] = [
    ['0.1.1', '0.1.2'],
    ['0.1.2', '0.1.1'],
  ];
  let [there, back] = ways as [[string, string], [string, string]];
  for (const last of steps) {
    // As where the agent is gone: nothing of it goes on.
    const reached = Promise.withResolvers<void>();
    void upgrade(running, there, (step): Promise<never> | undefined => {
      if (step !== last) return undefined;
      reached.resolve();
      return new Promise(() => {});
    });
    await reached.promise;
    const lines = await upgrade(running, there);
    // Configuration does not stay in the VM, also where nothing else is left to do.
    expect(lines.at(-1), `cut short before ${last}`).toMatch(/^forget: /);
    expect(await running.get('/'), `cut short before ${last}`).toMatchObject({
      version: there[1],
      code: there[1],
      pid: running.pid,
    });
    [there, back] = [back, there];
  }
  expect(await running.get('/counter')).toEqual({ counter: 1 });
});
