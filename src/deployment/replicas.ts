import type { InstanceRow, ReleaseRow } from '../journal/index.ts';
import { Event, SlipwayError } from '../kernel/index.ts';
import {
  type EndedRun,
  endProcesses,
  Instance,
  type InstanceSettings,
  type InstanceState,
  logFiles,
  processesOf,
  type Run,
  type RunExit,
} from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';
import { prepareLaunch } from './launch.ts';

export interface ReplicaChange {
  instance: number;
  before: InstanceState;
  after: InstanceState;
}

export interface ReplicaCrash {
  instance: number;
  release: number;
  reason: string;
}

/** The instances of a service: what the journal says of them is what they are made to be. */
export class Replicas {
  readonly changed = new Event<ReplicaChange>();
  readonly crashed = new Event<ReplicaCrash>();
  private readonly context: ServiceContext;
  private readonly instances = new Map<number, Instance>();

  constructor(context: ServiceContext) {
    this.context = context;
  }

  /** Makes the instances that the configuration asks for, and takes over what an earlier agent left running. */
  load(found: readonly { run: Run; exit: RunExit | null }[]): void {
    this.resize();
    for (const row of this.rows()) {
      const instance = this.instances.get(row.instance);
      instance?.restoreCounts({ crash: row.crashRestarts, forced: row.forcedRestarts });
    }
    for (const [unit, runs] of Map.groupBy(found, ({ run }) => run.unit)) {
      // One is the rule. Of several, the one that lives, else the last: it is told of like any other end, and acted upon.
      const sorted = runs.sort(
        (a, b) => Number(a.exit === null) - Number(b.exit === null) || a.run.startedAt - b.run.startedAt,
      );
      const instance = this.instances.get(Number(unit)) ?? this.add(Number(unit));
      for (const { run } of sorted.slice(0, -1)) this.dispose(run);
      const last = sorted.at(-1);
      if (last) instance.adopt(last.run);
    }
    this.resize();
    this.apply('the agent started');
  }

  /** Says to every instance what it should be. */
  apply(reason: string): void {
    const stopped = this.context.journal.tables.app(this.context.key)?.stopped === 1;
    for (const row of this.rows())
      this.instances
        .get(row.instance)
        ?.want(
          { running: !stopped && row.stopped === 0, release: row.release, generation: row.generation },
          reason,
        );
  }

  /** For the time being only in memory: the record follows when the journal can be written. */
  wantRelease(instance: number, release: number | null, reason: string): void {
    const row = this.row(instance);
    const running = this.context.journal.tables.app(this.context.key)?.stopped !== 1 && row.stopped === 0;
    this.instances.get(instance)?.want({ running, release, generation: row.generation }, reason);
  }

  /** Adds what is missing; what is too much is stopped, and its state forgotten. */
  resize(): void {
    const { journal, key, configuration } = this.context;
    const rows = this.rows();
    if (rows.length < configuration.replicas || rows.some((row) => row.instance > configuration.replicas)) {
      const release = journal.tables.app(key)?.live ?? null;
      journal.write(`${this.context.id}: ${configuration.replicas} replicas`, (tables) => {
        for (let instance = 1; instance <= configuration.replicas; instance++)
          tables.addInstance(key, instance, rows[0]?.release ?? release);
        tables.removeInstancesAbove(key, configuration.replicas);
      });
    }
    for (let instance = 1; instance <= configuration.replicas; instance++)
      if (!this.instances.has(instance)) this.add(instance);
    for (const [number, instance] of this.instances)
      if (number > configuration.replicas) this.retire(number, instance);
  }

  rows(): InstanceRow[] {
    return this.context.journal.tables.instances(this.context.key);
  }

  /** Whether it is configured still; a deployment may have been planned for more. */
  has(instance: number): boolean {
    return this.rows().some((row) => row.instance === instance);
  }

  row(instance: number): InstanceRow {
    const row = this.rows().find((each) => each.instance === instance);
    if (row) return row;
    throw new SlipwayError('instance_unknown', {
      message: `${this.context.id} has no instance ${instance}; it has ${this.context.configuration.replicas}`,
      next: `slipway status ${this.context.id}`,
    });
  }

  all(): { number: number; instance: Instance }[] {
    return [...this.instances]
      .map(([number, instance]) => ({ number, instance }))
      .sort((a, b) => a.number - b.number);
  }

  get(instance: number): Instance | null {
    return this.instances.get(instance) ?? null;
  }

  /** A person stopped this one, or the whole app. */
  isStopped(instance: number): boolean {
    const app = this.context.journal.tables.app(this.context.key);
    return app?.stopped === 1 || this.row(instance).stopped === 1;
  }

