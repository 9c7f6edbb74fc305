import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compareReleases, hotUpgrade } from '../../../src/otp/release/index.ts';
import { atom, format } from '../../../src/otp/term/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { RunningRelease, unpackRelease } from '../../support/running-release.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const trees = new Map<string, string>();

setUpAll((cleanUp) => {
  const { erlang } = otpReleases();
  const folder = temporaryFolder(cleanUp);
  for (const version of ['0.1.1', '0.1.3'])
    trees.set(version, unpackRelease(erlang(version), path.join(folder, version)));
});

const tree = (name: string) => trees.get(name) as string;

test('a release of rebar3 is upgraded and taken back while it runs', async () => {
  const running = await RunningRelease.start({ name: 'demo_erl', pristine: tree('0.1.1') });
  await running.get('/counter');
  const slow = await running.beginSlow(3000);
  for (const [from, to, counter] of [
    ['0.1.1', '0.1.3', 2],
    ['0.1.3', '0.1.1', 3],
  ] as const) {
    const way = await compareReleases({ running: tree(from), wanted: tree(to) });
    if (way.kind === 'full') throw new Error(way.reason);
    await hotUpgrade({
      ...way,
      ...running.hot(),
      running: tree(from),
      pristine: tree(to),
    });
    expect(await running.get('/counter')).toEqual({ counter });
    // The next connection is the first that is accepted by the new code.
    expect(await running.get('/')).toMatchObject({ version: to, code: to, pid: running.pid });
  }
  expect(await slow.answer).toEqual({ slept: 3000, code: '0.1.1' });
});

test('a sys.config.src gets its values from the environment of the VM, as a start gives them', async () => {
  const running = await RunningRelease.start({
    name: 'demo_erl',
    pristine: tree('0.1.1'),
    env: { SET: 'set & "quoted"' },
  });
  const pristine = temporaryFolder();
  fs.cpSync(tree('0.1.3'), pristine, { recursive: true });
  fs.rmSync(path.join(pristine, 'releases/0.1.3/sys.config'));
  fs.writeFileSync(
    path.join(pristine, 'releases/0.1.3/sys.config.src'),
    `[{demo_erl, [{set, '\${SET}'}, {unset, "\${NOT_SET}"}, {default, "\${NOT_SET:-default}"}]}].\n`,
  );
  await hotUpgrade({
    ...running.hot(),
    running: tree('0.1.1'),
    pristine,
    from: '0.1.1',
    to: '0.1.3',
    direction: 'up',
  });
  const keys = ['set', 'unset', 'default'];
  const values = await Promise.all(
    keys.map((key) => running.call('application', 'get_env', [atom('demo_erl'), atom(key)])),
  );
  expect(format(values)).toBe(`[{ok,'set & "quoted"'},{ok,[]},{ok,"default"}]`);
  const file = path.join(running.root, 'releases/0.1.3/sys.config');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});
