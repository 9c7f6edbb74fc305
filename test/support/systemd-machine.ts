import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Machine } from './machine.ts';
import { temporaryFolder } from './temporary.ts';
import { waitFor } from './wait-for.ts';

const CHECKOUT = path.join(import.meta.dirname, '../..');
const FIXTURE = path.join(CHECKOUT, 'test/fixtures/systemd');
const ANSWERS = path.join(CHECKOUT, 'test/fixtures/programs/answers.js');
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

type CleanUp = (fn: () => Promise<void>) => void;

interface BootOptions {
  cleanUp?: CleanUp;
  hasPrograms?: boolean;
}

/**
 * A machine whose init is a real systemd: namespaces, a control group and an overlay of its own, and this checkout as
 * /opt/slipway. It boots in a third of a second, and is gone without a trace when the test ends, or the process that
 * runs it. Needs root.
 */
export class SystemdMachine implements Machine {
  /** Seen as /srv by the machine, and there when it is off, too. */
  readonly shared: string;
  /** What keeps what it writes; empty where nothing does. */
  private readonly disk: string;
  private readonly root: string;
  private readonly process: ChildProcess;
  private readonly init: number;

  private constructor(
    machine: ChildProcess,
    options: { init: number; shared: string; disk: string; root: string },
  ) {
    this.process = machine;
    this.init = options.init;
    this.shared = options.shared;
    this.disk = options.disk;
    this.root = options.root;
  }

  /**
   * `hasPrograms`: what is installed on this machine is there, too. Where several tests share it, pass the `cleanUp` that
   * `setUpAll` gives.
   */
  static async boot(options: BootOptions = {}): Promise<SystemdMachine> {
    const { cleanUp = onTestFinished, hasPrograms = false } = options;
    const shared = sharedFolder(cleanUp);
    const machine = await SystemdMachine.start({
      checkout: CHECKOUT,
      shared,
      disk: '',
      cleanUp,
      hasPrograms,
    });
    await machine.run('ln -s /opt/slipway/bin/slipway /usr/local/bin/');
    return machine;
  }

  /** A machine without Slipway; `root`: of another Debian than this one. */
  static async bootBare(root?: string): Promise<SystemdMachine> {
    const options = { checkout: '', shared: sharedFolder(), disk: makeDisk() };
    return await SystemdMachine.start({ ...options, ...(root && { root }) });
  }

  /** Boots one anew that `bootBare` has booted, and that was powered off: what it wrote is there. */
  async bootAgain(): Promise<SystemdMachine> {
    const { shared, disk, root } = this;
    return await SystemdMachine.start({ checkout: '', shared, disk, root });
  }

  private static async start(
    options: { checkout: string; shared: string; disk: string; root?: string } & BootOptions,
  ): Promise<SystemdMachine> {
    const { checkout, shared, disk, root = systemdRoot() } = options;
    const { cleanUp = onTestFinished, hasPrograms = false } = options;
    const console = fs.openSync(path.join(shared, 'console'), 'a');
    const argv = [root, path.basename(shared), checkout, shared, disk, hasPrograms ? 'programs' : ''];
    const child = spawn(path.join(FIXTURE, 'boot'), argv, { stdio: ['pipe', 'pipe', console] });
    fs.closeSync(console);
    const { stdin, stdout } = child;
    if (!stdin || !stdout) throw new Error('a process without the pipes that were asked for');
    const closed = once(child, 'close');
    cleanUp(async () => {
      stdin.destroy();
      await closed;
    });
    const [line] = (await Promise.race([once(stdout, 'data'), closed])) as [unknown];
    const init = Number.parseInt(String(line), 10);
    const machine = new SystemdMachine(child, { init, shared, disk, root });
    await waitFor('systemd to have booted', async () => {
      if (child.exitCode !== null) throw new Error(fs.readFileSync(path.join(shared, 'console'), 'utf8'));
      const state = await machine.run('systemctl is-system-running --wait || :');
      return state === 'running' || state === 'degraded';
    });
    await machine.run('ip link set lo up');
    return machine;
  }

  /** The network that it is alone in, for `nsenter --net`. */
  get network(): string {
    return `/proc/${this.init}/ns/net`;
  }

  /**
   * Ends a command that prints nothing for `silentMs`.
   * @throws Error with what the command printed, where it fails
   */
  async run(command: string, { silentMs = 0 }: { silentMs?: number } = {}): Promise<string> {
    const argv = [
      '-t',
      String(this.init),
      '-a',
      '/usr/bin/env',
      '-i',
      `PATH=${PATH}`,
      '/bin/sh',
      '-ec',
      command,
    ];
    // Signals reach a group also where it is in other namespaces; nsenter hands none on.
    const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    using _ = silentMs > 0 ? endedWhenSilent(child, silentMs) : null;
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    if (status !== 0) throw new Error(`${command}: ${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  async write(file: string, text: string): Promise<void> {
    await fs.promises.writeFile(path.join(`/proc/${this.init}/root`, file), text);
  }

  socket(file: string): string {
    return path.join(`/proc/${this.init}/root`, file);
  }

  /**
   * Asks the machine's ports all the time who answers. Gives a list that grows by `<port> <pid>` whenever that is another
   * than before, or nobody (`<port> -`).
   */
  watchAnswers(ports: number[]): string[] {
    const program = [`--net=${this.network}`, process.execPath, ANSWERS, ...ports.map(String)];
    const child = spawn('nsenter', program, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const seen: string[] = [];
    readline.createInterface({ input: child.stdout }).on('line', (line) => seen.push(line));
    return seen;
  }

  /** Powers it off as a person does; resolves when it is off. */
  async powerOff(): Promise<void> {
    const closed = once(this.process, 'close');
    await this.run('systemctl poweroff --no-block');
    await closed;
  }
}

function endedWhenSilent(child: ChildProcess, silentMs: number): Disposable {
  const timer = setTimeout(() => process.kill(-(child.pid as number)), silentMs);
  child.stdout?.on('data', () => timer.refresh());
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function sharedFolder(cleanUp?: CleanUp): string {
  const folder = temporaryFolder(cleanUp);
  fs.chmodSync(folder, 0o755);
  return folder;
}

/** In memory, whatever the file system of the temporary folder is: not each of them can lie under an overlay. */
function makeDisk(): string {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}

/** Made the first time, which takes a minute; call it in a `beforeAll`. */
export function systemdRoot(): string {
  const build = path.join(FIXTURE, 'build');
  return execFileSync(build, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}
