import type { AskedTerminal, Terminal, TerminalSize, TerminalVariables } from '../../api/index.ts';
import type { Console } from '../../app/index.ts';
import { type Clock, formatDuration, SlipwayError } from '../../kernel/index.ts';
import { type ControlGroup, describeExit, endRun, RunProcesses, type Runs } from '../../supervisor/index.ts';
import type { Apps } from '../apps.ts';
import { HANG_UP } from './hang-up.ts';
import type { ShellExit } from './host-messages.ts';
import { ShellHost } from './shell-host.ts';

export interface TerminalsOptions {
  apps: Apps;
  clock: Clock;
  runs: Runs;
  log: (line: { app: string; type: string; message: string }) => void;
}

/** Each is a process of 45 MB, most of it shared. */
const MAX_AT_ONCE = 32;
/** IEx and erl connect to no node where the terminal cannot move its cursor. */
const PIPE_TERM = 'xterm';
/** Lines that come from a pipe are not broken by a terminal that wide. */
const PIPE_SIZE: TerminalSize = { columns: 500, rows: 50 };
/** What the agent has of the terminal that it was started in. */
const OF_ANOTHER_TERMINAL = [
  ...['TERM', 'COLORTERM', 'TERMCAP', 'COLUMNS', 'LINES', 'WINDOWID'],
  ...['TMUX', 'TMUX_PANE', 'STY', 'WINDOW'],
];

/** The shells that people have open on apps. They end with the agent, as an app does not. */
export class Terminals {
  private readonly options: TerminalsOptions;
  private open = 0;
  private counted = 0;

  constructor(options: TerminalsOptions) {
    this.options = options;
  }

  /** How many are open. */
  get count(): number {
    return this.open;
  }

  /**
   * Resolves when the shell runs.
   * @throws SlipwayError `app_unknown`, `instance_unknown`, `release_unknown`, `not_running`, `shell_refused`, `usage`, `permission`, `start_failed`
   */
  async start(asked: AskedTerminal): Promise<Terminal> {
    const { size, variables, caller } = asked;
    const app = this.options.apps.find(asked.app);
    const { id } = app.context;
    const shell = await app.console(asked.instance);
    if (this.open >= MAX_AT_ONCE)
      throw new SlipwayError('shell_refused', {
        message: `${MAX_AT_ONCE} shells are open, and no more may be at once`,
        hint: 'each ends when it is left',
      });
    const label = `${id}/${shell.unit}`;
    // Typed into a terminal, where the program has to have one.
    const leave = size === null ? shell.leave : null;
    const group = this.options.runs.containment.group(`shell-${process.pid}-${++this.counted}`);
    group?.make();
    const env = environmentOf(shell, leave === null ? variables : { ...variables, TERM: PIPE_TERM });
    const { argv, cwd, account } = shell;
    const host = new ShellHost({
      type: 'start',
      launch: { argv, cwd, account, env },
      group: group?.directory ?? null,
      size: leave === null ? size : PIPE_SIZE,
      // A release's script runs other programs first, which would read what is meant for the console.
      afterPrompt: leave !== null,
    });
    this.open += 1;
    const close = app.consoles.add(shell);
    const at = this.options.clock.monotonicMs();
    let hungUp = false;
    const ended = host.ended.then(async (exit) => {
      this.open -= 1;
      if (exit === null && !hungUp) await this.endLeftOvers(group).finally(close);
      else close();
      group?.remove();
      const how = hungUp ? 'the connection was closed' : exit === null ? 'its host died' : describeExit(exit);
      const message = `the shell of ${caller.actor} on ${label} ended after ${formatDuration(this.options.clock.monotonicMs() - at)}: ${how}`;
      this.options.log({ app: id, type: 'shell.ended', message });
      return exit ?? { status: null, signal: 'SIGHUP' };
    });
    const message = `${caller.actor} opened a shell on ${label}`;
    this.options.log({ app: id, type: 'shell.opened', message });
    if (!(await host.started))
      throw new SlipwayError('start_failed', {
        message: `the shell on ${label} could not be started`,
        hint: 'the app goes on; the log of the agent says why',
        next: 'slipway logs --agent',
      });
    return terminalOf(host, {
      ended,
      leave,
      hangUp: () => {
        hungUp = true;
        host.hangUp();
      },
    });
  }

  private async endLeftOvers(group: ControlGroup | null): Promise<void> {
    const processes = new RunProcesses({ group, main: null, holder: null });
    const { clock } = this.options;
    await endRun({
      processes,
      main: null,
      exited: Promise.resolve(),
      stop: HANG_UP,
      clock,
      signalledBeforeMs: null,
    });
  }
}

function terminalOf(
  host: ShellHost,
  { ended, leave, hangUp }: { ended: Promise<ShellExit>; leave: string | null; hangUp: () => void },
): Terminal {
  const { input, output } = host;
  return {
    input,
    output,
    ended,
    hangUp,
    endInput: () => void (leave === null ? input.end() : input.write(leave)),
    resize: (size) => host.resize(size),
  };
}

function environmentOf(shell: Console, variables: TerminalVariables): Record<string, string> {
  const env: Record<string, string> = { ...shell.env };
  for (const name of OF_ANOTHER_TERMINAL) delete env[name];
  Object.assign(env, variables);
  const hasLocale = [env.LC_ALL, env.LC_CTYPE, env.LANG].some((value) => value !== undefined);
  return hasLocale ? env : { ...env, LANG: 'C.UTF-8' };
}
