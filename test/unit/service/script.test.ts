import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { releaseScript, requireStart, wrappingOf } from '../../../src/service/script.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const elixir = (release: string | null) =>
  ({ name: 'shop', release, runtime: 'elixir', start: null }) as Parameters<typeof requireStart>[0];
const command = (...start: string[]) =>
  ({ ...elixir(null), runtime: 'command', start }) as Parameters<typeof requireStart>[0];

function releaseWith(...scripts: string[]): string {
  const directory = temporaryFolder();
  fs.mkdirSync(path.join(directory, 'bin'));
  for (const name of scripts) fs.writeFileSync(path.join(directory, 'bin', name), '', { mode: 0o755 });
  return directory;
}

const found = (release: string | null, ...scripts: string[]) =>
  path.basename(releaseScript({ name: 'shop', release }, releaseWith(...scripts)));

test("a release is started by the script configured, that of the app's name, or the only one", () => {
  expect(found('web', 'shop', 'web')).toBe('web');
  expect(found(null, 'shop', 'web')).toBe('shop');
  expect(found(null, 'web', 'web.bat')).toBe('web');
  // As relx has it.
  expect(found(null, 'till', 'till-1.0.0', 'nodetool', 'install_upgrade.escript', 'start_clean.boot')).toBe(
    'till',
  );
});

test('where none could be meant, it is told which there are and what to write', () => {
  const demand = (release: string | null, ...scripts: string[]) =>
    requireStart(elixir(release), releaseWith(...scripts));
  expect(() => demand(null, 'web')).not.toThrow();
  expect(() => demand(null, 'web', 'admin')).toThrow(
    expect.objectContaining({
      code: 'release_script',
      message: 'the release has no bin/shop: there is admin, web',
      hint: "name the one that starts it in the app's configuration: release: admin; no instance was touched",
    }),
  );
  expect(() => demand('wbe', 'web')).toThrow('the release has no bin/wbe: there is web');
});

test('where there is none, or none that can be executed, it is told what is there instead', () => {
  const empty = temporaryFolder();
  expect(() => requireStart(elixir(null), empty)).toThrow(
    'the release has no bin/shop: at its top is nothing',
  );
  fs.mkdirSync(path.join(empty, 'other'));
  fs.writeFileSync(path.join(empty, 'README'), '');
  expect(() => requireStart(elixir(null), empty)).toThrow(
    expect.objectContaining({
      code: 'release_script',
      message: 'the release has no bin/shop: at its top is README, other/',
      hint: expect.stringContaining('tar -czf shop.tar.gz -C shop .'),
    }),
  );
  const shut = releaseWith('shop');
  fs.chmodSync(path.join(shut, 'bin/shop'), 0o644);
  expect(() => requireStart(elixir(null), shut)).toThrow(
    'bin/shop of the release cannot be executed: its mode is 0644',
  );
});

test('a program of the release is looked for, one of the host is not', () => {
  const release = releaseWith('server');
  const demand = (...start: string[]) => requireStart(command(...start), release);
  expect(() => demand('bin/server', '--port', '80')).not.toThrow();
  expect(() => demand('node', 'missing.js')).not.toThrow();
  expect(() => demand('/opt/missing')).not.toThrow();
  expect(() => demand('./server')).toThrow(
    'the release has no ./server, which `start` names: at its top is bin/',
  );
  expect(() => demand('./bin')).toThrow('the release has no ./bin');
  fs.chmodSync(path.join(release, 'bin/server'), 0o600);
  expect(() => demand('./bin/server')).toThrow(
    './bin/server of the release cannot be executed: its mode is 0600',
  );
});

test('what may be a path in a start command tells which folder is around the release', () => {
  const wanted = (app: ReturnType<typeof elixir>) => wrappingOf(app, { id: 'shop', version: '1.0.0' }).wanted;
  expect(wanted(elixir('web'))).toEqual(['bin/web', 'bin']);
  expect(wanted(command('./run', '--file=conf/a.yaml', '/etc/x', '../y'))).toEqual([
    'run',
    '--file',
    'conf/a.yaml',
  ]);
  expect(wanted(command('/bin/sh', '-e', '-c', 'cd app/ && exec "./serve"'))).toContain('app');
});
