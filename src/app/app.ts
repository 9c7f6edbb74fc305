import {
  type AppContext,
  type Caller,
  DeploymentQueue,
  isOnDisk,
  offerOf,
  type PlannedStep,
  type Procedure,
  recordApp,
  wayBack,
} from '../deployment/index.ts';
import type { AppRow, DeploymentRow, InstanceRow, ReleaseRow, Tables } from '../journal/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import type { Comparison, Connection } from '../otp/index.ts';
import { isInstance, type Run, type RunExit } from '../supervisor/index.ts';
import type { AppKind } from './app-kind.ts';
import { AutomaticDeployment } from './automatic-deployment.ts';
import { type Choice, type Chosen, chooseOffer, orMissing } from './choice.ts';
import { untilUp } from './come-up.ts';
import { type Console, oneOf } from './console.ts';
import { Instances } from './instances.ts';
import { type NodeStatus, noNode } from './node-status.ts';
import { OpenConsoles } from './open-consoles.ts';
import { freeBytesOf } from './retention.ts';
import { RollingRestart } from './rolling-restart.ts';

/** What a deploy would do. */
export interface PlannedDeployment extends Chosen {
  kind: 'full' | 'hot' | 'site';
  steps: PlannedStep[];
  comparison: Comparison | null;
}

/** One app of this host: its instances or workers, its deployments, and what a person may ask of it. */
export class App {
  readonly context: AppContext;
  readonly instances: Instances;
  readonly queue: DeploymentQueue;
  readonly automatic: AutomaticDeployment;
  /** What they run from is kept. */
  readonly consoles = new OpenConsoles();
  private readonly kind: AppKind;
  private readonly procedure: Procedure;
  private readonly restarts: RollingRestart;
  private detached = false;

  constructor(context: AppContext, kind: AppKind) {
    this.context = context;
    this.kind = kind;
    this.instances = new Instances(context, kind.instances);
    this.procedure = kind.procedure(this.instances);
    this.queue = new DeploymentQueue({ context, procedure: this.procedure });
    this.automatic = new AutomaticDeployment({ context, queue: this.queue, kind: kind.deployment });
    this.restarts = new RollingRestart({
      context,
      instances: this.instances,
      mayRun: () => !this.queue.isBusy,
      redundant: kind.deployment === 'full',
    });
    this.queue.ended.on((deployment) => void this.afterDeployment(deployment));
  }

  /** Takes over what runs, finishes what was begun, and starts what should run. */
  async start(found: readonly { run: Run; exit: RunExit | null }[]): Promise<void> {
    const { journal, key } = this.context;
    if (!journal.tables.app(key)) recordApp(this.context);
    this.instances.load(found.filter(({ run }) => isInstance(run.unit)));
    await this.sweep();
    if (!this.queue.resume()) {
      this.align();
      this.queue.beginNext();
      void this.prune();
    }
    this.automatic.watch();
    this.follow({ sourceReplaced: false });
    this.restarts.roll();
  }

  /** The units that its log files are named after: all, one, or those of a worker. */
  logUnits(unit: string | null): string[] {
    const others = this.kind.otherLogs();
    if (unit === null) return [...this.kind.instances.units(), ...others];
    if (others.includes(unit)) return [unit];
    const units = this.instances.rows().map((row) => row.unit);
    if (others.length === 0 || units.some((each) => each === unit || each.startsWith(`${unit}.`)))
      return this.units(unit);
    throw new SlipwayError('instance_unknown', {
      message: `${this.context.id} has no ${unit}; it has ${[...units, ...others].join(', ')}`,
      next: `slipway status ${this.context.id}`,
    });
  }

  /** Those that are there, newest first: one whose directory a person deleted is not offered any more. */
  releases(): ReleaseRow[] {
    const { journal, key } = this.context;
    return journal.tables
      .releases(key)
      .filter(
        (row) =>
          row.removedAt === null &&
          (!['ready', 'retired'].includes(row.state) || isOnDisk(this.context, row)),
      );
  }

