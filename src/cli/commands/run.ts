import { MAX_FRAME_BYTES, type RemoteShell } from '../../api/index.ts';
import { SlipwayError, unawaited } from '../../kernel/index.ts';
import type { Session } from '../session.ts';
import { interactive, piped, showOutput, sizeOf, statusOf, variablesOf } from '../terminal/index.ts';

/** Runs a command in the live release of an app, on a terminal where there is nothing but one, and ends with its status. */
export async function run(session: Session, app: string, command: string[]): Promise<number> {
  // What goes to a file or through a pipe is not to be what a terminal would make of it.
  const onTerminal = [process.stdin, process.stdout, process.stderr].every(({ isTTY }) => isTTY);
  requireRunnable(app, { command, onTerminal });
  const client = await session.client();
  const remote = await client.shell({
    ...{ app, instance: null, command },
    size: onTerminal ? sizeOf() : null,
    variables: onTerminal ? variablesOf(session.env) : {},
    onOutput: showOutput,
  });
  return onTerminal ? await byHand(remote, app) : await throughPipes(remote, { session, app });
}

async function byHand(remote: RemoteShell, app: string): Promise<number> {
  const interrupt = new AbortController();
  const forget = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], () => {
    interrupt.abort();
    remote.close();
  });
  const detach = interactive(remote);
  let broken = true;
  try {
    const exit = await remote.ended;
    broken = false;
    return statusOf(exit);
  } catch (error) {
    throw interrupt.signal.aborted ? cutOff(app) : error;
  } finally {
    detach({ broken });
    forget();
  }
}

/** The first signal is for the command, which may have something to put in order; the second one ends it. */
async function throughPipes(
  remote: RemoteShell,
  { session, app }: { session: Session; app: string },
): Promise<number> {
  const { outlive, err } = session.output;
  // What a command writes to a reader who has gone ends it, and is no success.
  outlive();
  let unwritten: NodeJS.ErrnoException | null = null;
  process.stdout.on('error', (error) => {
    unwritten ??= error;
    remote.close();
  });
  const over = new AbortController();
  let cut = false;
  let signalled = false;
  const forget = onSignals(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'], (signal) => {
    if (signal !== 'SIGHUP' && !signalled) {
      signalled = true;
      remote.signal(signal);
      return;
    }
    cut = true;
    remote.close();
  });
  unawaited(piped(remote, over.signal), 'the input of the command');
  try {
    const exit = await remote.ended;
    if (unwritten === null) return statusOf(exit);
  } catch (error) {
    if (unwritten === null) throw cut ? cutOff(app) : error;
  } finally {
    over.abort();
    forget();
  }
  const { code, message }: NodeJS.ErrnoException = unwritten;
  if (code === 'EPIPE') return statusOf({ status: null, signal: 'SIGPIPE' });
  err.write(`error: standard output cannot be written, and the command is ended: ${message}\n`);
  return 1;
}

type Caught = 'SIGINT' | 'SIGTERM' | 'SIGQUIT' | 'SIGHUP';

function onSignals<Name extends Caught>(names: readonly Name[], act: (signal: Name) => void): () => void {
  const listeners = names.map((name) => [name, () => act(name)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  return () => {
    for (const [name, listener] of listeners) process.off(name, listener);
  };
}

function requireRunnable(
  app: string,
  { command, onTerminal }: { command: string[]; onTerminal: boolean },
): void {
  if (command.length === 0 && !onTerminal)
    throw new SlipwayError('usage', {
      message: 'there is no command to run, and no terminal for a shell',
      hint: 'the command stands after --, as words; for a shell, input, output and errors are to be the terminal',
      next: `slipway run ${app} -- <command>`,
    });
  // The longest frame, and room for the rest of it.
  if (JSON.stringify(command).length > MAX_FRAME_BYTES / 2)
    throw new SlipwayError('usage', {
      message: `the command is longer than ${MAX_FRAME_BYTES / 2048} KB`,
      hint: 'what is long goes through its standard input',
    });
}

function cutOff(app: string): SlipwayError {
  return new SlipwayError('interrupted', {
    message: `interrupted: the command is ended, ${app} goes on`,
  });
}
