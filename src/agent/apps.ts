import { createHash } from 'node:crypto';
import {
  type AppChange,
  type Configuration,
  changedApps,
  type ServiceConfiguration,
} from '../config/index.ts';
import { Service, type ServiceContext } from '../deployment/index.ts';
import type { Journal } from '../journal/index.ts';
import { type Clock, SlipwayError } from '../kernel/index.ts';
import { serviceLayout } from '../release/index.ts';
import { bucket, type Source } from '../source/index.ts';
import {
  type Account,
  endProcesses,
  findAccount,
  logFiles,
  processesOf,
  type RotationSchedule,
  type Run,
  type RunExit,
  type Runs,
} from '../supervisor/index.ts';

type Found = { run: Run; exit: RunExit | null };

export interface AppsOptions {
  journal: Journal;
  runs: Runs;
  rotation: RotationSchedule;
  clock: Clock;
  agentEnvironment: NodeJS.ProcessEnv;
  log: (line: { app: string | null; type: string; message: string }) => void;
}

/** How an app that is no longer configured is stopped: what it was configured to is not known any more. */
const DEFAULT_STOP = { signal: 'SIGTERM', graceMs: 10_000 } as const;

/** The services of this host, as the configuration in force says. */
export class Apps {
  private readonly options: AppsOptions;
  private readonly services = new Map<string, Service>();
  private configuration: Configuration;

  constructor(configuration: Configuration, options: AppsOptions) {
    this.configuration = configuration;
    this.options = options;
  }

  get inForce(): Configuration {
    return this.configuration;
  }

  all(): Service[] {
    return [...this.services.values()];
  }

  /** By id, or by name where that is clear. */
  find(text: string): Service {
    const exact = this.services.get(text);
    if (exact) return exact;
    const named = this.all().filter((service) => service.context.key.name === text);
    if (named.length === 1 && named[0]) return named[0];
    const known = this.all().map((service) => service.context.id);
    if (named.length > 1)
      throw new SlipwayError('app_ambiguous', {
        message: `"${text}" is ${named.map((service) => service.context.id).join(' or ')}`,
        hint: 'say which',
      });
    throw new SlipwayError('app_unknown', {
      message: `there is no app "${text}"`,
      hint: known.length > 0 ? `there is: ${known.join(', ')}` : 'no app is configured',
      next: 'slipway status',
    });
  }

  /** Adopts what runs, side by side, and ends what belongs to no configured app. */
  async start(): Promise<void> {
    const found = Map.groupBy(await this.options.runs.found(), ({ run }) => run.app);
    await Promise.all(
      this.configuration.apps.map(async (app) => {
        await this.add(app, found.get(app.id) ?? []);
        found.delete(app.id);
      }),
    );
    for (const [id, runs] of found) this.endStrangers(id, runs);
  }

  /** Puts a new configuration in force; only what a change concerns is restarted. */
  async apply(next: Configuration): Promise<string[]> {
    const changes = changedApps(this.configuration, next);
    const told: string[] = [];
    this.configuration = next;
    for (const [id, change] of Object.entries(changes)) {
      const app = next.apps.find((each) => each.id === id);
      if (change === 'unchanged') continue;
      told.push(describeChange(id, change));
      if (change === 'removed') await this.remove(id);
      else if (app && change !== 'added' && !change.changed.includes('environment')) this.change(app, change);
      else if (app) {
        // Under the same id another app (`prod` and `production`): the journal's key differs.
        await this.remove(id);
        await this.add(app, []);
      }
    }
    return told;
  }

