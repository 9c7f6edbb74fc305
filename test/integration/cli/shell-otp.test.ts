import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { startCli } from '../../fixtures/slipway.ts';
import { freePorts } from '../../support/free-port.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { inShells, openShell, untilNoShells, untilSize } from '../../support/shells.ts';
import { Workshop } from '../../support/workshop.ts';

let releases: ReturnType<typeof otpReleases>;
beforeAll(() => {
  releases = otpReleases();
});

const elixir = {
  name: 'demo_app',
  runtime: 'elixir',
  prompt: /iex\(demo_app-1@\S+\)\d+> $/,
  node: ['node()', /\n:"demo_app-1@\S+"\s/],
  columns: [':io.columns()', (count: number) => new RegExp(`\\{:ok, ${count}\\}`)],
  unicode: ['"gr" <> "üße"', /\n"grüße"\s/],
  sum: '20_000 + 22_000',
} as const;
const erlang = {
  name: 'demo_erl',
  runtime: 'erlang',
  prompt: /\(demo_erl-1@\S+\)\d+> $/,
  node: ['node().', /\n'demo_erl-1@\S+'\s/],
  columns: ['io:columns().', (count: number) => new RegExp(`\\{ok,${count}\\}`)],
  unicode: ['io:format("~ts~n", ["gr" ++ "üße"]).', /\ngrüße\s/],
  sum: '20000 + 22000.',
} as const;

/** An agent with one instance of a real release that is ready; its pid. */
async function ready({ name, runtime }: typeof elixir | typeof erlang) {
  const epmdPort = await freePorts(1);
  const workshop = await Workshop.make({
    name,
    replicas: 1,
    app: { runtime, start: undefined, ready: { http: '/' } },
    env: { ERL_EPMD_PORT: String(epmdPort), ROOTDIR: '/agents', BINDIR: '/agents' },
  });
  workshop.bucket.put('0.1.1', releases[runtime]('0.1.1'));
  workshop.bucket.offer({ version: '0.1.1', hash: 'local' });
  await workshop.start();
  await workshop.untilDeployed('0.1.1');
  const app = await workshop.untilState('running');
  return { workshop, pid: app.instances[0]?.pid ?? null };
}

async function pidOfApp(workshop: Workshop): Promise<number | null> {
  return (await workshop.app()).instances[0]?.pid ?? null;
}

test.each([elixir, erlang])(
  '$runtime: the console follows the size and gets Ctrl-C; leaving it leaves the app alone',
  async (release) => {
    const { workshop, pid } = await ready(release);
    const shell = openShell(workshop, `${release.name}/1`, { columns: 101 });
    await shell.until(release.prompt);
    await shell.ask(release.node[0], release.node[1]);
    await shell.ask(release.columns[0], release.columns[1](101));
    shell.resize(66, 40);
    await untilSize(workshop, 66, 40);
    await shell.ask(release.columns[0], release.columns[1](66));
    await shell.ask(release.unicode[0], release.unicode[1]);

    // The menu of the console's own node: `a` would end that one, and not the app.
    shell.type('\x03');
    await shell.until(/BREAK: \(a\)bort[^]*\(d\)istribution\s+/);
    shell.type('c\r');
    shell.type('\x07');
    await shell.until(/User switch command[^\r\n]*\s+--> /);
    shell.type('q\r');
    expect(await shell.ended).toMatchObject({ status: 0 });
    await untilNoShells(workshop);
    expect(await pidOfApp(workshop)).toBe(pid);
    expect(await workshop.ask(1)).toMatchObject({ version: '0.1.1' });
  },
);

test.each([elixir, erlang])(
  '$runtime: what comes through a pipe is evaluated in order, and the console left after it',
  async (release) => {
    const { workshop, pid } = await ready(release);
    const cli = startCli(['shell', `${release.name}/1`, '--config', workshop.configFile]);
    cli.child.stdin?.end(`${release.node[0]}\n${release.sum}\n`);
    const { status, stdout } = await cli.ended;
    expect(stdout).toMatch(release.node[1]);
    expect(stdout).toMatch(/\n42000\s/);
    expect(stdout).not.toContain('Error');
    expect(status).toBe(0);
    await untilNoShells(workshop);
    expect(await pidOfApp(workshop)).toBe(pid);
  },
);

test('elixir: what comes through a pipe and is never finished is given up, and the console left', async () => {
  const { workshop, pid } = await ready(elixir);
  const file = path.join(workshop.data, 'evaluated');
  for (const unfinished of [`File.touch!("${file}") |>`, `if File.touch!("${file}") do`, '"text']) {
    const cli = startCli(['shell', 'demo_app/1', '--config', workshop.configFile]);
    cli.child.stdin?.end(`${elixir.sum}\n${unfinished}`);
    const { status, stdout } = await cli.ended;
    expect(stdout).toMatch(/\n42000\s[^]*Error/);
    expect(status, unfinished).toBe(0);
  }
  expect(fs.existsSync(file)).toBe(false);
  await untilNoShells(workshop);
  expect(await pidOfApp(workshop)).toBe(pid);
});

test('several consoles are nodes of their own; one that is killed ends, the other goes on', async () => {
  const { workshop, pid } = await ready(elixir);
  const [one, two] = [openShell(workshop, 'demo_app'), openShell(workshop, 'demo_app/1')];
  await Promise.all([one.until(elixir.prompt), two.until(elixir.prompt)]);
  const before = inShells(workshop).filter(({ command }) => command === 'beam.smp');
  expect(before).toHaveLength(2);
  await one.ask('Process.register(self(), :first_shell)', /\ntrue\s/);
  await two.ask('is_pid(Process.whereis(:first_shell))', /\ntrue\s/);
  one.kill('SIGKILL');
  await two.ask(
    'Stream.repeatedly(fn -> Process.whereis(:first_shell) end) |> Enum.find(&is_nil/1); :gone',
    /\n:gone\s/,
  );
  two.type('\x03');
  await two.until(/BREAK: \(a\)bort[^]*\(d\)istribution\s+/);
  two.type('a\r');
  await two.ended;
  await untilNoShells(workshop);
  expect(await pidOfApp(workshop)).toBe(pid);
});

test('a console on an instance that was stopped is refused with the command that starts it', async () => {
  const { workshop } = await ready(elixir);
  await (await workshop.client()).stop({ app: 'demo_app', instance: '1' });
  expect(await startCli(['shell', 'demo_app/1', '--config', workshop.configFile]).ended).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/demo_app\/1 does not run: it is stopped[^]*slipway start demo_app\/1/),
  });
});
