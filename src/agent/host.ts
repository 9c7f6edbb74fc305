import type {
  Accepted,
  Backend,
  CronEntry,
  Deployment,
  DeploymentWithSteps,
  Done,
  EnvChange,
  EnvVariable,
  Happening,
  IdentifiedLine,
  LogQuery,
  Plan,
  Release,
  Secret,
  Status,
  Terminal,
  Uploaded,
  Vm,
} from '../api/index.ts';
import { type App, receiveUpload } from '../app/index.ts';
import { type Configuration, maskedConfiguration } from '../config/index.ts';
import type { DeploymentRow, Journal } from '../journal/index.ts';
import { SlipwayError, systemClock } from '../kernel/index.ts';
import type { AgentLog } from './agent-log.ts';
import type { Apps } from './apps.ts';
import type { EventLog } from './event-log.ts';
import { readQuery, sourcesOf } from './logs.ts';
import {
  iso,
  presentApp,
  presentComparison,
  presentDeployment,
  presentReleases,
  presentStep,
} from './present.ts';
import { presentCron, presentForesight } from './present-site.ts';
import { stream } from './stream.ts';
import type { Terminals } from './terminal/index.ts';
import { Vms } from './vms.ts';
import { Webhooks } from './webhook.ts';

/** The largest archive of a service, which has no setting of its own for it. */
const UPLOAD_MAX_BYTES = 512 * 1024 ** 2;

export interface HostOptions {
  apps: Apps;
  journal: Journal;
  events: EventLog;
  agentLog: AgentLog;
  /** What is not guaranteed on this host, in words. */
  warnings: () => string[];
  version: string;
  terminals: Terminals;
  applyConfiguration: () => Promise<string[]>;
  /** Stops the apps; the agent ends by itself then. */
  endApps: (actor: string) => Promise<void>;
}

/** What the API asks of this host. */
export class Host implements Backend {
  private readonly options: HostOptions;
  private readonly startedMs = systemClock.monotonicMs();
  private readonly vms = new Vms();
  private readonly webhooks: Webhooks;

  constructor(options: HostOptions) {
    this.options = options;
    this.webhooks = new Webhooks({
      clock: systemClock,
      write: (line) => options.agentLog.write(line),
    });
  }

  async status(app: string | null): Promise<Status> {
    const { apps, version } = this.options;
    const shown = app === null ? apps.all() : [apps.find(app)];
    for (const { context, replicas } of shown) await context.runs.measure(replicas.runs(), context.clock);
    return {
      agent: {
        version,
        pid: process.pid,
        uptime_s: Math.round((systemClock.monotonicMs() - this.startedMs) / 100) / 10,
        warnings: this.options.warnings(),
      },
      apps: shown.map((each) => presentApp(each, { site: apps.siteOf(each) })),
    };
  }

  releases(app: string): Release[] {
    return presentReleases(this.options.apps.find(app));
  }

  deployments(app: string): Deployment[] {
    const { id, key } = this.options.apps.find(app).context;
    return this.options.journal.tables.deployments(key).map((row) => presentDeployment(id, row));
  }

  deployment(id: number): DeploymentWithSteps {
    const { row, app, label } = this.findDeployment(id);
    const now = systemClock.now();
    const steps = this.options.journal.tables.steps(id).map((step) =>
      presentStep(step, {
        app: label,
        now,
        output: app?.queue.liveOutput(id, step.position) ?? null,
        lastedMs: step.state === 'running' ? (app?.queue.lastedMs(id, step.position) ?? null) : null,
      }),
    );
    return { ...presentDeployment(label, row), steps };
  }

  async *followDeployment(id: number, signal: AbortSignal): AsyncGenerator<DeploymentWithSteps> {
    const { app } = this.findDeployment(id);
    const now = this.deployment(id);
    yield now;
    if (hasEnded(now) || !app) return;
    let isWaiting = false;
    const changes = stream<void>(signal, (push, end) => {
      let pending = false;
      const look = () => {
        pending = false;
        // A slow reader gets the newest state, not each one that it missed.
        if (!isWaiting) push();
        isWaiting = true;
        if (hasEnded(this.deployment(id))) end();
      };
      const off = app.queue.changed.on((changed) => {
        // Many changes of one turn are one.
        if (changed !== id || pending) return;
        pending = true;
        setImmediate(look);
      });
      look();
      return off;
    });
    for await (const _ of changes) {
      isWaiting = false;
      yield this.deployment(id);
    }
    if (!signal.aborted) yield this.deployment(id);
  }

