import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { systemdRoot } from './systemd-machine.ts';
import { temporaryFolder } from './temporary.ts';

/** What is mounted is gone with the namespace, and that with the process, which ends with its standard input. */
const MOUNT = `
mount -t tmpfs tmpfs "$2"
mkdir "$2/upper" "$2/work" "$2/root"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/root"
cd "$2/root"
mount -t proc proc proc
mount --rbind /dev dev
mount --bind "$3" srv
echo ready
cat >/dev/null`;

export interface Outcome {
  status: number;
  /** What it wrote, to both. */
  text: string;
}

/** A minimal Debian without an init: what is seen of it in a chroot. Needs root. */
export class BareRoot {
  /** Seen as /srv. */
  readonly shared: string;
  private readonly pid: number;
  private readonly root: string;

  private constructor(options: { shared: string; pid: number; root: string }) {
    this.shared = options.shared;
    this.pid = options.pid;
    this.root = options.root;
  }

  static async make(): Promise<BareRoot> {
    const [shared, folder] = [temporaryFolder(), temporaryFolder()];
    for (const each of [shared, folder]) fs.chmodSync(each, 0o755);
    const argv = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-ec',
      MOUNT,
      'sh',
      systemdRoot(),
      folder,
      shared,
    ];
    const child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    onTestFinished(async () => {
      child.stdin.destroy();
      await closed;
    });
    await Promise.race([
      once(child.stdout, 'data'),
      closed.then(() => Promise.reject(new Error('the root could not be mounted'))),
    ]);
    return new BareRoot({ shared, pid: child.pid ?? 0, root: path.join(folder, 'root') });
  }

  async run(command: string): Promise<Outcome> {
    const argv = [
      ...['-t', String(this.pid), '-m', 'chroot', this.root],
      ...['/usr/bin/env', '-i', 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...['/bin/sh', '-c', `exec 2>&1; ${command}`],
    ];
    try {
      const { stdout } = await promisify(execFile)('nsenter', argv, { maxBuffer: 16 * 1024 * 1024 });
      return { status: 0, text: stdout };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { status: code, text: stdout };
    }
  }
}
