import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { LAUNCHER, startCli } from '../../fixtures/slipway.ts';
import { freePorts } from '../../support/free-port.ts';
import { deployed, hotWorkshop } from '../../support/hot.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { inShells, untilNoShells } from '../../support/shells.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { PersonsTerminal } from '../../support/terminal.ts';
import { waitFor } from '../../support/wait-for.ts';
import { readyWorkshop, type Workshop } from '../../support/workshop.ts';

/** Runs a command on pipes, as a script would. */
function start(workshop: Workshop, argv: string[], app = workshop.name) {
  return startCli(['run', app, '--config', workshop.configFile, '--', ...argv]);
}

async function ran(workshop: Workshop, argv: string[], app = workshop.name) {
  const cli = start(workshop, argv, app);
  cli.child.stdin?.end();
  return await cli.ended;
}

function sleeps(workshop: Workshop) {
  return inShells(workshop).filter(({ command }) => command === 'sleep');
}

test('a command has environment, user and release of its app, and its status is the own', async () => {
  const workshop = await readyWorkshop({ app: { user: 'nobody', env: { GREETING: 'grüße' } } });
  const script = 'echo "$GREETING $RELEASE_NODE"; id -un; pwd; test -t 0 || echo none; echo bad >&2; exit 7';
  const release = path.join(workshop.data, 'service/web/release/deployment_1.1.0.0');
  expect(await ran(workshop, ['sh', '-c', script])).toMatchObject({
    status: 7,
    stdout: `grüße web-run\nnobody\n${release}\nnone\n`,
    stderr: 'bad\n',
  });
  expect(await ran(workshop, ['sh', '-c', 'kill -9 $$'])).toMatchObject({ status: 137 });
  // Both are opened anew by their names, as scripts do, by another user than the one who has made them.
  expect(
    await ran(workshop, ['sh', '-c', 'cat /dev/stdin; echo error >/dev/stderr; echo output >/dev/stdout']),
  ).toMatchObject({
    status: 0,
    stdout: 'output\n',
    stderr: 'error\n',
  });
  expect((await ran(workshop, ['echo', '$GREETING; exit 1', 'two  blanks'])).stdout).toBe(
    '$GREETING; exit 1 two  blanks\n',
  );
  const missing = await ran(workshop, ['/nonexistent']);
  expect([missing.status, missing.stderr]).toEqual([127, expect.stringContaining('/nonexistent')]);

  await ran(workshop, ['true', '--password', 'hunter2', 'API_TOKEN=two words', 'https://me:word@host/']);
  const client = await workshop.client();
  await waitFor('the end in the audit', async () => (await client.audit({}))[0]?.outcome === 'succeeded');
  const [row, failed] = await client.audit({});
  expect(row).toMatchObject({
    ...{ actor: 'root', action: 'run', app: 'web', reason: 'exit status 0' },
    subject: 'web true --password [redacted] API_TOKEN=[redacted] https://me:[redacted]@host/',
  });
  expect(failed).toMatchObject({ action: 'run', outcome: 'failed', reason: 'exit status 127' });
  const texts = (await client.timeline({ app: 'web' })).flatMap(({ kind, text }) =>
    kind === 'action' ? text : [],
  );
  expect(texts.join('\n')).toContain('run /nonexistent');
  expect(texts.join() + workshop.agentOutput()).not.toMatch(/hunter2|two words|me:word/);
});

