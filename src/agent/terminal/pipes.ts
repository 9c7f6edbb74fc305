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
  maker.stdin.on('error', () => undefined);
  try {
    const pid = await firstLine(maker.stdout);
    const [input = '', output = '', errors = ''] = [3, 4, 5].map((fd) => `/proc/${pid}/fd/${fd}`);
    const [theirs, ours] = [fs.openSync(input, 'r'), fs.openSync(input, 'w')];
    // Whoever the program runs as opens it anew.
    fs.fchmodSync(theirs, 0o666);
    const out = outputPipe(output);
    const err = apart ? outputPipe(errors) : null;
    const ends = [theirs, out.end, err?.end ?? out.end] as const;
    return {
      input: new Socket({ fd: ours, readable: false, writable: true }),
      output: out.socket,
      errors: err?.socket ?? null,
      ends,
      handedOver() {
        for (const fd of new Set(ends)) fs.closeSync(fd);
      },
    };
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

function outputPipe(file: string): { socket: Socket; end: number } {
  const fd = fs.openSync(file, 'r');
  const end = fs.openSync(file, 'w');
  fs.fchmodSync(end, 0o666);
  return { end, socket: new Socket({ fd, readable: true, writable: false }) };
}
