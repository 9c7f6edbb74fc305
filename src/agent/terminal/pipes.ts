import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { Socket } from 'node:net';
import { SlipwayError } from '../../kernel/index.ts';

/** The input and the outputs of a program, from our side, and the descriptors that it gets. */
export interface Pipes {
  input: Socket;
  output: Socket;
  /** Null where both outputs are one. */
  errors: Socket | null;
  /** Input, output, error; closed by `handedOver`. */
  ends: readonly [number, number, number];
  /** The program has them, and it alone, so that their end is seen. */
  handedOver(): void;
}

/**
 * Pipes of the kernel's. What Node gives a program that it starts are sockets, which cannot be opened by `/dev/stdin` or
 * `/dev/stderr`, as many programs and scripts do. Node makes no others, so a shell makes them, and they are opened by way
 * of its descriptors. Named ones would not do: to open one again whose writer has gone waits for ever.
 * @throws SlipwayError `start_failed`
 */
export async function openPipes({ apart }: { apart: boolean }): Promise<Pipes> {
  const maker = spawn('/bin/sh', ['-c', MAKE], { stdio: ['pipe', 'pipe', 'ignore'], env: {}, cwd: '/' });
  for (const each of [maker, maker.stdin]) each.on('error', () => undefined);
  const opened: number[] = [];
  const open = (file: string, flag: 'r' | 'w') => {
    const fd = fs.openSync(file, flag);
    opened.push(fd);
    return fd;
  };
  try {
    const pid = await firstLine(maker.stdout);
    const [input = '', output = '', errors = ''] = [3, 4, 5].map((fd) => `/proc/${pid}/fd/${fd}`);
    const ours = [open(input, 'w'), open(output, 'r')] as const;
    const end = open(output, 'w');
    const ends = [open(input, 'r'), end, apart ? open(errors, 'w') : end] as const;
    const err = apart ? open(errors, 'r') : null;
    // Whoever the program runs as opens them anew.
    for (const fd of new Set(ends)) fs.fchmodSync(fd, 0o666);
    return {
      input: new Socket({ fd: ours[0], readable: false, writable: true }),
      output: new Socket({ fd: ours[1], readable: true, writable: false }),
      errors: err === null ? null : new Socket({ fd: err, readable: true, writable: false }),
      ends,
      handedOver() {
        for (const fd of new Set(ends)) fs.closeSync(fd);
      },
    };
  } catch (error) {
    for (const fd of opened) fs.closeSync(fd);
    throw error;
  } finally {
    // The shell ends with it.
    maker.stdin.end();
  }
}

/** The last one of a pipeline has the reading ends of three pipes, says which process it is, and waits. */
const MAKE =
  'exec 9<&0; : | { exec 3<&0; : | { exec 4<&0; : | { exec 5<&0; read -r pid _ </proc/self/stat; echo "$pid"; read -r _ <&9; }; }; }';

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  const found = await Promise.race([once(stream, 'data'), once(stream, 'end')]);
  const line = String(found[0] ?? '').trim();
  if (/^\d+$/.test(line)) return line;
  throw new SlipwayError('start_failed', {
    message: 'there are no pipes for the program: no shell could be started',
  });
}