  detach(): void {
    for (const service of this.all()) service.detach();
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.all().map((service) => service.stopAll('the agent was told to end its apps')));
  }

  private async add(app: ServiceConfiguration, found: readonly Found[]): Promise<void> {
    const service = new Service(this.contextOf(app));
    this.services.set(app.id, service);
    this.watchLogs(app);
    await service.start(found);
    const fingerprint = fingerprintOf(app);
    const before = service.app.fingerprint;
    // The file may have changed while no agent was there.
    if (before !== fingerprint)
      service.reconfigured({ restart: true, rolls: before !== null, fingerprint, sourceReplaced: false });
  }

  private async remove(id: string): Promise<void> {
    const service = this.services.get(id);
    if (!service) return;
    this.services.delete(id);
    for (let instance = 1; instance <= service.context.configuration.replicas; instance++)
      for (const file of logsOf(this.configuration, id, instance)) this.options.rotation.remove(file);
    await service.stopAll('the app is no longer configured');
  }

  private change(app: ServiceConfiguration, change: { restart: boolean; changed: string[] }): void {
    const service = this.services.get(app.id);
    if (!service) return;
    const { context } = service;
    const sourceReplaced = change.changed.some((key) => key === 'source' || key.startsWith('source.'));
    if (sourceReplaced) context.source.stop();
    Object.assign(context, { configuration: app, account: accountOf(app) });
    if (sourceReplaced) context.source = this.sourceOf(app);
    this.watchLogs(app);
    service.reconfigured({
      restart: change.restart,
      rolls: change.restart,
      fingerprint: fingerprintOf(app),
      sourceReplaced,
    });
  }

  private contextOf(app: ServiceConfiguration): ServiceContext {
    const { journal, runs, clock, agentEnvironment, log } = this.options;
    const { dataDirectory, logsDirectory } = this.configuration;
    return {
      key: { name: app.name, environment: app.environment },
      id: app.id,
      journal,
      runs,
      clock,
      layout: serviceLayout(dataDirectory, app.id),
      dataDirectory,
      logsDirectory,
      agentEnvironment,
      configuration: app,
      account: accountOf(app),
      source: this.sourceOf(app),
      log: (line) => log({ app: app.id, ...line }),
    };
  }

  private sourceOf(app: ServiceConfiguration): Source {
    const { url, pollMs } = app.source;
    return bucket({ url, pollMs, name: app.name, environment: app.environment, clock: this.options.clock });
  }

  private watchLogs(app: ServiceConfiguration): void {
    for (let instance = 1; instance <= app.replicas; instance++)
      for (const file of logsOf(this.configuration, app.id, instance))
        this.options.rotation.add(file, app.log);
  }

  private endStrangers(id: string, found: readonly Found[]): void {
    const { runs, clock, log } = this.options;
    for (const { run } of found) {
      log({
        app: id,
        type: 'app.unconfigured',
        message: `${id}/${run.unit} (pid ${run.pid}) is stopped: ${id} is no longer configured`,
      });
      const find = () => processesOf(runs.runPath(run.id), run.pid);
      void endProcesses({ find, ...DEFAULT_STOP, clock }).then(() => runs.forget(run.id));
    }
  }
}

function logsOf(configuration: Configuration, id: string, instance: number): string[] {
  const { stdout, stderr } = logFiles(configuration.logsDirectory, id, String(instance));
  return [stdout, stderr];
}

/** Looked up once, when it is needed; again where that failed. */
function accountOf(app: ServiceConfiguration): () => Promise<Account | null> {
  const { user } = app;
  let account: Promise<Account | null> | null = null;
  return () => {
    account ??= (user === null ? Promise.resolve(null) : findAccount(user)).catch((error: unknown) => {
      account = null;
      throw error;
    });
    return account;
  };
}

/** Of what a running process was started with: a change of it means a restart. */
function fingerprintOf(app: ServiceConfiguration): string {
  const { runtime, start, inheritEnv, port, env, user, otp } = app;
  return createHash('sha256')
    .update(
      JSON.stringify([
        runtime,
        start,
        inheritEnv,
        port,
        Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1)),
        user,
        otp.cookie,
      ]),
    )
    .digest('hex');
}

function describeChange(id: string, change: AppChange): string {
  if (typeof change === 'string') return `${id}: ${change}`;
  return `${id}: ${change.changed.join(', ')} changed${change.restart ? ', its instances are restarted one by one' : ', nothing is restarted'}`;
}
