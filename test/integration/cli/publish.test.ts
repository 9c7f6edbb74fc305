import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { screenOf } from '../../fixtures/screen.ts';
import { LAUNCHER, slipway, startCli, startOnTerminal } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

function built(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

const currentIn = (bucket: string) => path.join(bucket, 'versions/demo/production/current.json');

/** A publisher's command line: a folder with one file, as a version of demo. */
function published(bucket: string, version: string, content: string): string[] {
  return ['publish', built({ 'server.js': content }), '--app', 'demo', '--version', version, '--to', bucket];
}

test('a folder is published, and what is printed says where and by which digest', async () => {
  const bucket = path.join(temporaryFolder(), 'bucket');
  const args = published(bucket, '1.0.0', 'one');
  const first = await slipway([...args, '--pre-command', 'eval A.a', '--pre-command', 'eval A.b', '--json']);
  expect(first).toMatchObject({ status: 0 });
  const archive = path.join(bucket, 'dist/demo/demo-1.0.0.tar.gz');
  const hash = `sha256:${execFileSync('sha256sum', [archive], { encoding: 'utf8' }).slice(0, 64)}`;
  const sizeBytes = fs.statSync(archive).size;
  expect(JSON.parse(first.stdout)).toMatchObject({ version: '1.0.0', hash, archive, size_bytes: sizeBytes });
  expect(first.stderr).toMatch(/✔ packed .*: 1 file, 3 B, \d+ B packed\n✔ sent demo-1\.0\.0\.tar\.gz: /);
  const again = await slipway([...args, '--pre-command', 'eval A.a', '--pre-command', 'eval A.b']);
  expect(again).toMatchObject({ status: 0 });
  expect(again.stdout).toContain('demo 1.0.0 (production) is published already, with the same bytes');
  const other = await slipway(published(bucket, '1.0.0', 'two'));
  expect(other).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('or --force; nothing was published'),
  });
});

test.each<[string[], string]>([
  [['.', '--app', 'demo', '--version', '1', '--to', 'https://example.com/x'], 'cannot be published to'],
  [['.', '--app', 'demo', '--version', '1', '--to', 'ftp://x'], 'ftp://x is no bucket'],
  [['.', '--app', 'demo', '--version', '1', '--to', 's3://x'], '"x" is no name of a bucket'],
  [
    ['.', '--app', 'demo', '--version', '1', '--to', '/tmp/x', '--signing-key', 'none.key'],
    'none.key cannot be signed with: it is not there',
  ],
  [['.', '--app', 'demo', '--version', '1'], 'where to publish is missing'],
  [['.', '--version', '1', '--to', '/tmp/x'], 'the app is missing: --app NAME'],
  [['.', '--app', 'demo', '--to', '/tmp/x'], 'the version is missing: --version 1.2.3'],
  [['--app', 'demo', '--version', '1', '--to', '/tmp/x'], 'a folder or an archive to publish is missing'],
  [['.', '--app', '../x', '--version', '1', '--to', '/tmp/x'], 'is no name of an app'],
  [['.', '--app', 'demo', '--version', '../1', '--to', '/tmp/x'], 'is no version'],
  [['/nowhere', '--app', 'demo', '--version', '1', '--to', '/tmp/x'], '/nowhere is not there'],
  [['--mix', '--to', '/tmp/x'], 'there is no release in _build/prod/rel'],
  [['--mix', '--rebar3', '--to', '/tmp/x'], 'give one of them'],
])('publish %j is refused in words', async (args, words) => {
  const { status, stderr } = await slipway(['publish', ...args], { cwd: temporaryFolder() });
  expect([1, 2, 3]).toContain(status);
  expect(stderr).toContain(words);
  expect(stderr).not.toContain('config check');
});

test('killed at any step, what is offered is whole, and the next run ends what was begun', async () => {
  const folder = temporaryFolder();
  const key = path.join(folder, 'key');
  await slipway(['keys', 'make', key, '--no-password']);
  const before = path.join(folder, 'before');
  const signed = (bucket: string, version: string) => [
    ...published(bucket, version, version),
    '--signing-key',
    key,
  ];
  expect(await slipway(signed(before, '1.0.0'))).toMatchObject({ status: 0 });
  let step = 1;
  const runOn = async () => {
    while (step > 0) {
      const bucket = path.join(folder, `bucket-${step}`);
      const args = signed(bucket, '1.1.0');
      fs.cpSync(before, bucket, { recursive: true });
      if (!(await wasKilledAt(step++, { args, temporary: folder }))) return;
      expectWhole(bucket);
      expect(await slipway(args)).toMatchObject({ status: 0 });
      expect(JSON.parse(fs.readFileSync(currentIn(bucket), 'utf8')).version).toBe('1.1.0');
      expectWhole(bucket);
      expect(leftovers(bucket)).toEqual([]);
    }
  };
  await Promise.all([runOn(), runOn(), runOn()]);
  // The archive, its signature, current.json and its signature: each is renamed, and most are synced before and after.
  expect(step).toBeGreaterThan(10);
});

