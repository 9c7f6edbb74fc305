import type { AppRow, DeploymentRow, Tables } from '../journal/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import { sweep } from '../release/index.ts';
import type { Offer } from '../source/index.ts';
import type { Run, RunExit } from '../supervisor/index.ts';
import { AutomaticDeployment } from './automatic-deployment.ts';
import { chooseOffer } from './choice.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { type PlannedStep, planFull, planRollback } from './plan.ts';
import { forgetPreCommands } from './pre-command.ts';
import { type Caller, DeploymentQueue } from './queue.ts';
import { recordApp } from './recovery.ts';
import { Replicas } from './replicas.ts';
import { pruneReleases, sweepReleases } from './retention.ts';
import { RollingRestart, untilReadyOrFailed } from './rolling-restart.ts';
import { wayBack } from './way-back.ts';

/** One service of this host: its instances, its deployments, and what a person may ask of it. */
export class Service {
  readonly context: ServiceContext;
  readonly replicas: Replicas;
  readonly queue: DeploymentQueue;
  readonly automatic: AutomaticDeployment;
  private readonly restarts: RollingRestart;
  private detached = false;

  constructor(context: ServiceContext) {
    this.context = context;
    this.replicas = new Replicas(context);
    this.queue = new DeploymentQueue({
      context,
      replicas: this.replicas,
      plan: (kind, offer) => this.planOf(kind, offer),
    });
    this.automatic = new AutomaticDeployment({ context, queue: this.queue });
    this.restarts = new RollingRestart({
      context,
      replicas: this.replicas,
      mayRun: () => !this.queue.isBusy,
    });
    this.queue.ended.on((deployment) => void this.afterDeployment(deployment));
  }

  /** Takes over what runs, finishes what was begun, and starts what should run. */
  async start(found: readonly { run: Run; exit: RunExit | null }[]): Promise<void> {
    const { journal, key, layout } = this.context;
    if (!journal.tables.app(key)) recordApp(this.context);
    this.replicas.load(found.filter(({ run }) => /^\d+$/.test(run.unit)));
    await sweep(layout.release);
    if (!this.queue.resume()) {
      this.align();
      this.queue.beginNext();
      void sweepReleases(this.context).then(() => this.prune());
    }
    this.automatic.watch();
    void this.restarts.roll();
  }

  get app(): AppRow {
    const row = this.context.journal.tables.app(this.context.key);
    if (row) return row;
    throw new SlipwayError('app_unknown', { message: `${this.context.id} is not in the journal` });
  }

  /** What a deploy would do. */
  async planDeploy(options: {
    version: string | null;
    force: boolean;
  }): Promise<{ offer: Offer; steps: PlannedStep[]; pins: boolean; notes: string[] }> {
    const { offer, pins, notes } = await chooseOffer(this.context, options);
    return { offer, steps: this.planOf('full', offer), pins, notes };
  }

  async deploy(options: {
    version: string | null;
    force: boolean;
    caller: Caller;
  }): Promise<{ id: number; notes: string[] }> {
    this.queue.refuseIfBusy('deploy');
    const { offer, pins, notes } = await chooseOffer(this.context, options);
    this.queue.refuseIfBusy('deploy');
    const { stopped, pinned } = this.app;
    if (stopped) notes.push('the app was stopped; it is started by this deployment');
    if (!pins && pinned !== null) notes.push(`${this.context.id} is no longer pinned to ${pinned}`);
    const { caller } = options;
    const id = this.queue.add({ kind: 'full', offer, caller, release: null }, (tables) => {
      const { key } = this.context;
      tables.removeGhosts(key, offer.version);
      tables.updateApp(key, { stopped: 0, pinned: pins ? offer.version : null });
      this.startInstances(tables);
      if (!pins) this.automatic.recordActedOn(tables, offer);
    });
    return { id, notes };
  }

  rollback({ to, caller }: { to: number | null; caller: Caller }): { id: number; notes: string[] } {
    this.queue.refuseIfBusy('rollback');
    const release = wayBack(this.context, to);
    const offer: Offer = {
      version: release.version,
      hash: release.hash,
      sha256: null,
      commit: release.commitId,
      preCommands: [],
      archive: { sizeBytes: 0, mtimeMs: 0 },
    };
    const id = this.queue.add({ kind: 'rollback', offer, caller, release: release.number }, (tables) => {
      tables.updateApp(this.context.key, { stopped: 0, pinned: release.version });
      this.startInstances(tables);
    });
    return {
      id,
      notes: [
        `${this.context.id} is pinned to ${release.version}: automatic deployment waits until: slipway unpin ${this.context.id}`,
      ],
    };
  }

  async restart(instance: number | null, caller: Caller): Promise<string> {
    this.queue.refuseIfBusy('restart');
    const instances = this.chosen(instance).filter((each) => !this.replicas.isStopped(each));
    if (instances.length === 0)
      throw new SlipwayError('failed', {
        message: `${this.label(instance)} is stopped`,
        next: `slipway start ${this.label(instance)}`,
      });
    this.restarts.request(instances, `by ${caller.actor}`);
    await this.restarts.roll();
    await untilReadyOrFailed(this.context, this.replicas, instances);
    return `${this.label(instance)} is restarted and ready`;
  }

