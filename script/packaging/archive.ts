import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

export const FORMATS = ['gz', 'xz'] as const;
export type Format = (typeof FORMATS)[number];

/** Neither has a time or a name in what it writes, nor depends on the processor or on how many there are. */
const PACKERS: Record<Format, [string, ...string[]]> = {
  gz: ['gzip', '-n', '-9'],
  xz: ['xz', '-T1', '-9e'],
};

/** Packs `<folder>/<name>` into `<file>.<format>`: sorted, owned by root, all of one time. Gives the file's path. */
export async function packTree(options: {
  folder: string;
  name: string;
  file: string;
  format: Format;
  epochS: number;
}): Promise<string> {
  const { folder, name, file, format, epochS } = options;
  const target = `${file}.${format}`;
  const tar = start([
    'tar',
    ...['--sort=name', `--mtime=@${epochS}`, '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'],
    ...['-C', folder, '-cf', '-', name],
  ]);
  const packer = start(PACKERS[format]);
  await Promise.all([
    pipeline(tar.stdout, packer.stdin),
    pipeline(packer.stdout, fs.createWriteStream(`${target}.part`)),
    ended(tar),
    ended(packer),
  ]);
  fs.renameSync(`${target}.part`, target);
  return target;
}

/** `<file>.sha256`, as sha256sum(1) reads it. */
export function writeChecksum(file: string): void {
  const sum = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  fs.writeFileSync(`${file}.sha256`, `${sum}  ${path.basename(file)}\n`);
}

function start([program, ...args]: [string, ...string[]]) {
  return spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
}

async function ended(child: ReturnType<typeof start>): Promise<void> {
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`${child.spawnfile} ended with status ${status}`);
}
