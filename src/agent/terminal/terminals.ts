import path from 'node:path';
import type { Access } from '../../access/index.ts';
import type {
  AskedConsole,
  AskedTerminal,
  Caller,
  Console as ShownConsole,
  Terminal,
  TerminalSize,
  TerminalVariables,
} from '../../api/index.ts';
import type { App, Console } from '../../app/index.ts';
import { type Clock, formatDuration, messageOf, SlipwayError, unawaited } from '../../kernel/index.ts';
import { type ControlGroup, describeExit, type Runs } from '../../supervisor/index.ts';
import type { Apps } from '../apps.ts';
import { type ConsolePlace, Consoles } from './consoles.ts';
import { hostConsole, requireAllowed } from './host-console.ts';
import type { ShellExit } from './host-messages.ts';
import { endFormer, endGroup, SHELL_GROUP } from './left-over.ts';
import { openPipes } from './pipes.ts';
import { ShellHost } from './shell-host.ts';
import { type Told, toldOfCommand, toldOfShell } from './told.ts';

export interface TerminalsOptions {
  access: Pick<Access, 'audit' | 'ended'>;
  apps: Apps;
  clock: Clock;
  runs: Runs;
  /** The agent's own environment, for a shell on the host. */
  env: NodeJS.ProcessEnv;
  log: (line: { app: string | null; type: string; message: string }) => void;
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

/** The shells that people have open on apps, and the one-off commands that they run. They end with the agent, as an app does not. */
export class Terminals {
  private readonly options: TerminalsOptions;
  private open = 0;
  private readonly held = new Set<{ caller: Caller; hangUp: () => void }>();
  private counted = 0;
  private readonly consoles: Consoles;

  constructor(options: TerminalsOptions) {
    this.options = options;
    this.consoles = new Consoles({ clock: options.clock });
    options.access.ended.on((id) => this.endOf(id));
    unawaited(endFormer(options), 'the end of what was run for a former agent');
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
    const { caller, viewer } = asked;
    const app = asked.app === null ? null : this.options.apps.find(asked.app);
    if (viewer !== null) this.consoles.refuseMore();
    const { program, told } = await this.programOf(app, asked);
    const id = app?.context.id ?? null;
    if (this.open >= MAX_AT_ONCE)
      throw new SlipwayError('shell_refused', {
        message: `${MAX_AT_ONCE} shells and commands are open, and no more may be at once`,
        hint: 'each ends when it is left',
      });
    const { audit } = this.options.access;
    const begun = audit.begin({
      ...{ actor: caller.principal.name, address: caller.address, app: id },
      ...{ action: told.verb, subject: told.subject },
    });
    this.open += 1;
    // What it runs from is kept from here on.
    const close = app?.consoles.add(program) ?? (() => undefined);
    const group = this.options.runs.containment.group(`${SHELL_GROUP}${process.pid}-${++this.counted}`);
    let host: ShellHost;
    try {
      host = await this.hostOf(program, { group, asked });
    } catch (error) {
      this.open -= 1;
      close();
      group?.remove();
      audit.end(begun, { outcome: 'failed', reason: messageOf(error) });
      throw error;
    }
    const { clock } = this.options;
    const at = clock.monotonicMs();
    let hungUp = false;
    const notEnded = (error: unknown) =>
      this.options.log({
        ...{ app: id, type: 'shell.left' },
        message: `what ${told.name} has started may still run: ${messageOf(error)}`,
      });
    const ended = host.ended.then(async (exit) => {
      this.open -= 1;
      if (exit === null && !hungUp) await endGroup(group, { stop: program.stop, clock }).catch(notEnded);
      close();
      group?.remove();
      const how = hungUp ? 'it was closed' : exit === null ? 'its host died' : describeExit(exit);
      const after = formatDuration(clock.monotonicMs() - at);
      this.options.log({ app: id, ...told.ended, message: `${told.name} ended after ${after}: ${how}` });
      const isFailure = told.verb === 'run' && (hungUp || exit?.status !== 0);
      audit.end(begun, { outcome: isFailure ? 'failed' : 'succeeded', reason: how });
      return exit ?? { status: null, signal: 'SIGHUP' };
    });
    this.options.log({ app: id, ...told.begun });
    const hangUp = () => {
      hungUp = true;
      host.hangUp();
    };
    // From here on: whoever loses his session while it starts has no shell.
    this.hold({ caller, hangUp }, ended);
    if (!(await host.started))
      throw new SlipwayError('start_failed', {
        message: `${told.name} could not be started`,
        hint: 'what runs goes on; the log of the agent says why',
        next: 'slipway logs --agent',
      });
    // Typed into a terminal, where the program has to have one.
    const leave = asked.size === null ? program.leave : null;
    const terminal = terminalOf(host, { ended, leave, hangUp });
    if (viewer === null) return terminal;
    const place = { app: id, instance: id === null ? null : told.subject };
    return this.consoles.keep(terminal, { place, caller, viewer, snapshot: () => host.snapshot() });
  }

