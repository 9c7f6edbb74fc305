import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/program/index.ts';
import { logLine } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { LAUNCHER, slipway, startCli } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PROGRAM = createProgram({
  version: '',
  bind: () => async () => {},
  runAgent: async () => {},
});
const VERBS = PROGRAM.commands.map((command) => command.name());

test('without a verb the way in is shown: all verbs, first steps, exit statuses', async () => {
  const { status, stdout } = await slipway([]);
  expect(status).toBe(0);
  for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
  expect(stdout).toMatch(/First steps:[^]*slipway doctor[^]*Exit status: 0 done/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('the verbs are those that scripts rely on', () => {
  const promised =
    'status deploy rollback releases deployments timeline show cancel promote pin unpin ghost unghost restart stop start logs run shell env secret maintenance cron certs user token audit config import backup restore publish keys init doctor completion update agent';
  expect(VERBS.toSorted()).toEqual(promised.split(' ').toSorted());
});

test.each(VERBS)('help tells what %s does and the options that all verbs have', (verb) => {
  let help = '';
  const command = PROGRAM.commands.find((each) => each.name() === verb);
  command?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  expect(help).toMatch(new RegExp(`^Usage: slipway ${verb}`));
  expect(help).toMatch(/--config <file>[^]*--socket <path>[^]*--json/);
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('--help of a verb is its help, and no failure', async () => {
  const { status, stdout } = await slipway(['deploy', '--help']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: slipway deploy/);
});

test.each([
  [['frobnicate'], /unknown command/],
  [['stauts'], /hint: Did you mean status\?\n  next: slipway --help/],
  [['deploy'], /missing required argument 'app'\n  next: slipway deploy --help/],
  [['deploy', 'shop', '--vresion', '1'], /Did you mean --version\?/],
  [['deploy', 'shop', 'blog'], /too many arguments/],
  [['deploy', 'shop', '--timeout', 'soon'], /duration such as 30s/],
  [['rollback', 'shop', '--to', '0'], /whole number/],
  [['show', 'seven'], /whole number/],
  [['timeline', 'shop', '--at', 'noonish'], /a moment such as 03:12/],
  [['restart', 'shop/0'], /number of an instance, or a worker/],
  [['restart', 'shop/Queue'], /number of an instance, or a worker/],
  [
    ['deploy', 'shop', '--ref', 'main', '--version', '1'],
    /'--ref <ref>' cannot be used with option '--version/,
  ],
  [['deploy', 'shop', '--ref', 'main', '--archive', 'x'], /cannot be used with/],
  [['deploy', 'shop', '--archive', 'x', '--dry-run'], /cannot be used with option '--dry-run'/],
  [['deploy', 'shop', '--archive', '/nowhere.zip'], /\/nowhere\.zip cannot be sent: it is not there/],
  [['deploy', 'shop', '--archive', '/tmp'], /is a directory[^]*next: tar -czf/],
  [['deploy', 'shop', '--archive', '/dev/null'], /is no regular file/],
  [['env', 'shop', 'add', 'A=1'], /"add" is none of list, set, unset/],
  [['env', 'set', 'shop', 'A=1'], /the app comes first: slipway env <app> list/],
  [['env', 'shop', 'list', 'A'], /list takes no names: A\n  next: slipway env shop/],
  [['env', 'shop', 'set'], /none is named\n  next: slipway env shop set NAME=VALUE/],
  [['env', 'shop', 'set', '1A=1'], /"1A" is no name/],
  [['env', 'shop', 'set', 'A', 'B'], /one value, and not those of A, B/],
  [['env', 'shop', 'set', 'A'], /standard input holds no value for A/],
  [['env', 'shop', 'set', '--file', '/nowhere'], /\/nowhere cannot be read: it is not there/],
  [['env', 'shop', 'set', '--file', '/dev/null'], /there is no variable in \/dev\/null/],
  [['env', 'shop', 'unset'], /none is named/],
  [
    ['env', 'shop', 'unset', '--file', 'x'],
    /unset has no option --file\n  next: slipway env shop set --file x/,
  ],
  [['env', 'shop', 'set', 'A=1', '--reveal'], /set has no option --reveal/],
  [['secret', 'shop', 'list', 'A'], /list takes no names/],
  [['secret', 'shop', 'set'], /none is named/],
  [['maintenance', 'shop'], /missing required argument/],
  [['maintenance', 'shop', 'perhaps'], /"perhaps" is none of on, off/],
  [['cron', 'shop', 'run'], /which entry[^]*next: slipway cron shop\n/],
  [['cron', 'shop', 'list', 'report'], /list takes no entry[^]*next: slipway cron shop run report/],
  [['logs', 'shop', '--grep', '('], /regular expression/],
  [['logs', 'shop', '-n', '-1'], /whole number/],
  [['completion', 'tcsh'], /bash, zsh, fish/],
  [['completion'], /bash, zsh or fish/],
  [['config'], /Commands:/],
  [['config', 'frobnicate'], /unknown command/],
])('%j is a usage error', async (args, words) => {
  const cli = startCli(args);
  cli.child.stdin?.end();
  expect(await cli.ended).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(words) });
});

test.each([
  [['secret', 'shop', 'set', 'NPM_TOKEN=hunter22'], /next: slipway secret shop set NPM_TOKEN\n/],
  [['secret', 'shop', 'DB=hunter22'], /"DB" is none of/],
  [['env', 'shop', 'DB=hunter22'], /"DB" is none of/],
  [['env', 'shop', 'list', 'DB=hunter22'], /list takes no names: DB\n/],
  [['env', 'shop', 'unset', 'DB=hunter22'], /"DB" is no name/],
])('%j is refused without the value being shown again', async (args, words) => {
  const { status, stderr } = await slipway([...args, '--json']);
  expect(status).toBe(2);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain('hunter22');
});

test('with --json a usage error is JSON, too', async () => {
  const { status, stdout } = await slipway(['deploy', '--json']);
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage', next: 'slipway deploy --help' } });
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(LAUNCHER, '../../package.json'), 'utf8'));
  expect(await slipway(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
});

test('a reader who has seen enough ends it quietly', async () => {
  const { backend, socketPath } = await serveFake();
  backend.lines = Array.from({ length: 50_000 }, (_, index) => logLine(`line ${index}`));
  const script = `set -o pipefail; "$0" logs shop/1 -n all | head -n 1; echo "status \${PIPESTATUS[0]}"`;
  const child = spawn('bash', ['-c', script, LAUNCHER], {
    env: { ...process.env, SLIPWAY_SOCKET: socketPath },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve) => child.once('close', resolve));
  expect(output).toBe('line 0\nstatus 0\n');
});

test('a reader who has gone ends what only waits for news', async () => {
  const { backend, socketPath } = await serveFake();
  backend.lines = [logLine('one')];
  for (const verb of ['status --watch', 'logs shop/1 -f']) {
    const script = `set -o pipefail; "$0" ${verb} | head -n 1 >/dev/null; echo "status \${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', script, LAUNCHER], {
      env: { ...process.env, SLIPWAY_SOCKET: socketPath },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await new Promise((resolve) => child.once('close', resolve));
    expect(output).toBe('status 0\n');
  }
});

test('help for a verb that there is none of says so', async () => {
  const { status, stderr } = await slipway(['help', 'statsu']);
  expect(status).toBe(2);
  expect(stderr).toMatch(/unknown command 'statsu'[^]*status/);
  expect(await slipway(['help', 'deploy'])).toMatchObject({ status: 0 });
});

test('all of a long answer arrives through a pipe', async () => {
  const { backend, socketPath } = await serveFake();
  backend.lines = Array.from({ length: 50_000 }, (_, index) => logLine(`line ${index}`));
  const { stdout } = await slipway(['logs', 'shop/1', '-n', 'all'], { socketPath });
  expect(stdout.split('\n')).toHaveLength(50_001);
  expect(stdout.endsWith('line 49999\n')).toBe(true);
});

test('the launcher is found through symbolic links, and from any folder', async () => {
  const folder = temporaryFolder();
  fs.symlinkSync(LAUNCHER, path.join(folder, 'first'));
  fs.symlinkSync('first', path.join(folder, 'second'));
  const child = spawn(path.join(folder, 'second'), ['--version'], { cwd: '/' });
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
});

test('what is not built says how to build it', async () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, 'bin'));
  fs.copyFileSync(LAUNCHER, path.join(folder, 'bin/slipway'));
  const { status, stderr } = await run(path.join(folder, 'bin/slipway'), process.env);
  expect(status).toBe(1);
  expect(stderr).toContain(`next: ${folder}/script/bootstrap`);
});

test('without its own Node it takes that of the host, if it is new enough', async () => {
  const folder = temporaryFolder();
  for (const name of ['bin', 'dist', 'path']) fs.mkdirSync(path.join(folder, name));
  fs.copyFileSync(LAUNCHER, path.join(folder, 'bin/slipway'));
  fs.writeFileSync(path.join(folder, 'dist/main.js'), '');
  const node = (version: string) =>
    fs.writeFileSync(
      path.join(folder, 'path/node'),
      `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo ran "$@"; fi\n`,
      { mode: 0o755 },
    );
  const launch = () => run(path.join(folder, 'bin/slipway'), { PATH: `${folder}/path:/usr/bin:/bin` });

  node('v20.20.2');
  expect(await launch()).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/24 or newer is needed; .*\/path\/node is v20\.20\.2/),
  });
  node('v24.0.0');
  expect(await launch()).toMatchObject({ status: 0, stdout: `ran ${folder}/dist/main.js\n` });
  fs.mkdirSync(path.join(folder, 'runtime'));
  fs.writeFileSync(path.join(folder, 'runtime/node'), '#!/bin/sh\necho own "$@"\n', { mode: 0o755 });
  expect(await launch()).toMatchObject({ status: 0, stdout: `own ${folder}/dist/main.js\n` });
});

function run(program: string, env: NodeJS.ProcessEnv) {
  const child = spawn(program, [], { env });
  const seen = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (seen.stderr += text));
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, ...seen })),
  );
}