  /** Resolves when an instance is as `wanted` says: of that release, that generation and ready; rejects when aborted. */
  async until(condition: () => boolean, signal?: AbortSignal): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const off = this.changed.on(() => {
        if (!condition()) return;
        done();
        resolve();
      });
      const onAbort = () => {
        done();
        reject(signal?.reason);
      };
      const done = () => {
        off();
        signal?.removeEventListener('abort', onAbort);
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Whether it runs that release, started for the present generation, and is ready. */
  isReadyWith(instance: number, release: number): boolean {
    const phase = this.instances.get(instance)?.state.phase;
    return (
      phase?.name === 'ready' &&
      phase.run.release === release &&
      phase.run.generation >= this.row(instance).generation
    );
  }

  /** Numbers of the releases that processes run in, or that an instance is to run. */
  releasesInUse(): number[] {
    const used = this.rows().map((row) => row.release);
    for (const { instance } of this.all()) used.push(instance.run?.release ?? null);
    return [...new Set(used.filter((release) => release !== null))];
  }

  /** Ends all of them and resolves when they have ended. */
  async stopAll(reason: string): Promise<void> {
    for (const { instance } of this.all())
      instance.want({ running: false, release: instance.state.wanted.release, generation: 0 }, reason);
    await this.until(() => this.all().every(({ instance }) => instance.stateName === 'stopped'));
  }

  /** Leaves all of them running: the agent ends. */
  detach(): void {
    for (const { instance } of this.all()) instance.detach();
  }

  /** Ends what an earlier agent left beside the run that counts, and forgets it. */
  private dispose(run: Run): void {
    const { runs, clock, configuration } = this.context;
    const find = () => processesOf(runs.runPath(run.id), run.pid);
    void endProcesses({ find, ...configuration.stop, clock }).then(() => runs.forget(run.id));
  }

  private retire(number: number, instance: Instance): void {
    instance.want({ running: false, release: null, generation: 0 }, 'fewer replicas are configured');
    const forget = () => {
      if (instance.stateName === 'stopped' && number > this.context.configuration.replicas)
        this.instances.delete(number);
    };
    instance.changed.on(forget);
    forget();
  }

  private add(number: number): Instance {
    const { context } = this;
    const files = logFiles(context.logsDirectory, context.id, String(number));
    const instance = new Instance({
      app: context.id,
      unit: String(number),
      runs: context.runs,
      clock: context.clock,
      stdoutFile: files.stdout,
      stderrFile: files.stderr,
      settings: () => settingsOf(context, number),
      prepare: async (wanted) => await prepareLaunch(context, this.releaseRow(wanted.release ?? 0), number),
    });
    instance.changed.on((change) => this.onChange(number, change));
    instance.started.on((run) => this.onStarted(run));
    instance.ended.on((ended) => this.onEnded(number, instance, ended));
    this.instances.set(number, instance);
    return instance;
  }

  private releaseRow(number: number): ReleaseRow {
    const row = this.context.journal.tables.release(this.context.key, number);
    if (row) return row;
    throw new SlipwayError('release_unknown', { message: `${this.context.id} has no release ${number}` });
  }

  private onChange(number: number, change: { before: InstanceState; after: InstanceState }): void {
    const { before, after } = change;
    if (before.phase.name !== after.phase.name)
      this.context.log({
        type: `instance.${after.phase.name}`,
        message: `${this.context.id}/${number} is ${after.phase.name}: ${after.reason}`,
      });
    this.changed.emit({ instance: number, ...change });
  }

  private onStarted(run: Run): void {
    const { journal, key } = this.context;
    journal.writeSoon(`${this.context.id}/${run.unit}: run ${run.id} started`, (tables) =>
      tables.putRun({
        ...recordOf(run, key),
        endedAt: null,
        status: null,
        signal: null,
        reason: null,
        unexpected: null,
        stderr: null,
      }),
    );
  }

  private onEnded(number: number, instance: Instance, ended: EndedRun): void {
    const { journal, key } = this.context;
    const { run, exit, reason, unexpected, stderr } = ended;
    const lastExit = JSON.stringify({ status: exit.status, signal: exit.signal, reason, at: exit.at });
    const { crash, forced } = instance.state.restarts;
    journal.writeSoon(`${this.context.id}/${run.unit}: run ${run.id} ended`, (tables) => {
      tables.putRun({
        ...recordOf(run, key),
        endedAt: Math.round(exit.at),
        status: exit.status,
        signal: exit.signal,
        reason,
        unexpected: unexpected ? 1 : 0,
        stderr: JSON.stringify(stderr),
      });
      tables.updateInstance(key, number, { lastExit, crashRestarts: crash, forcedRestarts: forced });
    });
    if (!unexpected) return;
    this.context.log({
      type: 'instance.crashed',
      message: `${this.context.id}/${number} ended unexpectedly: ${reason}`,
    });
    this.crashed.emit({
      instance: number,
      release: run.release,
      reason: `${this.context.id}/${number}: ${reason}`,
    });
  }
}

function recordOf(run: Run, key: { name: string; environment: string }) {
  return {
    id: run.id,
    name: key.name,
    environment: key.environment,
    unit: run.unit,
    release: run.release,
    pid: run.pid,
    startedAt: run.startedAt,
  };
}

function settingsOf(context: ServiceContext, instance: number): InstanceSettings {
  const { stop, restart, ready, port: base } = context.configuration;
  const port = base === null ? null : base + instance - 1;
  return {
    stop,
    restart,
    port,
    readyTimeoutMs: ready.timeoutMs,
    ready:
      ready.kind === 'alive' || port === null
        ? { kind: 'alive', forMs: ready.kind === 'alive' ? ready.forMs : 0 }
        : ready.kind === 'http'
          ? { kind: 'http', path: ready.path, port }
          : { kind: 'tcp', port },
  };
}
