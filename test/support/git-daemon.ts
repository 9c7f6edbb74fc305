import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { freePorts } from './free-port.ts';
import { temporaryFolder } from './temporary.ts';
import { waitFor } from './wait-for.ts';

interface GitDaemon {
  /** `git://127.0.0.1:<port>`; then comes a path below the folder. */
  url: string;
  /** From here on it sends the first bytes of a pack and no more. */
  stall(): void;
  /** Resolves when somebody waits for the rest of a pack. */
  stalled(): Promise<void>;
  /** Gives whole packs again, to whoever asks anew. */
  resume(): void;
}

/** `git daemon` on loopback, until the test ends. */
export async function startGitDaemon(folder: string): Promise<GitDaemon> {
  const control = temporaryFolder();
  const [hook, stalling, reached] = ['hook', 'stalling', 'reached'].map((name) =>
    path.join(control, name),
  ) as [string, string, string];
  const script = `[ -e ${stalling} ] || exec "$@"\n"$@" | head -c 3000\ntouch ${reached}\nexec sleep 600\n`;
  fs.writeFileSync(hook, `#!/bin/sh\n${script}`, { mode: 0o755 });
  const settings = [
    'safe.directory=*',
    'uploadpack.allowAnySHA1InWant=true',
    `uploadpack.packObjectsHook=${hook}`,
  ];
  const options = ['--listen=127.0.0.1', `--base-path=${folder}`, '--export-all'];
  const port = await listening([...settings.flatMap((setting) => ['-c', setting]), 'daemon', ...options]);
  return {
    url: `git://127.0.0.1:${port}`,
    stall: () => fs.writeFileSync(stalling, ''),
    stalled: async () => void (await waitFor('a fetch that stalls', () => fs.existsSync(reached))),
    resume: () => {
      for (const file of [stalling, reached]) fs.rmSync(file, { force: true });
    },
  };
}

/** Starts it, again where somebody else has taken the port meanwhile; the port that it listens on. */
async function listening(args: readonly string[]): Promise<number> {
  for (;;) {
    const port = await freePorts(1);
    const daemon = spawn('git', [...args, `--port=${port}`], { stdio: 'ignore', detached: true });
    const hasEnded = () => daemon.exitCode !== null || daemon.signalCode !== null;
    onTestFinished(() => {
      if (!hasEnded()) process.kill(-(daemon.pid as number), 'SIGKILL');
    });
    await waitFor('git daemon', async () => hasEnded() || (await accepts(port)));
    if (!hasEnded()) return port;
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