  private async hostOf(
    program: Console,
    { group, asked }: { group: ControlGroup | null; asked: AskedTerminal },
  ): Promise<ShellHost> {
    const { argv, cwd, account, stop, leave } = program;
    const isTyped = asked.size === null && leave !== null;
    const size = isTyped ? PIPE_SIZE : asked.size;
    const isCommand = asked.command !== null;
    group?.make();
    const variables = isTyped ? { ...asked.variables, TERM: PIPE_TERM } : asked.variables;
    // A command on pipes has just the environment of the app.
    const env = isCommand && size === null ? program.env : environmentOf(program, variables);
    const pipes = size === null ? await openPipes({ apart: isCommand }) : null;
    return new ShellHost(
      {
        type: 'start',
        launch: { argv, cwd, account, env },
        stop,
        group: group?.directory ?? null,
        size,
        // A release's script runs other programs first, which would read what is meant for the console.
        afterPrompt: isTyped,
        kept: asked.viewer !== null,
      },
      pipes,
    );
  }

  /**
   * Whoever looks at a console that another one has opened may take it over, so that is written down, too.
   * @throws SlipwayError `console_unknown`
   */
  async attach(asked: AskedConsole): Promise<Terminal> {
    const { caller } = asked;
    const { place, caller: opener } = this.consoles.look(asked.console);
    const viewer = await this.consoles.attach(asked);
    this.hold({ caller, hangUp: () => viewer.hangUp() }, viewer.ended);
    if (!isSamePerson(caller, opener)) this.noteVisit(viewer, { caller, opener, place });
    return viewer;
  }

  private noteVisit(
    viewer: Terminal,
    { caller, opener, place }: { caller: Caller; opener: Caller; place: ConsolePlace },
  ): void {
    const label = place.instance ?? 'the host';
    const { audit } = this.options.access;
    const tell = (type: string, message: string) => this.options.log({ app: place.app, type, message });
    const seq = audit.begin({
      ...{ actor: caller.principal.name, address: caller.address, app: place.app, action: 'shell' },
      subject: `${label}, opened by ${opener.principal.name}`,
    });
    tell('shell.opened', `${caller.actor} came to the shell of ${opener.actor} on ${label}`);
    const end = (reason: string) => {
      audit.end(seq, { outcome: 'succeeded', reason });
      tell('shell.ended', `${caller.actor} left the shell of ${opener.actor} on ${label}: ${reason}`);
    };
    viewer.ended.then(
      (exit) => end(describeExit(exit)),
      () => end('it was left'),
    );
  }

  /** What somebody has open ends when he may have it no longer. */
  private hold(held: { caller: Caller; hangUp: () => void }, ended: Promise<unknown>): void {
    this.held.add(held);
    const forget = () => {
      this.held.delete(held);
    };
    ended.then(forget, forget);
  }

  private endOf(id: string): void {
    for (const { caller, hangUp } of [...this.held]) {
      const { kind, session, token } = caller.principal;
      const isOfGroup = kind === 'group' && id === caller.address;
      if (id === session || (token !== null && id === `token:${token}`) || isOfGroup) hangUp();
    }
  }

  list(): ShownConsole[] {
    return this.consoles.list();
  }

  /** @throws SlipwayError `console_unknown` */
  endConsole(id: string): ConsolePlace {
    return this.consoles.end(id);
  }

  /** @throws SlipwayError of the app; `shell_refused` */
  private async programOf(
    app: App | null,
    { instance, caller, command }: AskedTerminal,
  ): Promise<{ program: Console; told: Told }> {
    const { apps, env } = this.options;
    const { actor } = caller;
    if (app === null) {
      requireAllowed({ overTcp: apps.inForce.shell.overTcp, isTcp: caller.address !== null });
      return { program: hostConsole(env), told: toldOfShell('the host', actor) };
    }
    const { id } = app.context;
    if (command === null) {
      const program = await app.console(instance);
      return { program, told: toldOfShell(`${id}/${program.unit}`, actor) };
    }
    const program = await app.command(command);
    const release = path.basename(program.cwd);
    return { program, told: toldOfCommand({ app: id, argv: command, release, actor }) };
  }
}

function isSamePerson({ principal: one }: Caller, { principal: other }: Caller): boolean {
  return one.kind === other.kind && one.name === other.name;
}

function terminalOf(
  host: ShellHost,
  { ended, leave, hangUp }: { ended: Promise<ShellExit>; leave: string | null; hangUp: () => void },
): Terminal {
  const { input, output, errors } = host;
  return {
    console: null,
    input,
    output,
    errors,
    ended,
    hangUp,
    endInput() {
      if (leave === null) input.end();
      else input.write(leave);
    },
    resize: (size) => host.resize(size),
    signal: (signal) => host.signal(signal),
  };
}

function environmentOf(shell: Console, variables: TerminalVariables): Record<string, string> {
  const env: Record<string, string> = { ...shell.env };
  for (const name of OF_ANOTHER_TERMINAL) delete env[name];
  Object.assign(env, variables);
  const hasLocale = [env.LC_ALL, env.LC_CTYPE, env.LANG].some((value) => value !== undefined);
  return hasLocale ? env : { ...env, LANG: 'C.UTF-8' };
}