  get row(): AppRow {
    const row = this.context.journal.tables.app(this.context.key);
    if (row) return row;
    throw new SlipwayError('app_unknown', { message: `${this.context.id} is not in the journal` });
  }

  /** What a deploy would do. Automatic deployment is to be held meanwhile. */
  async planDeploy(choice: Choice): Promise<PlannedDeployment> {
    this.checkChoice(choice);
    const chosen = await chooseOffer(this.context, choice);
    const next = this.automatic.next();
    if (next) {
      const what = next.version === chosen.offer.version ? 'it' : next.version;
      chosen.notes.push(`automatic deployment is on: ${what} will be deployed by itself`);
    }
    const kind = this.kind.deployment;
    const steps = this.procedure.plan(kind, chosen.offer);
    if (choice.full) return { ...chosen, steps, kind, comparison: { kind: 'full', reason: 'asked for' } };
    const comparison = await this.kind.compare(chosen.offer, this.instances);
    return { ...chosen, steps, kind: comparison?.kind ?? kind, comparison };
  }

  async deploy(choice: Choice, caller: Caller): Promise<{ id: number; notes: string[] }> {
    this.checkChoice(choice);
    this.queue.refuseIfBusy('deploy');
    return await this.automatic.holdDuring(() => this.chooseAndDeploy(choice, caller));
  }

  private async chooseAndDeploy(choice: Choice, caller: Caller): Promise<{ id: number; notes: string[] }> {
    const { offer, pins, notes } = await chooseOffer(this.context, choice).catch((error: unknown) =>
      orMissing(this.context, choice, error),
    );
    this.queue.refuseIfBusy('deploy');
    const { deployment: kind } = this.kind;
    // It will fail, and nothing is to follow from it.
    if (offer.missing)
      return { id: this.queue.add({ kind, offer, caller, release: null }, () => undefined), notes };
    if (this.row.stopped) notes.push('the app was stopped; it is started by this deployment');
    const before = this.row.pinned;
    if (!pins && before !== null) notes.push(`${this.context.id} is no longer pinned to ${before}`);
    const hot = choice.full ? false : null;
    const pinned = pins ? offer.version : null;
    const id = this.queue.add({ kind, offer, caller, release: null, hot, pinned }, (tables) => {
      const { key } = this.context;
      tables.removeGhosts(key, offer.version);
      tables.updateApp(key, { stopped: false });
      this.startInstances(tables);
      if (!pins) this.automatic.recordActedOn(tables, offer);
    });
    return { id, notes };
  }

  rollback({ to, caller }: { to: number | null; caller: Caller }): { id: number; notes: string[] } {
    this.queue.refuseIfBusy('rollback');
    const release = wayBack(this.context, to);
    const offer = offerOf(this.context, release);
    const { number, version: pinned } = release;
    const id = this.queue.add({ kind: 'rollback', offer, caller, release: number, pinned }, (tables) => {
      tables.updateApp(this.context.key, { stopped: false });
      this.startInstances(tables);
    });
    return {
      id,
      notes: [
        `${this.context.id} is pinned to ${pinned} unless it does not go live: automatic deployment waits until: slipway unpin ${this.context.id}`,
      ],
    };
  }

  /** How the agent is connected to the Erlang node that an instance is; null where it is none. */
  node(_unit: string): NodeStatus | null {
    return null;
  }

  /**
   * The connection to the Erlang node that an instance is.
   * @throws SlipwayError `instance_unknown`, `usage` where it is none, `otp_unreachable`, `otp_cookie`
   */
  async connection(unit: string): Promise<Connection> {
    throw noNode(this.label(this.instances.row(unit).unit));
  }

  /** What a shell runs on the instance that is meant; null means the only one. */
  async console(asked: string | null): Promise<Console & { unit: string }> {
    const unit = oneOf(this.context, { asked, units: this.units(asked) });
    return { ...(await this.kind.console(this.instances, unit)), unit };
  }

  /** Numbers of the releases that its processes, and the shells on them, run in. */
  releasesInUse(): number[] {
    return [...this.instances.releasesInUse(), ...this.consoles.releasesInUse()];
  }

