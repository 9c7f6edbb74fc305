import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import readline from 'node:readline';
import { onTestFinished } from 'vitest';
import { lookUp } from '../../src/otp/index.ts';
import { freePorts } from './free-port.ts';
import { temporaryFolder } from './temporary.ts';
import { waitFor } from './wait-for.ts';

/** The host part of short node names (`erl -sname`), as the Erlang runtime makes it. */
export const SHORT_HOST = os.hostname().split('.')[0] ?? '';

type CleanUp = (fn: () => void | Promise<void>) => void;

export interface Epmd {
  readonly port: number;
  /** Ends it at once (SIGKILL), and resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ErlangNode {
  /** `t3fa9c1@host`. */
  readonly name: string;
  /** The part before the `@`: what epmd knows it by. */
  readonly alive: string;
  readonly cookie: string;
  readonly epmd: Epmd;
  readonly pid: number;
  /**
   * Evaluates Erlang expressions (`X = 1, X + 1`, no full stop) in a process of their own on the node, and gives the last
   * value as `~0tp` writes it. Rejects with class and reason where they fail. Several may be under way at once.
   */
  evaluate(expressions: string): Promise<string>;
  /** What the node wrote to its standard output and error so far, log messages among it. */
  output(): string;
  /** Has it hang (SIGSTOP), and resolves when it does; it can be killed all the same. */
  stop(): Promise<void>;
  /** Ends it (default: SIGKILL), and resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** An epmd of the test's own on a free port. Where several tests share it pass what `setUpAll` gives. */
export async function startEpmd(cleanUp: CleanUp = onTestFinished): Promise<Epmd> {
  const port = await freePorts(1, cleanUp);
  // In the foreground, and gone with the test run even where that is killed.
  const epmd = spawn('setpriv', ['--pdeathsig', 'KILL', 'epmd', '-port', String(port)], { stdio: 'ignore' });
  const kill = () => end(epmd, 'SIGKILL');
  cleanUp(kill);
  await waitFor('epmd to answer', async () => {
    const asked = lookUp({ name: 'nobody', host: '127.0.0.1', port, timeoutMs: 10_000 });
    return asked.catch((error) => /does not know/.test(error.message));
  });
  return { port, kill };
}

/**
 * A real Erlang node (`erl -sname`) that is reachable when this resolves; it ends with the test. `alive`: its name before
 * the `@` (default: a random one). `tls`: path of an `inet_tls.conf`. `flags`: more of `erl`'s, such as
 * `['-kernel', 'net_ticktime', '2']`. Where several tests share it pass the `cleanUp` of `setUpAll`.
 */
export async function startErlangNode(
  options: {
    epmd?: Epmd;
    alive?: string;
    cookie?: string;
    tls?: string | null;
    flags?: readonly string[];
    cleanUp?: CleanUp;
  } = {},
): Promise<ErlangNode> {
  const { cleanUp = onTestFinished, tls = null, flags = [] } = options;
  const epmd = options.epmd ?? (await startEpmd(cleanUp));
  const alive = options.alive ?? `t${randomBytes(6).toString('hex')}`;
  const cookie = options.cookie ?? `cookie-${randomBytes(6).toString('hex')}`;
  const home = temporaryFolder(cleanUp);
  const child = spawn(
    'erl',
    [
      ...['-noshell', '-sname', alive, '-setcookie', cookie, '-start_epmd', 'false'],
      // A node hangs up on a handshake that takes longer than this, by default 7 s.
      ...['-kernel', 'net_setuptime', '60'],
      ...(tls === null ? [] : ['-proto_dist', 'inet_tls', '-ssl_dist_optfile', tls]),
      ...[...flags, '-eval', ANSWERING],
    ],
    { env: environment(home, epmd), stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => end(child, signal);
  cleanUp(() => kill());
  const answers = new Answers(child);
  await answers.ready;
  return {
    name: `${alive}@${SHORT_HOST}`,
    alive,
    cookie,
    epmd,
    pid: child.pid ?? 0,
    evaluate: (expressions) => answers.ask(expressions),
    output: () => answers.output,
    stop: () => stop(child),
    kill,
  };
}

/** What the node runs: a line of input is `<number> <expressions in base64>`, its answer `@@<number> ok|error <base64>`. */
const ANSWERING = `
  Value = fun(Source) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(base64:decode(Source)) ++ "."),
    {ok, Parsed} = erl_parse:parse_exprs(Tokens),
    {value, Last, _} = erl_eval:exprs(Parsed, []),
    Last
  end,
  Answer = fun(Number, Source) ->
    {Word, Term} = try {"ok", Value(Source)} catch Class:Reason -> {"error", {Class, Reason}} end,
    Text = unicode:characters_to_binary(io_lib:format("~0tp", [Term])),
    io:format("@@~s ~s ~s~n", [Number, Word, base64:encode(Text)])
  end,
  Loop = fun Next() ->
    case io:get_line("") of
      eof -> erlang:halt(0, [{flush, false}]);
      Line -> [Number, Source] = string:lexemes(Line, " \\n"), spawn(fun() -> Answer(Number, Source) end), Next()
    end
  end,
  io:format("@@ready~n"),
  Loop().`;

class Answers {
  output = '';
  readonly ready: Promise<void>;
  private readonly child: ChildProcess;
  private readonly pending = new Map<string, PromiseWithResolvers<string>>();
  private asked = 0;

  constructor(child: ChildProcess) {
    this.child = child;
    const started = Promise.withResolvers<void>();
    this.ready = started.promise;
    child.stderr?.on('data', (chunk) => {
      this.output += chunk;
    });
    // Written to a node that is gone: what waits for an answer is told by its end.
    child.stdin?.on('error', () => {});
    if (child.stdout)
      readline.createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === '@@ready') started.resolve();
        else if (line.startsWith('@@')) this.settle(line.slice(2));
        else this.output += `${line}\n`;
      });
    child.once('error', started.reject);
    child.once('exit', (status, signal) => {
      const error = new Error(`the node has ended (${signal ?? status}):\n${this.output}`);
      started.reject(error);
      for (const { reject } of this.pending.values()) reject(error);
    });
  }

  ask(expressions: string): Promise<string> {
    const number = String(++this.asked);
    const answer = Promise.withResolvers<string>();
    this.pending.set(number, answer);
    this.child.stdin?.write(`${number} ${Buffer.from(expressions).toString('base64')}\n`);
    return answer.promise;
  }

  private settle(line: string): void {
    const [number = '', word, base64 = ''] = line.split(' ');
    const text = Buffer.from(base64, 'base64').toString();
    const answer = this.pending.get(number);
    this.pending.delete(number);
    if (word === 'ok') answer?.resolve(text);
    else answer?.reject(new Error(text));
  }
}

function environment(home: string, epmd: Epmd): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  // Nothing of the surroundings: ERL_FLAGS, ERL_AFLAGS and ~/.erlang.cookie would change the node.
  return {
    PATH,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    ERL_EPMD_PORT: String(epmd.port),
    ERL_CRASH_DUMP_SECONDS: '0',
  };
}

/** The signal reaches one thread after the other; those that it has not reached go on. */
async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  const tasks = `/proc/${child.pid}/task`;
  await waitFor('the node to be stopped', () =>
    fs
      .readdirSync(tasks)
      .every((task) => /^State:\tT/m.test(fs.readFileSync(`${tasks}/${task}/status`, 'utf8'))),
  );
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