  async stop(instance: number | null, caller: Caller): Promise<string> {
    this.queue.refuseIfBusy('stop');
    const { journal, key, id } = this.context;
    const instances = this.chosen(instance);
    this.queue.supersedeProof(`a stop by ${caller.actor}`);
    journal.write(`${this.label(instance)}: stopped by ${caller.actor}`, (tables) => {
      if (instance === null) tables.updateApp(key, { stopped: 1 });
      else tables.updateInstance(key, instance, { stopped: 1 });
      if (instance === null) this.queue.dropAutomatic(tables, 'the app was stopped');
    });
    this.replicas.apply(`stopped by ${caller.actor}`);
    await this.replicas.until(() =>
      instances.every((each) => this.replicas.get(each)?.stateName === 'stopped'),
    );
    return `${this.label(instance)} is stopped; start it again: slipway start ${instance === null ? id : this.label(instance)}`;
  }

  async startInstance(instance: number | null, caller: Caller): Promise<string> {
    const { journal, key, id } = this.context;
    const instances = this.chosen(instance);
    const wasStopped = this.app.stopped === 1;
    journal.write(`${this.label(instance)}: started by ${caller.actor}`, (tables) => {
      tables.updateApp(key, { stopped: 0 });
      // Starting one of a stopped app starts that one only.
      if (instance !== null && wasStopped)
        for (const row of tables.instances(key)) tables.updateInstance(key, row.instance, { stopped: 1 });
      for (const each of instances) tables.updateInstance(key, each, { stopped: 0 });
      if (instance === null) this.automatic.recordLookAgain(tables);
    });
    this.replicas.apply(`started by ${caller.actor}`);
    void this.restarts.roll();
    this.automatic.consider();
    if (instances.every((each) => this.replicas.row(each).release === null))
      return `${id} has no release yet: it will start with the first one`;
    await untilReadyOrFailed(this.context, this.replicas, instances);
    return `${this.label(instance)} is started and ready`;
  }

  /**
   * The configuration was replaced. `restart`: it concerns what processes are started with; `rolls`: processes were
   * started with the former one, so they are restarted.
   */
  reconfigured(change: {
    restart: boolean;
    rolls: boolean;
    fingerprint: string;
    sourceReplaced: boolean;
  }): void {
    const { journal, key, id } = this.context;
    this.replicas.resize();
    if (change.restart)
      journal.write(`${id}: new configuration`, (tables) => {
        tables.updateApp(key, { fingerprint: change.fingerprint });
        if (!change.rolls) return;
        for (const row of tables.instances(key))
          tables.updateInstance(key, row.instance, { wantedGeneration: row.wantedGeneration + 1 });
      });
    this.replicas.apply('the configuration was applied');
    if (change.sourceReplaced) this.automatic.watch();
    else this.automatic.consider();
    void this.restarts.roll();
  }

  /** The agent ends and leaves everything running. */
  detach(): void {
    this.holdStill();
    this.replicas.detach();
  }

  /** Ends its processes; its data stays. */
  async stopAll(reason: string): Promise<void> {
    this.holdStill();
    await this.replicas.stopAll(reason);
  }

  /** Nothing more is begun. */
  private holdStill(): void {
    this.detached = true;
    this.automatic.detach();
    this.restarts.detach();
    this.queue.detach();
  }

  private async afterDeployment(deployment: DeploymentRow): Promise<void> {
    this.align();
    this.queue.beginNext();
    this.automatic.consider();
    void this.restarts.roll();
    await forgetPreCommands({ context: this.context, deployment });
    await this.prune();
  }

  /** Instances that came while a deployment ran had what was live then: they get what is live now. */
  private align(): void {
    const { journal, key, id } = this.context;
    const { live } = this.app;
    const behind = this.replicas.rows().filter((row) => row.release !== live);
    if (live === null || behind.length === 0) return;
    journal.writeSoon(`${id}: ${behind.length} instances follow release ${live}`, (tables) => {
      for (const row of behind) tables.updateInstance(key, row.instance, { release: live });
    });
    this.replicas.apply(`release ${live} is live`);
  }

  /** Takes away what is no longer needed. Its failure fails nothing else. */
  private async prune(): Promise<void> {
    if (this.queue.running !== null || this.detached) return;
    try {
      await pruneReleases(this.context, this.replicas.releasesInUse());
    } catch (error) {
      this.context.log({
        type: 'retention.failed',
        message: `${this.context.id}: old releases were not removed: ${messageOf(error)}`,
      });
    }
  }

  private planOf(kind: 'full' | 'rollback', offer: Offer): PlannedStep[] {
    const { replicas } = this.context.configuration;
    const copies = hasCopies(this.context.configuration);
    return kind === 'rollback'
      ? planRollback({ replicas, copies })
      : planFull({ replicas, copies, preCommands: offer.preCommands });
  }

  /** A deployment is of no use to an app of which every instance is stopped. */
  private startInstances(tables: Tables): void {
    const rows = tables.instances(this.context.key);
    if (rows.every((row) => row.stopped))
      for (const row of rows) tables.updateInstance(this.context.key, row.instance, { stopped: 0 });
  }

  private chosen(instance: number | null): number[] {
    if (instance !== null) return [this.replicas.row(instance).instance];
    return this.replicas.rows().map((row) => row.instance);
  }

  private label(instance: number | null): string {
    return instance === null ? this.context.id : `${this.context.id}/${instance}`;
  }
}