  async restart(unit: string | null, caller: Caller): Promise<string> {
    this.queue.refuseIfBusy('restart');
    const all = this.units(unit);
    if (all.length === 0)
      throw new SlipwayError('instance_unknown', {
        message: `${this.context.id} has no workers, so there is nothing to restart`,
        hint: 'what `current` leads to is served by the web server',
        next: `slipway status ${this.context.id}`,
      });
    const units = all.filter((each) => !this.instances.isStopped(each));
    if (units.length === 0)
      throw new SlipwayError('not_running', {
        message: `${this.label(unit)} is stopped`,
        next: `slipway start ${this.label(unit)}`,
      });
    this.restarts.request(units, `by ${caller.actor}`);
    this.restarts.roll();
    // Instances of a service wait for each other; each worker is another one's business.
    const among = this.kind.deployment === 'full' ? this.units(null) : units;
    await untilUp(this.context, this.instances, { units, among });
    return `${this.label(unit)} is restarted and ready`;
  }

  async stop(unit: string | null, caller: Caller): Promise<string> {
    this.queue.refuseIfBusy('stop');
    const { journal, key, id } = this.context;
    const units = this.units(unit);
    this.queue.supersedeProof(`a stop by ${caller.actor}`);
    journal.decide(`${this.label(unit)}: stopped by ${caller.actor}`, (tables) => {
      if (unit === null) tables.updateApp(key, { stopped: true });
      else for (const each of units) tables.updateInstance(key, each, { stopped: true });
      if (unit === null) this.queue.dropAutomatic(tables, 'the app was stopped');
    });
    this.instances.apply(`stopped by ${caller.actor}`);
    if (unit === null) await this.kind.stopOthers(`stopped by ${caller.actor}`);
    await this.instances.until(() =>
      units.every((each) => this.instances.get(each)?.stateName === 'stopped'),
    );
    // What the last run of one in its back-off has left may be in its grace.
    await Promise.all(units.map(async (each) => await this.instances.get(each)?.cleared()));
    return `${this.label(unit)} is stopped; start it again: slipway start ${unit === null ? id : this.label(unit)}`;
  }

  async startInstance(unit: string | null, caller: Caller): Promise<string> {
    const { journal, key, id } = this.context;
    const units = this.units(unit);
    const wasStopped = this.row.stopped;
    journal.decide(`${this.label(unit)}: started by ${caller.actor}`, (tables) => {
      tables.updateApp(key, { stopped: false });
      // Starting one of a stopped app starts that one only.
      if (unit !== null && wasStopped)
        for (const row of tables.instances(key)) tables.updateInstance(key, row.unit, { stopped: true });
      for (const each of units) tables.updateInstance(key, each, { stopped: false, ...this.triedAnew(each) });
      if (unit === null) this.automatic.recordLookAgain(tables);
    });
    this.instances.apply(`started by ${caller.actor}`);
    this.restarts.roll();
    this.automatic.consider();
    if (units.every((each) => this.instances.row(each).release === null))
      return `${id} has no release yet: it will start with the first one`;
    await untilUp(this.context, this.instances, { units, among: units });
    return `${this.label(unit)} is started and ready`;
  }

  /** A start by a person is another one than that which was given up. */
  private triedAnew(unit: string): Partial<InstanceRow> {
    if (this.instances.get(unit)?.stateName !== 'failed') return {};
    const generation = this.instances.row(unit).wantedGeneration + 1;
    return { generation, wantedGeneration: generation };
  }

  /**
   * The configuration was replaced, or is another than the last agent's. Where it concerns what processes were started
   * with, they are restarted; while a deployment touches them, once that has ended.
   */
  async reconfigured(change: { sourceReplaced: boolean }): Promise<void> {
    this.follow(change);
  }

