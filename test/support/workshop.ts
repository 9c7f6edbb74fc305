import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { type App, type Client, connect, type DeploymentWithSteps } from '../../src/api/index.ts';
import { commandLine, type ProcessStat } from '../../src/supervisor/index.ts';
import { Bucket } from './bucket.ts';
import { freePorts } from './free-port.ts';
import { endRunsOf, processesOf } from './run-groups.ts';
import { temporaryFolder } from './temporary.ts';
import { SELDOM, waitFor } from './wait-for.ts';

const ROOT = path.join(import.meta.dirname, '../..');
export const LAUNCHER = path.join(ROOT, 'bin/slipway');
/** A bad release of three VMs boots nine of them until it is taken back. */
const DEPLOYED_BY_MS = 150_000;

export interface WorkshopOptions {
  name?: string;
  replicas?: number;
  /** Merged over the app's configuration. */
  app?: Record<string, unknown>;
  folder?: string;
  env?: Record<string, string>;
  /** The whole of the app's configuration but its name, in place of that of a service on a bucket. */
  configuration?: Record<string, unknown>;
  /** Address of the agent; the socket alone where it is left out. */
  listen?: string;
  /** Keys of the host. */
  host?: Record<string, unknown>;
  /** Other apps, as the file has them, after its own. */
  others?: Record<string, unknown>[];
}

/** A folder with a bucket, a configuration of one app and an agent to be started in it; all of it ends with the test. */
export class Workshop {
  readonly folder: string;
  readonly data: string;
  readonly logs: string;
  readonly configFile: string;
  readonly bucket: Bucket;
  readonly name: string;
  readonly port: number;
  readonly env: Record<string, string>;
  private started: ChildProcess | null = null;
  private isOver = false;
  private configuration: Record<string, unknown>;
  private readonly listen: string | false;
  host: Record<string, unknown>;
  others: Record<string, unknown>[];

  private constructor(folder: string, port: number, options: WorkshopOptions) {
    this.folder = folder;
    this.port = port;
    this.name = options.name ?? 'web';
    this.data = path.join(folder, 'data');
    this.logs = path.join(folder, 'logs');
    this.configFile = path.join(folder, 'slipway.yaml');
    this.bucket = new Bucket(path.join(folder, 'bucket'), this.name);
    this.env = options.env ?? {};
    this.listen = options.listen ?? false;
    this.host = options.host ?? {};
    this.others = options.others ?? [];
    this.configuration = {
      name: this.name,
      ...(options.configuration ?? this.serviceConfiguration(options)),
      ...options.app,
    };
    this.configure({});
  }

  private serviceConfiguration(options: WorkshopOptions): Record<string, unknown> {
    return {
      kind: 'service',
      runtime: 'command',
      start: `${process.execPath} server.js`,
      source: { type: 'bucket', url: this.bucket.folder },
      replicas: options.replicas ?? 3,
      port: this.port,
      prove_after: '100ms',
      ready: { tcp: true },
      stop: { grace: '5s' },
    };
  }

  static async make(options: WorkshopOptions = {}): Promise<Workshop> {
    const { replicas = 3, app = {} } = options;
    const port = await freePorts(replicas);
    // Behind the proxy each instance has a second slot.
    const roll_out = app.domains
      ? { spare_port: await freePorts(replicas), ...(app.roll_out as object) }
      : null;
    const workshop = new Workshop(options.folder ?? temporaryFolder(), port, {
      ...options,
      app: { ...app, ...(roll_out && { roll_out }) },
    });
    onTestFinished(() => workshop.endForGood());
    return workshop;
  }

  /** A workshop with its agent, and with all instances on version 1.0.0 of the Node program. */
  static async running(options: WorkshopOptions = {}): Promise<Workshop> {
    const workshop = await Workshop.make(options);
    workshop.publish('1.0.0');
    await workshop.start();
    await workshop.untilDeployed('1.0.0');
    return workshop;
  }

  /** Changes the app's configuration in the file. */
  configure(change: Record<string, unknown>): void {
    this.configuration = { ...this.configuration, ...change };
    const { data, logs, listen, host, others } = this;
    const file = { data, logs, listen, ...host, apps: [this.configuration, ...others] };
    fs.writeFileSync(this.configFile, stringify(file));
  }