/** Runs it, with SIGKILL at the n-th system call that makes something durable or visible. False where it has fewer. */
async function wasKilledAt(
  step: number,
  { args, temporary }: { args: string[]; temporary: string },
): Promise<boolean> {
  const inject = `inject=rename,fsync:signal=SIGKILL:when=${step}`;
  const strace = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename,fsync', '-e', inject];
  const child = spawn('strace', [...strace, LAUNCHER, ...args], {
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: temporary },
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal === 'SIGKILL';
}

function expectWhole(bucket: string): void {
  const { version, hash } = JSON.parse(fs.readFileSync(currentIn(bucket), 'utf8'));
  const archive = path.join(bucket, `dist/demo/demo-${version}.tar.gz`);
  expect(`sha256:${execFileSync('sha256sum', [archive], { encoding: 'utf8' }).slice(0, 64)}`).toBe(hash);
}

function leftovers(bucket: string): string[] {
  return fs
    .readdirSync(bucket, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('part'));
}

test('interrupted, it says what it left and ends with 130', async () => {
  const bucket = temporaryFolder();
  fs.mkdirSync(path.join(bucket, 'dist/demo'), { recursive: true });
  // Another publisher is at it, and is waited for.
  const lock = spawn('flock', [path.join(bucket, 'dist/demo'), 'sh', '-c', 'echo; exec cat']);
  onTestFinished(() => void lock.kill('SIGKILL'));
  await once(lock.stdout, 'data');
  const { child, ended, seen } = startCli(published(bucket, '1.0.0', 'one'));
  await waitFor('the archive to be sent', () => {
    const children = execFileSync('pgrep', ['-P', String(child.pid), '-a'], { encoding: 'utf8' });
    return seen.stderr.includes('packed') && children.includes('flock');
  });
  child.kill('SIGINT');
  expect(await ended).toMatchObject({
    status: 130,
    stderr: expect.stringMatching(
      /demo 1\.0\.0 is not published: it was interrupted\n.*is not offered; begun again/,
    ),
  });
  expect(fs.existsSync(currentIn(bucket))).toBe(false);
});

test('what mix and rebar3 have built is found, with its name and version', async () => {
  const release = (version: string) => ({ 'bin/demo': '#!', 'releases/start_erl.data': `15.2 ${version}\n` });
  const within = (at: string, files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`${at}/${name}`, content]));
  const bucket = temporaryFolder();
  const mix = built(within('_build/prod/rel/demo', release('1.0.0')));
  const fromFolder = await slipway(['publish', '--mix', '--to', bucket, '--json'], { cwd: mix });
  expect(JSON.parse(fromFolder.stdout)).toMatchObject({
    app: 'demo',
    version: '1.0.0',
    outcome: 'published',
  });

  const rebar = built(within('_build/prod/rel/demo', release('2.0.0')));
  const unpacked = await slipway(['publish', '--rebar3', '--to', bucket], { cwd: rebar });
  expect(unpacked.stderr).toContain('is not packed');
  expect(unpacked.stderr).toContain('next: rebar3 as prod tar');
  const at = path.join(rebar, '_build/prod/rel/demo');
  execFileSync('tar', ['-czf', 'demo-2.0.0.tar.gz', 'bin', 'releases'], { cwd: at });
  const packed = await slipway(['publish', rebar, '--rebar3', '--to', bucket, '--json']);
  expect(JSON.parse(packed.stdout)).toMatchObject({ version: '2.0.0', outcome: 'published' });
  expect(packed.stderr).not.toContain('packed');

  fs.mkdirSync(path.join(mix, '_build/prod/rel/other/bin'), { recursive: true });
  fs.mkdirSync(path.join(mix, '_build/prod/rel/other/releases'));
  fs.writeFileSync(path.join(mix, '_build/prod/rel/other/releases/start_erl.data'), '15.2 3.0.0');
  const several = await slipway(['publish', '--mix', '--to', bucket], { cwd: mix });
  expect(several.stderr).toContain('mix has built several releases: demo, other');
  expect((await slipway(['publish', '--mix', '--app', 'demo', '--to', bucket], { cwd: mix })).status).toBe(0);
});