  async planDeploy(options: Parameters<Backend['planDeploy']>[0]): Promise<Plan> {
    const app = this.options.apps.find(options.app);
    return await app.automatic.holdDuring(() => this.plan(app, options));
  }

  private async plan(app: App, options: Parameters<Backend['planDeploy']>[0]): Promise<Plan> {
    const planned = await app.planDeploy({ ...options, upload: null });
    const { offer, kind, steps, pins, notes, comparison } = planned;
    const foresight = await this.options.apps.siteOf(app)?.foresee(planned);
    return {
      app: app.context.id,
      version: offer.version,
      kind,
      pins,
      notes,
      site: foresight ? presentForesight(foresight) : null,
      upgrade: comparison && presentComparison(comparison),
      steps: steps.map(({ name, unit, argument }) => ({
        name: argument === null ? name : `${name}: ${argument}`,
        instance: unit === null ? null : `${app.context.id}/${unit}`,
      })),
    };
  }

  async deploy(options: Parameters<Backend['deploy']>[0]): Promise<Accepted> {
    const { id, notes } = await this.options.apps.find(options.app).deploy(options, options.caller);
    return { deployment: id, notes };
  }

  async rollback(options: Parameters<Backend['rollback']>[0]): Promise<Accepted> {
    const { id, notes } = this.options.apps.find(options.app).rollback(options);
    return { deployment: id, notes };
  }

  async cancel({ id, caller }: Parameters<Backend['cancel']>[0]): Promise<Done> {
    const { row, app } = this.findDeployment(id);
    if (!app)
      throw new SlipwayError('app_unknown', {
        message: `the app of deployment ${id} is no longer configured`,
      });
    return { message: await app.queue.cancel(row, caller) };
  }

  async pin({ app, version, caller }: Parameters<Backend['pin']>[0]): Promise<Done> {
    return { message: this.options.apps.find(app).automatic.pin(version, caller) };
  }

  async unpin({ app, caller }: Parameters<Backend['unpin']>[0]): Promise<Done> {
    return { message: this.options.apps.find(app).automatic.unpin(caller) };
  }

  async ghost({ app, version, caller }: Parameters<Backend['ghost']>[0]): Promise<Done> {
    return { message: this.options.apps.find(app).automatic.ghost(version, caller) };
  }

  async unghost({ app, version, caller }: Parameters<Backend['unghost']>[0]): Promise<Done> {
    return { message: this.options.apps.find(app).automatic.unghost(version, caller) };
  }

  async restart({ app, instance, caller }: Parameters<Backend['restart']>[0]): Promise<Done> {
    return { message: await this.options.apps.find(app).restart(instance, caller) };
  }

  async stop({ app, instance, caller }: Parameters<Backend['stop']>[0]): Promise<Done> {
    return { message: await this.options.apps.find(app).stop(instance, caller) };
  }

  async start({ app, instance, caller }: Parameters<Backend['start']>[0]): Promise<Done> {
    return { message: await this.options.apps.find(app).startInstance(instance, caller) };
  }

  logs({ app, instance, query, signal }: Parameters<Backend['logs']>[0]): AsyncIterable<IdentifiedLine> {
    return readQuery(sourcesOf(this.options.apps.find(app), instance, query.stderr), { query, signal });
  }

  async *agentLogs({
    query,
    signal,
  }: {
    query: LogQuery;
    signal: AbortSignal;
  }): AsyncGenerator<IdentifiedLine> {
    const source = { file: this.options.agentLog.file, instance: 'agent', stream: 'stdout' } as const;
    for await (const line of readQuery([source], { query, signal })) yield { ...line, instance: null };
  }

  async *events({
    afterSeq,
    signal,
  }: {
    afterSeq: number | null;
    signal: AbortSignal;
  }): AsyncGenerator<Happening> {
    const { events } = this.options;
    yield* stream<Happening>(signal, (push) => {
      for (const happening of afterSeq === null ? [] : events.since(afterSeq)) push(happening);
      return events.happened.on(push);
    });
  }