  /** Brings what the app is to the configuration that is in force. */
  protected follow({ sourceReplaced }: { sourceReplaced: boolean }): void {
    const { journal, key, id } = this.context;
    const added = this.instances.resize();
    const changed = this.instances
      .rows()
      .map((row) => ({ row, fingerprint: this.kind.fingerprint(row.unit) }))
      .filter(({ row, fingerprint }) => row.fingerprint !== fingerprint);
    if (changed.length > 0)
      journal.decide(`${id}: new configuration`, (tables) => {
        for (const { row, fingerprint } of changed)
          tables.updateInstance(key, row.unit, {
            fingerprint,
            // A new one was started with it.
            ...(row.fingerprint === null ? {} : { wantedGeneration: row.wantedGeneration + 1 }),
          });
      });
    this.instances.apply('the configuration was applied', added);
    if (sourceReplaced) this.automatic.watch();
    else this.automatic.consider();
    this.restarts.roll();
  }

  /** The agent ends and leaves everything running. */
  detach(): void {
    this.quiesce();
    this.queue.detach();
    this.instances.detach();
  }

  /** Ends its processes; its data stays. */
  async stopAll(reason: string): Promise<void> {
    this.quiesce();
    await Promise.all([this.queue.stop(reason), this.instances.stopAll(reason)]);
  }

  /** Nothing more is begun. */
  protected quiesce(): void {
    this.detached = true;
    this.automatic.detach();
    this.restarts.detach();
  }

  private async afterDeployment(deployment: DeploymentRow): Promise<void> {
    this.align();
    this.queue.beginNext();
    this.automatic.consider();
    this.restarts.roll();
    await this.kind.forget(deployment);
    await this.prune();
  }

  /** Instances that came while a deployment ran had what was live then: they get what is live now. */
  private align(): void {
    const { journal, key, id } = this.context;
    const { live } = this.row;
    const behind = this.instances.rows().filter((row) => row.release !== live);
    if (live === null || behind.length === 0) return;
    journal.writeNow(`${id}: ${behind.length} instances follow release ${live}`, (tables) => {
      for (const row of behind) tables.updateInstance(key, row.unit, { release: live });
    });
    this.instances.apply(`release ${live} is live`);
  }

  /** What cannot be taken away keeps neither this app nor the others from starting. */
  private async sweep(): Promise<void> {
    try {
      await this.kind.sweep();
    } catch (error) {
      this.context.log({
        type: 'sweep.failed',
        message: `${this.context.id}: left-overs of an earlier agent were not removed: ${messageOf(error)}`,
      });
    }
  }

  /** Takes away what is no longer needed. Its failure fails nothing else. */
  private async prune(): Promise<void> {
    try {
      const [freeBytes, account] = await Promise.all([
        freeBytesOf(this.context),
        this.context.account().catch(() => null),
      ]);
      const users = account === null ? [] : [account.uid];
      // What is seen here holds until everything has left its name.
      if (this.queue.running !== null || this.detached) return;
      const { instances, consoles } = this;
      await this.kind.prune({ inUse: this.releasesInUse(), freeBytes, users, instances, consoles });
    } catch (error) {
      this.context.log({
        type: 'retention.failed',
        message: `${this.context.id}: old releases were not removed: ${messageOf(error)}`,
      });
    }
  }

  /** A deployment is of no use to an app of which every instance is stopped. */
  private startInstances(tables: Tables): void {
    const rows = tables.instances(this.context.key);
    if (rows.every((row) => row.stopped))
      for (const row of rows) tables.updateInstance(this.context.key, row.unit, { stopped: false });
  }

  /** An instance or a worker by its name, all of a worker (`queue` for `queue.1`, `queue.2`), or all there are. */
  units(unit: string | null): string[] {
    const all = this.instances.rows().map((row) => row.unit);
    if (unit === null) return all;
    const ofWorker = all.filter((each) => each.startsWith(`${unit}.`));
    return ofWorker.length > 0 ? ofWorker : [this.instances.row(unit).unit];
  }

  /** @throws SlipwayError `usage` */
  private checkChoice({ full }: Choice): void {
    if (!full || this.kind.deployment === 'full') return;
    throw new SlipwayError('usage', {
      message: `${this.context.id} is a site, and --full is for services`,
      hint: 'nothing was changed',
    });
  }

  private label(unit: string | null): string {
    return unit === null ? this.context.id : `${this.context.id}/${unit}`;
  }
}