test('on a terminal it says in a few lines what it did', async () => {
  const bucket = path.join(temporaryFolder(), 'bucket');
  const { ended } = startOnTerminal(published(bucket, '1.0.0', 'one'));
  const { stdout } = await ended;
  const lines = screenOf(stdout).lines.filter((line) => line !== '');
  expect(lines[0]).toMatch(/^✔ packed /);
  expect(lines.find((line) => line.startsWith('✔ sent'))).toMatch(/^✔ sent demo-1\.0\.0\.tar\.gz: /);
  expect(lines.join(' ')).toContain('published demo 1.0.0 (production) to');
});

test('keys are made once, and what they sign is deployed; what is put back of old is not', async () => {
  const folder = temporaryFolder();
  const key = path.join(folder, 'release.key');
  const made = await slipway(['keys', 'make', key, '--no-password', '--json']);
  const { public_key: publicKey } = JSON.parse(made.stdout);
  expect(fs.statSync(key).mode & 0o777).toBe(0o600);
  expect(await slipway(['keys', 'make', key, '--no-password'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('a key is never written over'),
  });
  expect(await slipway(['keys', 'make', `${key}2`], { cwd: folder })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('nobody is there to be asked'),
  });

  const workshop = await Workshop.make({ replicas: 1, app: { signing: { keys: [publicKey] } } });
  const bucket = workshop.bucket.folder;
  const publish = (version: string, ...more: string[]) => {
    workshop.bucket.putProgram(version);
    const archive = workshop.bucket.archive(version);
    return slipway(['publish', archive, '--app', 'web', '--version', version, '--to', bucket, ...more]);
  };
  await publish('1.0.0');
  await workshop.start();
  const refused = await waitFor('a refusal', async () => {
    const { source } = await workshop.app();
    return source.state === 'error' && source.reason;
  });
  expect(refused).toContain('is not signed');
  expect(await publish('1.0.0', '--signing-key', key)).toMatchObject({ status: 0 });
  await workshop.untilDeployed('1.0.0');

  const current = workshop.bucket.currentFile;
  const old = [current, `${current}.minisig`].map((file) => [file, fs.readFileSync(file)] as const);
  expect(await publish('1.1.0', '--signing-key', key)).toMatchObject({ status: 0 });
  await workshop.untilDeployed('1.1.0');
  const isReplay = async () => {
    const { source, live } = await workshop.app();
    return (source.reason?.includes('was taken before') ?? false) && live?.version === '1.1.0';
  };
  for (const [file, bytes] of old) fs.writeFileSync(file, bytes);
  await waitFor('the old one to be refused', isReplay);
  await workshop.kill();
  await workshop.start();
  await waitFor('the next agent to refuse it, too', isReplay);
  expect(await publish('1.0.0', '--signing-key', key)).toMatchObject({ status: 0 });
  await waitFor(
    'the old version, published anew',
    async () => (await workshop.app()).live?.version === '1.0.0',
  );
});

test('init writes a configuration that is right, says what follows, and writes over nothing', async () => {
  const cwd = built({ 'mix.exs': 'app: :demo,' });
  const first = await slipway(['init'], { cwd });
  expect(first).toMatchObject({ status: 0 });
  expect(first.stdout).toMatch(
    /^wrote slipway\.yaml: the service demo, for mix\.exs\nread it, and then:\n {2}slipway/,
  );
  expect(await slipway(['config', 'check', '--config', 'slipway.yaml'], { cwd })).toMatchObject({
    status: 0,
  });
  fs.writeFileSync(path.join(cwd, 'slipway.yaml'), 'mine');
  expect(await slipway(['init'], { cwd })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('slipway.yaml is there already'),
  });
  expect(fs.readFileSync(path.join(cwd, 'slipway.yaml'), 'utf8')).toBe('mine');
  expect(
    await slipway(['init', '--output', 'other.yaml', '--name', 'shop', '--json'], { cwd }),
  ).toMatchObject({
    stdout: expect.stringContaining('"app": "shop"'),
  });
});