  async receiveUpload({ app, body, sizeBytes }: Parameters<Backend['receiveUpload']>[0]): Promise<Uploaded> {
    const { context } = this.options.apps.find(app);
    const { configuration } = context;
    const maxSizeBytes = configuration.kind === 'site' ? configuration.upload.maxSizeBytes : UPLOAD_MAX_BYTES;
    const {
      id,
      sizeBytes: received,
      sha256,
    } = await receiveUpload(context, { body, sizeBytes, maxSizeBytes });
    return { upload: id, size_bytes: received, sha256 };
  }

  async vm({ app, instance }: Parameters<Backend['vm']>[0]): Promise<Vm> {
    return await this.vms.look(this.options.apps.find(app), instance);
  }

  async env(app: string): Promise<EnvVariable[]> {
    return this.options.apps.findSite(app, 'env').listEnv();
  }

  async changeEnv({ app, set, unset, caller }: Parameters<Backend['changeEnv']>[0]): Promise<EnvChange> {
    return await this.options.apps.findSite(app, 'env').changeEnv({ set, unset }, caller);
  }

  secrets(app: string): Secret[] {
    const site = this.options.apps.findSite(app, 'secret');
    return site.secrets.list().map(({ name, setAt }) => ({ name, set_at: iso(setAt) }));
  }

  async changeSecrets({ app, set, unset, caller }: Parameters<Backend['changeSecrets']>[0]): Promise<Done> {
    return { message: this.options.apps.findSite(app, 'secret').changeSecrets({ set, unset }, caller) };
  }

  async setMaintenance({ app, on, caller }: Parameters<Backend['setMaintenance']>[0]): Promise<Done> {
    return { message: this.options.apps.findSite(app, 'maintenance').setMaintenance(on, caller) };
  }

  cron(app: string): CronEntry[] {
    return presentCron(this.options.apps.findSite(app, 'cron'));
  }

  async runCron({ app, entry, caller }: Parameters<Backend['runCron']>[0]): Promise<Done> {
    const site = this.options.apps.findSite(app, 'cron');
    const { pid } = await site.cron.runNow(entry, caller.actor);
    const { id } = site.app.context;
    return {
      message: `cron entry ${entry} of ${id} runs as pid ${pid}; what it writes: slipway logs ${id}/cron-${entry} -f`,
    };
  }

  async webhook(request: Parameters<Backend['webhook']>[0]): Promise<{ status: number; message: string }> {
    const { apps } = this.options;
    const app = apps.all().find(({ context }) => context.id === request.app);
    return this.webhooks.answer(app ? apps.siteOf(app) : null, request);
  }

  async openTerminal(asked: Parameters<Backend['openTerminal']>[0]): Promise<Terminal> {
    return await this.options.terminals.start(asked);
  }

  async endAgent({ caller }: Parameters<Backend['endAgent']>[0]): Promise<Done> {
    await this.options.endApps(caller.actor);
    return { message: 'all apps are stopped, and the agent ends' };
  }

  configuration(): { file: string | null; configuration: unknown } {
    const inForce: Configuration = this.options.apps.inForce;
    return { file: inForce.file, configuration: maskedConfiguration(inForce) };
  }

  async applyConfiguration(): Promise<Done> {
    const changes = await this.options.applyConfiguration();
    return { message: changes.length === 0 ? 'nothing changed' : changes.join('\n') };
  }

  /** `label`: the id of its app, also where that is not configured any more, and `app` is null. */
  private findDeployment(id: number): { row: DeploymentRow; app: App | null; label: string } {
    const row = this.options.journal.tables.deployment(id);
    if (!row)
      throw new SlipwayError('deployment_unknown', {
        message: `there is no deployment ${id}`,
        next: 'slipway deployments <app>',
      });
    const app = this.options.apps
      .all()
      .find(({ context }) => context.key.name === row.name && context.key.environment === row.environment);
    return { row, app: app ?? null, label: app?.context.id ?? `${row.name}@${row.environment}` };
  }
}

function hasEnded({ state }: { state: string }): boolean {
  return state !== 'queued' && state !== 'running';
}
