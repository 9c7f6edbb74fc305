import { execFileSync } from 'node:child_process';
import {
  type RemoteShell,
  TERMINAL_VARIABLES,
  type TerminalSize,
  type TerminalVariables,
} from '../../api/index.ts';
import { unawaited } from '../../kernel/index.ts';

/** Undoes what a program may have asked of the terminal, where it could not do so itself. */
const MENDED = '\x1b[0m\x1b[?25h\x1b[?1000l\x1b[?2004l\x1b[?1l\x1b>';

/**
 * Hands the terminal over to the shell: every key goes there, Ctrl-C too. Gives what takes it back; `broken` where the
 * program at the other end could not leave the terminal in order.
 */
export function interactive(shell: RemoteShell): (options: { broken: boolean }) => void {
  const { stdin } = process;
  const onInput = (chunk: Buffer) => {
    stdin.pause();
    const forward = async () => {
      await shell.send(chunk);
      if (attached) stdin.resume();
    };
    unawaited(forward(), 'the input of the shell');
  };
  const onResize = () => shell.resize(sizeOf());
  // The terminal is gone.
  const onGone = () => shell.close();
  // Someone stopped us with a signal, and whoever let us go on has put the terminal in order for itself.
  const onContinue = () => {
    stdin.setRawMode(false);
    makeRaw();
    onResize();
  };
  let attached = true;
  const detach = ({ broken }: { broken: boolean }) => {
    if (!attached) return;
    attached = false;
    stdin.off('data', onInput).off('end', onGone).off('error', onGone).pause();
    process.off('SIGWINCH', onResize).off('SIGCONT', onContinue).off('exit', onExit);
    if (broken && process.stdout.isTTY) process.stdout.write(MENDED);
    stdin.setRawMode(false);
  };
  const onExit = () => detach({ broken: true });
  makeRaw();
  stdin.on('data', onInput).on('end', onGone).on('error', onGone).resume();
  process.on('SIGWINCH', onResize).on('SIGCONT', onContinue).on('exit', onExit);
  // It may have changed while the shell was started.
  onResize();
  return detach;
}

/** The program at the other end has its lines ended by its own terminal: Node's raw mode would end them once more. */
function makeRaw(): void {
  process.stdin.setRawMode(true);
  execFileSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}

/** The size of the terminal, wherever it is seen: output may go to a file. */
export function sizeOf(): TerminalSize {
  const [columns, rows] =
    [process.stdout, process.stderr].find((stream) => stream.isTTY)?.getWindowSize() ?? [];
  return { columns: within(columns, 80), rows: within(rows, 24) };
}

export function variablesOf(env: NodeJS.ProcessEnv): TerminalVariables {
  const found = TERMINAL_VARIABLES.map((name) => [name, env[name]] as const);
  return Object.fromEntries(
    found.filter(([, value]) => value !== undefined && /^[\w.+@-]{1,64}$/.test(value)),
  );
}

/** A terminal that was never told its size has 0. */
function within(size: number | undefined, otherwise: number): number {
  return size === undefined || size < 1 ? otherwise : Math.min(size, 1000);
}
