import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { sleep, systemClock, unawaited } from '../../kernel/index.ts';
import { ControlGroup, endRun, type Launch, processStat, RunProcesses } from '../../supervisor/index.ts';
import { commandOf } from './command.ts';
import type { FromHost, ShellExit, ToHost } from './host-messages.ts';
import { openPty, type Pty } from './pty.ts';
import type { Screen } from './screen.ts';

/*
 * Holds one shell, in a process of its own. Nothing in Node makes the descriptor of a pseudo-terminal close itself in
 * processes that are started later: held by the agent, apps that are started meanwhile would have it, and other shells,
 * and keep the shell alive. It hangs on the agent: when the channel to it closes, for whatever reason, the shell and what
 * was started in it are ended.
 */

interface Program {
  /** Null where it could not be started. */
  pid: number | null;
  ended: Promise<ShellExit>;
  /** Resolves when the agent has all that it wrote. */
  written(): Promise<void>;
}

/** So long nothing comes of a terminal that a process which nobody could find has open. */
const SILENCE_MS = 200;
/** Bytes that the screen has not looked at: of more, its parser would throw some away. */
const MOST_BEHIND_BYTES = 512 * 1024;
/** The descriptor that a program on pipes gets as its standard error. */
const ERRORS = 4;
/** `iex(app@host)1> `, `(app@host)1> `. */
const PROMPT = /\)\d+> $/;
const UNKNOWN_PROMPT_MS = 5000;

let hangUp = async () => {};
process.once('disconnect', () => endWith(hangUp()));
process.once('message', (start: ToHost) => {
  if (start.type === 'start') endWith(run(start));
});

function endWith(work: Promise<void>): void {
  unawaited(
    work.then(() => process.exit()),
    'the end of a shell',
  );
}

async function run({
  launch,
  stop,
  group,
  size,
  afterPrompt,
  kept,
}: Extract<ToHost, { type: 'start' }>): Promise<void> {
  // A parser of escape sequences is 5 MB, which a shell that is not kept does without.
  const screen = kept && size !== null ? new (await import('./screen.ts')).Screen(size) : null;
  const program =
    size === null
      ? onPipes(launch, group)
      : onTerminal(openPty(launch, { size, group }), { afterPrompt, screen });
  const main = program.pid === null ? null : processStat(program.pid);
  const processes = new RunProcesses({
    group: group === null ? null : new ControlGroup(group),
    main,
    holder: null,
  });
  hangUp = () =>
    endRun({
      ...{ processes, main, exited: program.ended, stop, clock: systemClock },
      signalledBeforeMs: null,
    });
  await tell({ type: 'started' });
  const exit = await program.ended;
  await hangUp();
  await program.written();
  await tell({ type: 'ended', ...exit });
}

function onTerminal(
  pty: Pty,
  { afterPrompt, screen }: { afterPrompt: boolean; screen: Screen | null },
): Program {
  // This is not process.stdout, which waits for a pipe to take what it is given, and meanwhile no Ctrl-C would go
  // through.
  const out = new Socket({ fd: 1, readable: false, writable: true });
  out.on('error', () => undefined);
  let readAt = 0;
  pty.output.on('data', (chunk: Buffer) => {
    readAt = systemClock.monotonicMs();
    const goOn = () => {
      if (!out.writableNeedDrain && (screen?.behindBytes ?? 0) < MOST_BEHIND_BYTES) pty.output.resume();
    };
    screen?.write(chunk, goOn);
    if (!out.write(chunk)) out.once('drain', goOn);
    if (out.writableNeedDrain || (screen?.behindBytes ?? 0) >= MOST_BEHIND_BYTES) pty.output.pause();
  });
  unawaited(forwardInput(pty, afterPrompt ? untilPrompt(pty) : Promise.resolve()), 'the input of a shell');
  process.on('message', (message: ToHost) => {
    if (message.type === 'screen' && screen) unawaited(tellScreen(screen), 'the screen of a shell');
    if (message.type !== 'resize') return;
    pty.resize(message.size);
    screen?.resize(message.size);
  });
  return {
    pid: pty.pid,
    ended: pty.ended,
    async written() {
      while (
        !pty.output.destroyed &&
        (out.writableNeedDrain || systemClock.monotonicMs() - readAt < SILENCE_MS)
      )
        await sleep(SILENCE_MS / 10, { clock: systemClock });
      out.end();
      if (!out.closed) await once(out, 'close');
    },
  };
}

async function tellScreen(screen: Screen): Promise<void> {
  await tell({ type: 'screen', ...(await screen.snapshot()) });
}

async function forwardInput(pty: Pty, ready: Promise<void>): Promise<void> {
  await ready;
  for await (const chunk of process.stdin) await pty.write(chunk as Buffer);
}

/** Resolves when the console asks for input; a prompt that is not known for one is taken for one after a silence. */
async function untilPrompt({ output }: Pty): Promise<void> {
  await new Promise<void>((resolve) => {
    let line = '';
    let timer: NodeJS.Timeout | undefined;
    const look = (chunk: Buffer) => {
      line = `${line}${chunk}`.slice(-500);
      clearTimeout(timer);
      if (PROMPT.test(stripVTControlCharacters(line))) seen();
      else timer = setTimeout(seen, UNKNOWN_PROMPT_MS);
    };
    const seen = () => {
      output.off('data', look);
      resolve();
    };
    output.on('data', look);
  });
}

/** The program reads and writes the agent's pipes itself, so that nothing stands between. */
function onPipes(launch: Launch, group: string | null): Program {
  const { file, args, env } = commandOf(launch, group);
  const { cwd } = launch;
  const child = spawn(file, args, { cwd, env, stdio: ['inherit', 'inherit', ERRORS], detached: true });
  process.on('message', (message: ToHost) => {
    const isThere = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    if (message.type !== 'signal' || !isThere) return;
    try {
      // As Ctrl-C at a terminal: to all of its group, of which it is the first.
      process.kill(-(child.pid ?? 0), message.signal);
    } catch {
      // It has just ended.
    }
  });
  return {
    pid: child.pid ?? null,
    ended: new Promise((resolve) => {
      child.once('error', () => resolve({ status: 127, signal: null }));
      child.once('exit', (status, signal) => resolve({ status, signal }));
    }),
    written: async () => undefined,
  };
}

/** Resolves when it is on its way; nobody is told where the agent has gone. */
async function tell(message: FromHost): Promise<void> {
  if (process.connected) await new Promise((resolve) => process.send?.(message, resolve));
}
