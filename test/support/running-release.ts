import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Call } from '../../src/otp/call.ts';
import { Connection } from '../../src/otp/connection.ts';
import { evaluate } from '../../src/otp/evaluate.ts';
import { type HotUpgradeOptions, writeReleasesFile } from '../../src/otp/release/index.ts';
import { atom } from '../../src/otp/term/index.ts';
import { type Epmd, SHORT_HOST, startEpmd } from './erlang-node.ts';
import { freePorts } from './free-port.ts';
import { temporaryFolder } from './temporary.ts';
import { waitFor } from './wait-for.ts';

interface Account {
  uid: number;
  gid: number;
}

type CleanUp = (fn: () => void | Promise<void>) => void;

/** What the fixtures answer at `/` and `/greeting`. */
export interface Answer {
  version: string;
  code: string;
  pid: number;
  uptime_ms: number;
  lib: string;
  greeting: string;
  runtime_version: string;
  counter: number;
  children: string[];
}

/** Unpacks a release of the fixtures; the folder goes with the test. */
export function unpackRelease(archive: string, into = path.join(temporaryFolder(), 'release')): string {
  fs.mkdirSync(into, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', into]);
  return into;
}

const IS_UNDER_WAY = `lists:any(fun(Process) ->
  case process_info(Process, current_stacktrace) of
    {_, [{_, sleep, _, _} | Callers]} ->
      lists:any(fun({Module, _, _, _}) -> lists:member(Module, ['Elixir.DemoApp.Router', demo_erl_http]) end, Callers);
    _ -> false
  end
end, processes()).`;

/** Resolves when a request for /slow is under way. */
export async function untilSlow(call: Call): Promise<void> {
  await waitFor('the request to be under way', async () => {
    const found = await evaluate(call, { source: IS_UNDER_WAY, bindings: {}, timeoutMs: 60_000 });
    return found === atom('true');
  });
}

/** A copy of a release that runs, as an instance does: started by the release's own script, alone on an epmd of its own. */
export class RunningRelease {
  /** The copy that the VM runs in, which a hot upgrade changes. */
  readonly root: string;
  readonly node: string;
  readonly cookie: string;
  readonly epmd: Epmd;
  private readonly port: number;
  private readonly output: string;
  private readonly exited: Promise<unknown>;
  private readonly process: ReturnType<typeof spawn>;
  private connection: Connection | null = null;

  /** Answers when this resolves. `releasesFile: false`: booted without releases/RELEASES, as an older Slipway did. */
  static async start(options: {
    name: 'demo_app' | 'demo_erl';
    pristine: string;
    env?: Record<string, string>;
    releasesFile?: boolean;
    /** Whom it runs as and whose the copy is; default: ourselves. */
    account?: Account;
    cleanUp?: CleanUp;
  }): Promise<RunningRelease> {
    const { cleanUp = onTestFinished } = options;
    const folder = temporaryFolder(cleanUp);
    const root = path.join(folder, 'copy');
    fs.cpSync(options.pristine, root, { recursive: true, verbatimSymlinks: true });
    if (options.releasesFile ?? true) writeReleasesFile(root, null);
    if (options.account)
      execFileSync('chown', ['-R', `${options.account.uid}:${options.account.gid}`, folder]);
    const running = new RunningRelease({
      ...options,
      root,
      epmd: await startEpmd(cleanUp),
      port: await freePorts(1, cleanUp),
    });
    cleanUp(() => running.end());
    await waitFor('the release to answer', () => running.get('/'));
    return running;
  }

  private constructor(options: {
    name: 'demo_app' | 'demo_erl';
    root: string;
    epmd: Epmd;
    port: number;
    env?: Record<string, string>;
    account?: Account;
  }) {
    const { name, root, epmd, port, account } = options;
    this.root = root;
    this.epmd = epmd;
    this.port = port;
    this.cookie = `cookie-${randomBytes(6).toString('hex')}`;
    const suffix = `-t${randomBytes(6).toString('hex')}`;
    this.node = `${name}${suffix}@${SHORT_HOST}`;
    this.output = path.join(path.dirname(root), 'output');
    const log = fs.openSync(this.output, 'a');
    // Gone with the test run, even where that is killed; the script becomes the VM by exec.
    const argv = [
      ...(account ? ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'] : []),
      ...['--pdeathsig', 'KILL', path.join(root, 'bin', name), name === 'demo_app' ? 'start' : 'foreground'],
    ];
    this.process = spawn('setpriv', argv, {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env.PATH,
        HOME: path.dirname(root),
        LC_ALL: 'C.UTF-8',
        PORT: String(port),
        ERL_EPMD_PORT: String(epmd.port),
        ERL_CRASH_DUMP_SECONDS: '0',
        RELEASE_COOKIE: this.cookie,
        RELEASE_NODE_SUFFIX: suffix,
        // rebar3's script takes the node's name from its vm.args.
        RELEASE_NODE: `${name}${suffix}`,
        ...options.env,
      },
    });
    fs.closeSync(log);
    this.exited = once(this.process, 'exit');
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  async get(url: string): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${url}`);
    if (!response.ok) throw new Error(`${response.status}`);
    return (await response.json()) as Answer;
  }

  /** Resolves when the VM is in the middle of a request that takes this long, with the promise of its answer. */
  async beginSlow(ms: number): Promise<{ answer: Promise<Answer> }> {
    const answer = this.get(`/slow?ms=${ms}`);
    // Whoever waits for it sees it fail; whoever does not, ends the VM.
    answer.catch(() => {});
    await untilSlow(this.call);
    return { answer };
  }

  /** Asks by a connection of its own, opened anew where it is gone. */
  readonly call: Call = async (module, fn, args, options) => {
    const connection = await this.connect();
    return connection.rpc(module, fn, args, options);
  };

  async connect(): Promise<Connection> {
    if (this.connection) return this.connection;
    const connection = await Connection.open({
      local: `s${randomBytes(6).toString('hex')}@${SHORT_HOST}`,
      peer: this.node,
      cookie: this.cookie,
      tls: null,
      epmdPort: this.epmd.port,
      timeoutMs: 60_000,
    });
    this.connection = connection;
    void connection.closed.then(() => {
      if (this.connection === connection) this.connection = null;
    });
    return connection;
  }

  /** What every upgrade of it is asked with. */
  hot(): Pick<HotUpgradeOptions, 'call' | 'root' | 'owner' | 'processTimeoutMs' | 'purge' | 'say'> {
    const { call, root } = this;
    return { call, root, owner: null, processTimeoutMs: 60_000, purge: 'wait', say: () => {} };
  }

  log(): string {
    return fs.readFileSync(this.output, 'utf8');
  }

  async end(): Promise<void> {
    this.connection?.close();
    if (this.hasExited) return;
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
