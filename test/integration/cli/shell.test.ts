import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { LAUNCHER, startCli } from '../../fixtures/slipway.ts';
import {
  descriptorsOf,
  hostOf,
  inShells,
  openShell,
  untilNoShells,
  untilSize,
} from '../../support/shells.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { PersonsTerminal } from '../../support/terminal.ts';
import { waitFor } from '../../support/wait-for.ts';
import { readyWorkshop, Workshop } from '../../support/workshop.ts';

const PROMPT = /[$#] $/;
/** What the command says, and not how it is typed: a long line is broken anywhere. */
const BEGUN = /[\r\n]begun 0\s/;
/** The prompt after Ctrl-C, and not the one before. */
const INTERRUPTED = /\^C[^$#]*[$#] $/;
/**
 * Runs a program on a terminal, and tells whether it has left that as it was. It stays, as the library behind the terminal
 * may throw away the last words of one that ends.
 */
const AS_IT_WAS = [
  ...['bash', '-c'],
  'before=$(stty -g); "$@"; echo "status $?"; [ "$(stty -g)" = "$before" ] && echo as it was; read -r _',
  'bash',
];

async function pidOfApp(workshop: Workshop): Promise<number> {
  return (await workshop.app()).instances[0]?.pid ?? 0;
}

test('a shell stands in current, with the environment of the instance and the size of the own', async () => {
  const env = { TMUX: 'agents', RELEASE_NODE: 'agents', BINDIR: '/agents', COLUMNS: '9' };
  const workshop = await readyWorkshop({ env, app: { env: { GREETING: 'grüße' } } });
  const pid = await pidOfApp(workshop);
  const shell = openShell(workshop, 'web/1', { columns: 191, rows: 27 });
  await shell.until(PROMPT);
  await shell.ask('stty size', /[\r\n]27 191\s/);
  await shell.ask('pwd', /[\r\n]\S+\/service\/web\/release\/deployment_1\.1\.0\.0\s/);
  await shell.ask(
    'echo "<$PORT $RELEASE_NODE $TMUX $BINDIR $COLUMNS $TERM $LANG $GREETING>"',
    new RegExp(`[\\r\\n]<${workshop.port} web-1   191 xterm-256color C.UTF-8 grüße>`),
  );
  shell.resize(177, 33);
  await untilSize(workshop, 177, 33);
  await shell.ask('stty size', /[\r\n]33 177\s/);

  shell.type('sleep 100000; echo interrupted $?\r');
  await waitFor('the sleep', () => inShells(workshop).some(({ command }) => command === 'sleep'));
  shell.type('\x03');
  await shell.until(INTERRUPTED);
  shell.type('exit 7\r');
  expect(await shell.ended).toMatchObject({ status: 7 });
  await untilNoShells(workshop);
  expect(await pidOfApp(workshop)).toBe(pid);
  // The client is told before the line is in the log.
  await waitFor('the end to be told', () =>
    /the shell of root on web\/1 ended after \S+: exit status 7/.test(workshop.agentOutput()),
  );
  expect(workshop.agentOutput()).toMatch(/root opened a shell on web\/1/);
  expect(workshop.agentOutput()).not.toContain('GREETING');
});

test("a shell and its terminal are the configured user's, with that user's groups", async () => {
  const workshop = await readyWorkshop({ app: { user: 'nobody' } });
  const shell = openShell(workshop, 'web/1');
  await shell.until(PROMPT);
  await shell.ask('id', /[\r\n]uid=\d+\(nobody\) gid=\d+\(nogroup\) groups=\d+\(nogroup\)\s/);
  await shell.ask('stat -c "owner %U" $(tty)', /[\r\n]owner nobody\s/);
  await shell.ask('echo opened anew >$(tty)', /[\r\n]opened anew\s/);
  shell.type('exit\r');
  expect(await shell.ended).toMatchObject({ status: 0 });
});

test('a shell of a worker has its environment and stands in the live release of its site', async () => {
  const site = await SiteWorkshop.make({
    site: { env: { QUEUE: 'mails' }, workers: [{ name: 'queue', command: 'sleep 100000' }] },
  });
  site.repository.push({ 'index.html': 'hello' });
  await site.workshop.start();
  expect(await site.deploy()).toMatchObject({ state: 'succeeded' });
  const shell = openShell(site.workshop, 'shop/queue');
  await shell.until(PROMPT);
  await shell.ask('cat index.html; echo "<$QUEUE>"', /[\r\n]hello<mails>/);
  // Between two lines the terminal is not Bash's, and the key would be lost.
  await shell.until(PROMPT);
  shell.type('\x04');
  expect(await shell.ended).toMatchObject({ status: 0 });
});

test('commands through a pipe are run as a script, to its status and without a terminal', async () => {
  const workshop = await readyWorkshop();
  const bytes = Buffer.alloc(3_000_000, 'a line with a tab\tin it\n');
  const cli = startCli(['shell', 'web/1', '--config', workshop.configFile]);
  // Bash reads a script byte by byte: what follows in the pipe is for the program.
  cli.child.stdin?.write(
    `test -t 0 && echo terminal; head -c ${bytes.length} | sha256sum; echo $PORT; exit 5\n`,
  );
  cli.child.stdin?.end(bytes);
  expect(await cli.ended).toMatchObject({
    status: 5,
    stdout: `${createHash('sha256').update(bytes).digest('hex')}  -\n${workshop.port}\n`,
  });
});

test('a large paste arrives whole, however slowly it is read', async () => {
  const workshop = await readyWorkshop();
  const shell = openShell(workshop, 'web/1');
  await shell.until(PROMPT);
  const pasted = Buffer.from('0123456789abcde\n'.repeat(65_536));
  const gate = path.join(workshop.folder, 'gate');
  await shell.ask(
    `stty -icanon -echo -icrnl; mkfifo ${gate}; echo go; read _ <${gate}; head -c 1048576 | sha256sum`,
    /[\r\n]go\s/,
  );
  shell.type(pasted.toString());
  // To open it otherwise would wait for ever where the shell has died.
  const flag = fs.constants.O_WRONLY | fs.constants.O_NONBLOCK;
  const fd = await waitFor('the shell to wait at the gate', () => fs.openSync(gate, flag));
  fs.writeSync(fd, 'now\n');
  fs.closeSync(fd);
  await shell.until(new RegExp(createHash('sha256').update(pasted).digest('hex')));
});

test('a program that floods the terminal waits for its reader, and Ctrl-C ends it', async () => {
  const workshop = await readyWorkshop();
  const shell = openShell(workshop, 'web/1');
  await shell.until(PROMPT);
  shell.type('yes\r');
  await shell.until(/y\r\ny\r\n/);
  shell.pause();
  const yes = await waitFor('yes', () => inShells(workshop).find(({ command }) => command === 'yes'));
  let written = -1;
  let looks = 0;
  await waitFor('it to be held up', () => {
    const now = Number(/wchar: (\d+)/.exec(fs.readFileSync(`/proc/${yes.pid}/io`, 'utf8'))?.[1]);
    looks = now === written ? looks + 1 : 0;
    written = now;
    return looks === 20;
  });
  shell.resume();
  shell.type('\x03');
  await shell.until(INTERRUPTED);
  await shell.ask('echo still here', /[\r\n]still here/);
});

test('no descriptor of a terminal leaks into another shell, or into an app that is started', async () => {
  const workshop = await readyWorkshop();
  const [one, two] = [openShell(workshop, 'web/1'), openShell(workshop, 'web/1')];
  await Promise.all([one.until(PROMPT), two.until(PROMPT)]);
  await (await workshop.client()).restart({ app: 'web' });
  const shells = inShells(workshop);
  expect(shells).toHaveLength(2);
  const opened = shells.map(({ pid }) => descriptorsOf(pid).filter((to) => to.startsWith('/dev/')));
  for (const each of opened) expect(new Set(each)).toEqual(new Set([expect.stringMatching(/^\/dev\/pts\//)]));
  expect(new Set(opened.flat()).size).toBe(2);
  const app = descriptorsOf(await pidOfApp(workshop));
  expect(app.filter((to) => /ptmx|pts/.test(to))).toEqual([]);
  expect(descriptorsOf(workshop.agent?.pid ?? 0).filter((to) => /ptmx|pts/.test(to))).toEqual([]);
});

test.each([
  ['its terminal is closed', (shell: PersonsTerminal) => shell.kill('SIGHUP'), /it was closed/],
  ['the command line is killed with -9', (shell: PersonsTerminal) => shell.kill('SIGKILL'), /it was closed/],
  [
    'what holds the terminal is killed with -9',
    (_: PersonsTerminal, host: number) => process.kill(host, 'SIGKILL'),
    /its host died/,
  ],
])('where %s, nothing of the shell is left, and the app goes on', async (_, end, said) => {
  const workshop = await readyWorkshop();
  const pid = await pidOfApp(workshop);
  const shell = openShell(workshop, 'web/1');
  await shell.until(PROMPT);
  await shell.ask('nohup setsid sleep 100000 >/dev/null 2>&1 & trap "" HUP; echo begun $?', BEGUN);
  const host = hostOf(workshop);
  end(shell, host);
  await shell.ended;
  await untilNoShells(workshop, [host]);
  await waitFor('the end to be told', () => said.test(workshop.agentOutput()));
  expect(await pidOfApp(workshop)).toBe(pid);
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a shell ends with its agent (%s), the terminal is as it was, and the app goes on',
  async (signal) => {
    const workshop = await readyWorkshop();
    const pid = await pidOfApp(workshop);
    const argv = [...AS_IT_WAS, LAUNCHER, 'shell', 'web/1', '--config', workshop.configFile];
    const shell = new PersonsTerminal([], { argv });
    await shell.until(PROMPT);
    await shell.ask('nohup setsid sleep 100000 >/dev/null 2>&1 & echo begun $?', BEGUN);
    const host = hostOf(workshop);
    await workshop.kill(signal);
    await shell.until(/went away, and the shell with it[^]*slipway shell web\/1[^]*status 4\s+as it was/);
    await untilNoShells(workshop, [host]);
    await workshop.start();
    expect(await pidOfApp(workshop)).toBe(pid);
  },
);

test('the terminal is as it was after every way out', async () => {
  const workshop = await readyWorkshop();
  const argv = [...AS_IT_WAS, LAUNCHER, 'shell', 'web/1', '--config', workshop.configFile];
  const exits = new PersonsTerminal([], { argv });
  await exits.until(PROMPT);
  exits.type('kill -9 $$\r');
  await exits.until(/status 137\s+as it was/);
  const killed = new PersonsTerminal([], { argv });
  await killed.until(PROMPT);
  const cli = execFileSync('pgrep', ['-P', String(killed.pid)], { encoding: 'utf8' }).trim();
  process.kill(Number(cli), 'SIGTERM');
  await killed.until(/interrupted: the shell is ended, web goes on\s+status 130\s+as it was/);
});

test('an interrupted command without a terminal is cut off, with all that it had started', async () => {
  const workshop = await readyWorkshop();
  const cli = spawn(LAUNCHER, ['shell', 'web/1', '--config', workshop.configFile], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const shown = text(cli.stdout);
  cli.stdin.write('sleep 100000\n');
  await waitFor('the sleep', () => inShells(workshop).some(({ command }) => command === 'sleep'));
  cli.kill('SIGINT');
  expect(await shown).toBe('');
  await untilNoShells(workshop);
});

test('what cannot be opened is told with the way on', async () => {
  const workshop = await Workshop.make({ replicas: 2 });
  await workshop.start();
  const asked = async (target: string) =>
    await startCli(['shell', target, '--config', workshop.configFile]).ended;
  expect(await asked('web/1')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/web has no release[^]*slipway deploy web/),
  });
  expect(await asked('web')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/web is several: web\/1, web\/2[^]*slipway shell web\/1/),
  });
  expect(await asked('web/3')).toMatchObject({ status: 1, stderr: expect.stringMatching(/web has no 3/) });
  expect(await asked('other/1')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/no app "other"/),
  });
  await workshop.kill();
  expect(await asked('web/1')).toMatchObject({ status: 4 });
  expect(fs.existsSync(path.join(workshop.data, 'slipway.sock'))).toBe(true);
});
