import type {
  Accepted,
  Backend,
  Deployment,
  DeploymentWithSteps,
  Done,
  Happening,
  IdentifiedLine,
  LogQuery,
  Plan,
  Release,
  Status,
} from '../api/index.ts';
import { type Configuration, maskedConfiguration } from '../config/index.ts';
import type { Service } from '../deployment/index.ts';
import type { DeploymentRow, Journal } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { AgentLog } from './agent-log.ts';
import type { Apps } from './apps.ts';
import type { EventLog } from './event-log.ts';
import { readQuery, sourcesOf } from './logs.ts';
import { presentApp, presentDeployment, presentReleases, presentStep } from './present.ts';
import { stream } from './stream.ts';

export interface HostOptions {
  apps: Apps;
  journal: Journal;
  events: EventLog;
  agentLog: AgentLog;
  version: string;
  applyConfiguration: () => Promise<string[]>;
  /** Stops the apps; the agent ends by itself then. */
  endApps: (actor: string) => Promise<void>;
}

/** What the API asks of this host. */
export class Host implements Backend {
  private readonly options: HostOptions;
  private readonly startedAt = Date.now();

  constructor(options: HostOptions) {
    this.options = options;
  }

  status(app: string | null): Status {
    const now = Date.now();
    const { apps, version } = this.options;
    const services = app === null ? apps.all() : [apps.find(app)];
    return {
      agent: { version, pid: process.pid, uptime_s: Math.round((now - this.startedAt) / 100) / 10 },
      apps: services.map((service) => presentApp(service, now)),
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
    const { row, service, app } = this.findDeployment(id);
    const now = Date.now();
    const steps = this.options.journal.tables
      .steps(id)
      .map((step) =>
        presentStep(step, { app, now, output: service?.queue.liveOutput(id, step.position) ?? null }),
      );
    return { ...presentDeployment(app, row), steps };
  }

  async *followDeployment(id: number, signal: AbortSignal): AsyncGenerator<DeploymentWithSteps> {
    const { service } = this.findDeployment(id);
    const now = this.deployment(id);
    yield now;
    if (hasEnded(now) || !service) return;
    const changes = stream<void>(signal, (push, end) => {
      let pending = false;
      const look = () => {
        pending = false;
        push();
        if (hasEnded(this.deployment(id))) end();
      };
      const off = service.queue.changed.on((changed) => {
        // Many changes of one turn are one.
        if (changed !== id || pending) return;
        pending = true;
        setImmediate(look);
      });
      look();
      return off;
    });
    for await (const _ of changes) yield this.deployment(id);
    if (!signal.aborted) yield this.deployment(id);
  }

  async planDeploy(options: { app: string; version: string | null; force: boolean }): Promise<Plan> {
    const service = this.options.apps.find(options.app);
    const { offer, steps, pins, notes } = await service.planDeploy(options);
    return {
      app: service.context.id,
      version: offer.version,
      kind: 'full',
      pins,
      notes,
      steps: steps.map(({ name, instance, argument }) => ({
        name: argument === null ? name : `${name}: ${argument}`,
        instance: instance === null ? null : `${service.context.id}/${instance}`,
      })),
    };
  }

  async deploy(options: Parameters<Backend['deploy']>[0]): Promise<Accepted> {
    const { id, notes } = await this.options.apps.find(options.app).deploy(options);
    return { deployment: id, notes };
  }

  async rollback(options: Parameters<Backend['rollback']>[0]): Promise<Accepted> {
    const { id, notes } = this.options.apps.find(options.app).rollback(options);
    return { deployment: id, notes };
  }

  async cancel({ id, caller }: Parameters<Backend['cancel']>[0]): Promise<Done> {
    const { row, service } = this.findDeployment(id);
    if (!service)
      throw new SlipwayError('app_unknown', {
        message: `the app of deployment ${id} is no longer configured`,
      });
    return { message: await service.queue.cancel(row, caller) };
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
    const service = this.options.apps.find(app);
    if (instance !== null) service.replicas.row(instance);
    return readQuery(sourcesOf(service, instance, query.stderr), { query, signal });
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

  private findDeployment(id: number): { row: DeploymentRow; service: Service | null; app: string } {
    const row = this.options.journal.tables.deployment(id);
    if (!row)
      throw new SlipwayError('deployment_unknown', {
        message: `there is no deployment ${id}`,
        next: 'slipway deployments <app>',
      });
    const service = this.options.apps
      .all()
      .find(({ context }) => context.key.name === row.name && context.key.environment === row.environment);
    return { row, service: service ?? null, app: service?.context.id ?? `${row.name}@${row.environment}` };
  }
}

function hasEnded({ state }: { state: string }): boolean {
  return state !== 'queued' && state !== 'running';
}