  /** Starts the agent as its users do, and resolves when it answers. */
  async start(): Promise<void> {
    const log = fs.openSync(path.join(this.folder, 'agent.out'), 'a');
    this.agent = spawn(LAUNCHER, ['agent', '--config', this.configFile], {
      stdio: ['ignore', log, log],
      // What the files of somebody's own home do in a shell takes its time, and one that is killed in the midst of it may leave a
      // lock there.
      env: { ...process.env, HOME: this.folder, ...this.env },
      detached: true,
    });
    fs.closeSync(log);
    const { agent } = this;
    await waitFor(
      'the agent to answer',
      async () => {
        if (agent.exitCode !== null) throw new Error(`the agent ended: ${this.agentOutput()}`);
        const client = await this.client();
        return (await client.status({})).agent.pid === agent.pid;
      },
      SELDOM,
    );
  }

  /** kill -9, and waits until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { agent } = this;
    if (!agent || agent.exitCode !== null || agent.signalCode !== null) return;
    const exited = once(agent, 'exit');
    agent.kill(signal);
    await exited;
  }

  async client(): Promise<Client> {
    return connect({ socketPath: path.join(this.data, 'slipway.sock'), actor: 'test' });
  }

  async app(): Promise<App> {
    const client = await this.client();
    const app = (await client.status({})).apps[0];
    if (!app) throw new Error('no app');
    return app;
  }

  /** The newest deployment with its steps. */
  async lastDeployment(): Promise<DeploymentWithSteps | null> {
    const client = await this.client();
    const [newest] = await client.deployments({ app: this.name });
    return newest ? await client.deployment({ id: newest.id }) : null;
  }

  async untilDeployed(version: string, state = 'succeeded'): Promise<DeploymentWithSteps> {
    return await waitFor(
      `${version} to be ${state}`,
      async () => {
        const deployment = await this.lastDeployment();
        if (deployment?.version === version && deployment.state === state) return deployment;
        throw new Error(
          `${deployment?.version} ${deployment?.state} ${deployment?.reason}; ${this.agentOutput().slice(-1500)}`,
        );
      },
      { ...SELDOM, deadlineMs: DEPLOYED_BY_MS },
    );
  }

  async untilState(state: App['state']): Promise<App> {
    return await waitFor(
      `the app to be ${state}`,
      async () => {
        const app = await this.app();
        if (app.state === state) return app;
        throw new Error(JSON.stringify(app));
      },
      SELDOM,
    );
  }

  /** Puts the Node program as that version and offers it. */
  publish(version: string, behaviour: Parameters<Bucket['putProgram']>[1] = {}, offer: object = {}): void {
    this.bucket.putProgram(version, behaviour);
    this.bucket.offer({ version, hash: 'local', ...offer });
  }

  /** What instance i answers. */
  async ask(
    instance: number,
    at = '/',
  ): Promise<{ version: string; pid: number; instance: string; child: number | null }> {
    // A connection of its own: one that was kept may lead to an instance that has just ended.
    const headers = { connection: 'close' };
    const response = await fetch(`http://127.0.0.1:${this.port + instance - 1}${at}`, { headers });
    return (await response.json()) as never;
  }

  agentOutput(): string {
    return fs.readFileSync(path.join(this.folder, 'agent.out'), 'utf8');
  }

  logFile(instance: number, stream: 'stdout' | 'stderr'): string {
    return path.join(this.logs, this.name, `${this.name}-${instance}-${stream}.log`);
  }

  /** Every process that runs of this folder's agent started, whatever became of the agent. */
  processes(): ProcessStat[] {
    return processesOf(this.data);
  }

  /** The pids of the Node program, however many of it there are. */
  servers(): number[] {
    const isServer = (pid: number) => (commandLine(pid) ?? [])[1] === 'server.js';
    return this.processes().flatMap(({ pid }) => (isServer(pid) ? pid : []));
  }

  /** The agent in it, whoever has started it. */
  get agent(): ChildProcess | null {
    return this.started;
  }

  set agent(agent: ChildProcess | null) {
    // A test that ran into its deadline goes on, after what it had started was ended.
    if (this.isOver) agent?.kill('SIGKILL');
    if (this.isOver) throw new Error(`the test is over: no agent is started in ${this.folder}`);
    this.started = agent;
  }

  /** Ends all of it: nothing is started, or written to the folder, until an agent is started again. */
  async end(): Promise<void> {
    await this.kill();
    await endRunsOf(this.data);
  }

  /** The same, and no agent is started in it any more. */
  async endForGood(): Promise<void> {
    this.isOver = true;
    await this.end();
  }
}

/** An agent with one instance that is ready, in a folder that also those come to who are not root. */
export async function readyWorkshop(options: WorkshopOptions = {}): Promise<Workshop> {
  const workshop = await Workshop.make({ replicas: 1, ...options });
  fs.chmodSync(workshop.folder, 0o755);
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  await workshop.untilState('running');
  return workshop;
}