test('bytes go through as they are, both ways, and whoever does not read holds the other up', async () => {
  const workshop = await readyWorkshop();
  const bytes = randomBytes(10 * 1024 * 1024);
  const cat = spawn(LAUNCHER, ['run', 'web', '--config', workshop.configFile, '--', 'cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  cat.stdin.end(bytes);
  expect((await buffer(cat.stdout)).equals(bytes)).toBe(true);

  const flood = spawn(LAUNCHER, ['run', 'web', '--config', workshop.configFile, '--', 'yes'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const yes = await waitFor('yes', () => inShells(workshop).find(({ command }) => command === 'yes'));
  await waitForStandstill(() => /wchar: (\d+)/.exec(fs.readFileSync(`/proc/${yes.pid}/io`, 'utf8'))?.[1]);
  const flooded = once(flood, 'exit');
  flood.stdout.destroy();
  expect(await flooded).toEqual([141, null]);
  await untilNoShells(workshop);

  const idle = start(workshop, ['sh', '-c', 'echo up; exec sleep 100000']);
  let taken = 0;
  const offered = 512;
  for (let each = 0; each < offered; each++)
    idle.child.stdin?.write(Buffer.alloc(16 * 1024), (error) => error || taken++);
  idle.child.stdin?.on('error', () => undefined);
  await waitFor('the command', () => idle.seen.stdout === 'up\n');
  await waitForStandstill(() => String(taken));
  expect(taken).toBeLessThan(offered / 2);
  // It ends though its input was not read.
  idle.child.kill('SIGINT');
  expect(await idle.ended).toMatchObject({ status: 130 });
});

async function waitForStandstill(look: () => string | undefined): Promise<void> {
  let before: string | undefined;
  let looks = 0;
  await waitFor('it to be held up', () => {
    const now = look();
    looks = now === before ? looks + 1 : 0;
    before = now;
    return looks === 20;
  });
}

test('Ctrl-C reaches the command; a second one, and the end of the command line, end all of it', async () => {
  const workshop = await readyWorkshop({ app: { stop: { signal: 'SIGUSR1', grace: '1s' } } });
  const trap =
    "trap 'echo interrupted; exit 4' INT; trap 'echo told; exit 5' USR1; echo up; while :; do sleep 0.05; done";
  const polite = start(workshop, ['sh', '-c', trap]);
  await waitFor('the command', () => polite.seen.stdout === 'up\n');
  polite.child.kill('SIGINT');
  expect(await polite.ended).toMatchObject({ status: 4, stdout: 'up\ninterrupted\n' });

  const deaf = start(workshop, [
    'sh',
    '-c',
    'trap "echo heard" INT; trap "" USR1; (setsid sleep 100000 &); echo up; while :; do sleep 0.05; done',
  ]);
  await waitFor('the command', () => deaf.seen.stdout === 'up\n');
  deaf.child.kill('SIGINT');
  await waitFor('the signal', () => deaf.seen.stdout === 'up\nheard\n');
  deaf.child.kill('SIGINT');
  expect(await deaf.ended).toMatchObject({
    status: 130,
    stderr: expect.stringContaining('the command is ended'),
  });
  await untilNoShells(workshop);

  const file = path.join(workshop.folder, 'told');
  const killed = start(workshop, [
    'sh',
    '-c',
    `trap 'echo told >${file}; exit' USR1; echo up; while :; do sleep 0.05; done`,
  ]);
  await waitFor('the command', () => killed.seen.stdout === 'up\n');
  killed.child.kill('SIGKILL');
  await untilNoShells(workshop);
  expect(fs.readFileSync(file, 'utf8')).toBe('told\n');
});

test('the release of a command is kept; two run at once, and both end with their agent', async () => {
  const workshop = await readyWorkshop({ app: { keep: 1 } });
  const [one, two] = [
    start(workshop, ['sh', '-c', 'cd /; exec sleep 100000']),
    start(workshop, ['sleep', '100000']),
  ];
  await waitFor('both', () => sleeps(workshop).length === 2);
  for (const version of ['1.1.0', '1.2.0', '1.3.0']) {
    workshop.publish(version);
    await workshop.untilDeployed(version);
  }
  const trees = path.join(workshop.data, 'service/web/release');
  await waitFor('1.1.0 to be removed', () => !fs.existsSync(path.join(trees, 'deployment_2.1.1.0')));
  expect(fs.existsSync(path.join(trees, 'deployment_1.1.0.0/server.js'))).toBe(true);

  // What holds one of them is killed, too: the next agent finds it by its group.
  const holders = new Set(sleeps(workshop).map(({ parentPid }) => parentPid));
  await workshop.kill();
  for (const pid of holders) process.kill(pid, 'SIGKILL');
  for (const { ended } of [one, two])
    expect(await ended).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('and the command with it'),
    });
  await workshop.start();
  await untilNoShells(workshop);
  const rows = await (await workshop.client()).audit({});
  const runs = rows.filter(({ action }) => action === 'run');
  expect(runs).toMatchObject([
    { outcome: 'unknown', reason: 'the agent ended' },
    { reason: 'the agent ended' },
  ]);
});

test('on a terminal a command has one, and without a command there is a shell', async () => {
  const workshop = await readyWorkshop({ app: { env: { GREETING: 'hello' } } });
  const on = ['--config', workshop.configFile];
  const shell = new PersonsTerminal(['run', 'web', ...on], { columns: 111, rows: 22 });
  await shell.until(/[$#] $/);
  await shell.ask('stty size; pwd; echo "<$GREETING>"', /22 111\s+\S+\/deployment_1\.1\.0\.0\s+<hello>/);
  shell.type('exit 6\r');
  expect(await shell.ended).toMatchObject({ status: 6 });

  const command = new PersonsTerminal([
    'run',
    'web',
    ...on,
    '--',
    'sh',
    '-c',
    'tty; read -r x; echo "<$x>"; sleep 100000',
  ]);
  await command.until(/\/dev\/pts\/\d+\s/);
  await command.ask('word', /<word>/);
  command.type('\x03');
  expect(await command.ended).toMatchObject({ status: 130 });

  const without = await ran(workshop, []);
  expect(without).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('slipway run web -- <command>'),
  });
  const unread = await startCli(['run', 'web', 'ls', '-l', ...on]).ended;
  expect(unread).toMatchObject({ status: 2, stderr: expect.stringContaining('stands after --') });
});

test('over TCP it takes a deployer, and an admin where the app runs as root', async () => {
  const port = await freePorts(1);
  const workshop = await readyWorkshop({ listen: `127.0.0.1:${port}`, app: { user: 'nobody' } });
  const client = await workshop.client();
  const as = async (role: 'viewer' | 'deployer' | 'admin') => {
    const { token } = await client.createToken({ name: role, role });
    const file = path.join(workshop.folder, role);
    fs.writeFileSync(file, token, { mode: 0o600 });
    const cli = startCli([
      '--url',
      `http://127.0.0.1:${port}`,
      '--token-file',
      file,
      'run',
      'web',
      '--',
      'cat',
    ]);
    cli.child.stdin?.end('through');
    return await cli.ended;
  };
  expect(await as('viewer')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('the role deployer'),
  });
  expect(await as('deployer')).toMatchObject({ status: 0, stdout: 'through' });
  expect((await client.audit({})).find(({ outcome }) => outcome === 'refused')).toMatchObject({
    action: 'run',
  });
  workshop.configure({ user: 'root' });
  await client.applyConfiguration();
  expect(await as('deployer')).toMatchObject({ status: 1, stderr: expect.stringContaining('runs as root') });
  expect(await as('admin')).toMatchObject({ status: 0, stdout: 'through' });
});

test('a command of a site runs in its live release with the environment of its hooks', async () => {
  const site = await SiteWorkshop.make({ site: { env: { QUEUE: 'mails' } } });
  site.repository.push({ 'index.html': 'hello' });
  await site.workshop.start();
  const none = await ran(site.workshop, ['ls'], 'shop');
  expect(none).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/no live release[^]*slipway deploy shop/),
  });
  expect(await site.deploy()).toMatchObject({ state: 'succeeded' });
  const script =
    'cat index.html; echo " $QUEUE $DEPLOY_BRANCH $RELEASE_NUMBER"; umask; pwd; echo $APPLICATION_ROOT';
  const { stdout } = await ran(site.workshop, ['sh', '-c', script], 'shop');
  const [first, , ...places] = stdout.trim().split('\n');
  expect(first).toMatch(/^hello mails main deployment_1\.[0-9a-f]{7}$/);
  expect(places[0]).toMatch(/\/release\/deployment_1\.[0-9a-f]{7}$/);
  expect(places[1]).toBe(places[0]);
});

test('bin/<app> eval of an Elixir release runs in the pristine release', async () => {
  const workshop = await hotWorkshop(otpReleases(), { replicas: 1 });
  await deployed(workshop, '0.1.0');
  const expression = 'IO.puts(File.cwd!()); IO.puts(System.get_env("RELEASE_NODE"))';
  const { status, stdout } = await ran(workshop, ['bin/demo_app', 'eval', expression]);
  const release = path.join(workshop.data, 'service/demo_app/release/deployment_1.0.1.0');
  expect([status, stdout]).toEqual([0, `${release}\ndemo_app-run\n`]);
});
