import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ForwardedSignal, TerminalSize } from '../../api/index.ts';
import { unawaited } from '../../kernel/index.ts';
import type { FromHost, ShellExit, ToHost } from './host-messages.ts';
import type { Pipes } from './pipes.ts';
import type { Snapshot } from './screen.ts';

/** The process that holds a shell, seen from the agent. */
export class ShellHost {
  readonly input: Writable;
  readonly output: Readable;
  /** Null where all output is one. */
  readonly errors: Readable | null;
  /** Resolves with whether it could. */
  readonly started: Promise<boolean>;
  /** Resolves when the process has gone and all output is there; null where it went without a word. */
  readonly ended: Promise<ShellExit | null>;
  private readonly process: ChildProcess;
  private readonly gone: () => void;
  private asked: PromiseWithResolvers<Snapshot | null> | null = null;

  /** `pipes`: those of a program without a terminal. */
  constructor(start: Extract<ToHost, { type: 'start' }>, pipes: Pipes | null) {
    this.process = spawnHost(pipes);
    pipes?.handedOver();
    const { input, output, errors } = pipes ?? ownStreams(this.process);
    this.input = input;
    this.output = output;
    this.errors = errors;
    // Broken where the shell has ended, which is told of otherwise.
    for (const stream of [input, ...(pipes ? [output, errors] : [])]) stream?.on('error', () => undefined);
    const started = Promise.withResolvers<boolean>();
    const ended = Promise.withResolvers<ShellExit | null>();
    let exit: ShellExit | null = null;
    this.process.on('message', (message: FromHost) => {
      if (message.type === 'started') started.resolve(true);
      else if (message.type === 'screen') this.answer(message);
      else exit = { status: message.status, signal: message.signal };
    });
    const read = Promise.all(pipes ? [output, errors].map(closed) : []);
    this.gone = () => {
      started.resolve(false);
      this.answer(null);
      ended.resolve(exit);
    };
    this.process.once('close', () => unawaited(read.then(this.gone), 'the end of a shell'));
    this.process.once('error', this.gone);
    this.started = started.promise;
    this.ended = ended.promise;
    this.send(start);
  }

  resize(size: TerminalSize): void {
    this.send({ type: 'resize', size });
  }

  signal(signal: ForwardedSignal): void {
    this.send({ type: 'signal', signal });
  }

  /** What the terminal shows; null where it has gone. Whoever asks while another does gets the same. */
  snapshot(): Promise<Snapshot | null> {
    if (this.asked === null && !this.process.connected) return Promise.resolve(null);
    this.asked ??= Promise.withResolvers<Snapshot | null>();
    this.send({ type: 'screen' });
    return this.asked.promise;
  }

  private answer(snapshot: Snapshot | null): void {
    this.asked?.resolve(snapshot);
    this.asked = null;
  }

  /** It ends the shell, and itself. */
  hangUp(): void {
    // Nobody reads what is left, and its end must not wait for that.
    for (const output of [this.output, this.errors]) output?.resume();
    if (!this.process.connected) return;
    // There is no `close` after a `disconnect` of our own.
    this.process.once('exit', this.gone);
    this.process.disconnect();
  }

  private send(message: ToHost): void {
    // A host that has just died is told of by its end.
    if (this.process.connected) this.process.send(message, () => undefined);
  }
}

async function closed(stream: Readable | null): Promise<void> {
  if (stream && !stream.closed) await new Promise((resolve) => stream.once('close', resolve));
}

function ownStreams({ stdin, stdout }: ChildProcess): Pick<ShellHost, 'input' | 'output' | 'errors'> {
  if (!stdin || !stdout) throw new Error('a process without the pipes that were asked for');
  return { input: stdin, output: stdout, errors: null };
}

function spawnHost(pipes: Pipes | null): ChildProcess {
  const file = import.meta.url.endsWith('.ts') ? './terminal-host.ts' : './terminal-host.js';
  const [input, output, errors] = pipes?.ends ?? (['pipe', 'pipe', 'ignore'] as const);
  return spawn(
    process.execPath,
    ['--max-semi-space-size=1', '--v8-pool-size=1', fileURLToPath(new URL(file, import.meta.url))],
    // A session of its own: Ctrl-C at an agent in the foreground is not for the shells.
    { stdio: [input, output, 'inherit', 'ipc', errors], env: {}, cwd: '/', detached: true },
  );
}
