import type { AppConfiguration } from '../config/index.ts';
import type { AppContext, DeploymentQueue } from '../deployment/index.ts';
import { messageOf } from '../kernel/index.ts';
import { untilUp } from './come-up.ts';
import { loadNextTime, type NextTime } from './cron/index.ts';
import type { Instances } from './instances.ts';
import { RestartTimes } from './restart-times.ts';
import type { RollingRestart } from './rolling-restart.ts';

export interface ScheduledRestartsOptions {
  context: AppContext;
  instances: Instances;
  queue: DeploymentQueue;
  restarts: RollingRestart;
}

interface Scheduled {
  /** Name of the worker; empty for the instances of a service. */
  name: string;
  schedule: string;
}

/** Restarts at a time of day (`restart.schedule`): what `slipway restart` does, without anybody who asks for it. */
export class ScheduledRestarts {
  private readonly options: ScheduledRestartsOptions;
  private readonly times: RestartTimes;
  private isOver = false;

  constructor(options: ScheduledRestartsOptions) {
    this.options = options;
    this.times = new RestartTimes({
      clock: options.context.clock,
      onDue: (name) => this.due(name),
      onLeftOut: (name, why) => this.leaveOut(name, why),
    });
  }

  /** Looks at the time from now on, as the configuration in force says. What passed while no agent ran is left out. */
  async follow(): Promise<void> {
    const all = scheduledOf(this.options.context.configuration);
    const nextTime: NextTime = all.length === 0 ? () => null : await loadNextTime();
    if (!this.isOver) this.times.set(all, nextTime);
  }

  stop(): void {
    this.isOver = true;
    this.times.stop();
  }

  private due(name: string): void {
    const { context, instances, restarts } = this.options;
    const why = this.refusal(name);
    if (why !== null) return this.leaveOut(name, why);
    const units = this.unitsOf(name).filter((unit) => !instances.isStopped(unit));
    restarts.request(units, 'by its schedule', true);
    const label = this.label(name);
    context.log({ type: 'restart.scheduled', message: `${label} is restarted by its schedule` });
    restarts.roll();
    untilUp(context, instances, { units, among: units }).catch((error: unknown) =>
      context.log({
        type: 'restart.failed',
        message: `the restart of ${label} by its schedule: ${messageOf(error)}`,
      }),
    );
  }

  /** Why nothing is restarted now. */
  private refusal(name: string): string | null {
    const { instances, queue, restarts } = this.options;
    const units = this.unitsOf(name);
    if (units.length === 0) return '0 replicas are configured';
    if (units.every((unit) => instances.isStopped(unit))) return 'it is stopped';
    if (queue.running !== null) return `deployment ${queue.running} runs`;
    return restarts.concerns(units) ? 'a restart that was asked for before goes on still' : null;
  }

  private leaveOut(name: string, why: string): void {
    const message = `${this.label(name)} is not restarted by its schedule: ${why}`;
    this.options.context.log({ type: 'restart.skipped', message });
  }

  private unitsOf(name: string): string[] {
    const units = this.options.instances.rows().map(({ unit }) => unit);
    return name === '' ? units : units.filter((unit) => unit.startsWith(`${name}.`));
  }

  private label(name: string): string {
    const { id } = this.options.context;
    return name === '' ? id : `${id}/${name}`;
  }
}

function scheduledOf(configuration: AppConfiguration): Scheduled[] {
  const all =
    configuration.kind === 'service'
      ? [{ name: '', schedule: configuration.restart.schedule }]
      : configuration.workers.map(({ name, restart }) => ({ name, schedule: restart.schedule }));
  return all.flatMap(({ name, schedule }) => (schedule === null ? [] : { name, schedule }));
}
