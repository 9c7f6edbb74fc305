import {
  type AppContext,
  type Caller,
  DeploymentQueue,
  isOnDisk,
  type Procedure,
  recordApp,
} from '../deployment/index.ts';
import type { AppRow, DeploymentRow, ReleaseRow } from '../journal/index.ts';
import { messageOf, SlipwayError, unawaited } from '../kernel/index.ts';
import type { Connection } from '../otp/index.ts';
import { isInstance, type Run, type RunExit } from '../supervisor/index.ts';
import type { AppKind } from './app-kind.ts';
import { AutomaticDeployment } from './automatic-deployment.ts';
import { type Console, oneOf } from './console.ts';
import { Cron } from './cron/index.ts';
import { Instances } from './instances.ts';
import { type NodeStatus, noNode } from './node-status.ts';
import { OpenConsoles } from './open-consoles.ts';
import { freeBytesOf } from './retention.ts';
import { RollingRestart } from './rolling-restart.ts';
import { ScheduledRestarts } from './scheduled-restarts.ts';
import type { AppSecrets } from './secrets.ts';
import type { VariableChange } from './variables.ts';

/**
 * One app of this host: its instances or workers and its deployments, while the agent runs. What a person may ask of it
 * stands in `deploy.ts`, `start-stop.ts` and `automatic-deployment.ts`.
 */
export class App {
  readonly context: AppContext;
  readonly instances: Instances;
  readonly queue: DeploymentQueue;
  readonly automatic: AutomaticDeployment;
  /** What they run from is kept. */
  readonly consoles = new OpenConsoles();
  readonly cron: Cron;
  readonly kind: AppKind;
  readonly procedure: Procedure;
  readonly restarts: RollingRestart;
  private readonly scheduled: ScheduledRestarts;
  private detached = false;

  constructor(context: AppContext, kind: AppKind) {
    this.context = context;
    this.kind = kind;
    this.instances = new Instances(context, kind.instances);
    this.cron = new Cron({ context, place: kind.cron });
    this.procedure = kind.procedure(this.instances);
    this.queue = new DeploymentQueue({ context, procedure: this.procedure });
    this.automatic = new AutomaticDeployment({ context, queue: this.queue, kind: kind.deployment });
    this.restarts = new RollingRestart({
      context,
      instances: this.instances,
      mayRun: () => !this.queue.isBusy,
      redundant: kind.deployment === 'full',
      batch: () => {
        const { configuration } = context;
        return configuration.kind === 'service' ? configuration.rollOut.batch : 1;
      },
    });
    const { instances, queue, restarts } = this;
    this.scheduled = new ScheduledRestarts({ context, instances, queue, restarts });
    this.queue.ended.on((deployment) => this.afterDeployment(deployment));
  }

  /** Takes over what runs, finishes what was begun, and starts what should run. */
  async start(found: readonly { run: Run; exit: RunExit | null }[]): Promise<void> {
    const { journal, key } = this.context;
    // What ended while no agent was there is told of at once, with what it printed.
    this.learnSecrets();
    if (!journal.tables.app(key)) recordApp(this.context);
    // They are adopted before anything is pruned: what they run in is not to be.
    this.cron.adopt(found);
    this.instances.load(found.filter(({ run }) => isInstance(run.unit)));
    // What lies there half made may belong to a deployment that the damaged journal knows of.
    if (journal.damage === null) await this.sweep();
    if (!this.queue.resume()) {
      this.align();
      this.queue.beginNext();
      this.pruneSoon(null);
    }
    this.automatic.watch();
    this.follow({ sourceReplaced: false });
    this.restarts.roll();
    await this.cron.start();
    await this.scheduled.follow();
  }

  /** The units that its log files are named after: all, one, or those of a worker. */
  logUnits(unit: string | null): string[] {
    const others = this.cron.units();
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

  /**
   * How a one-off command is run in the live release; a shell there where `argv` is empty.
   * @throws SlipwayError `release_unknown` where there is none
   */
  async command(argv: readonly string[]): Promise<Console> {
    return await this.kind.command(argv);
  }

  /** Numbers of the releases that its processes, its cron commands and shells run in. */
  releasesInUse(): number[] {
    const { instances, cron, consoles } = this;
    return [...instances.releasesInUse(), ...cron.releasesInUse(), ...consoles.releasesInUse()];
  }

  /**
   * The configuration was replaced, or is another than the last agent's. Where it concerns what processes were started
   * with, they are restarted; while a deployment touches them, once that has ended.
   */
  async reconfigured(change: { sourceReplaced: boolean }): Promise<void> {
    this.follow(change);
    await this.cron.reconfigured();
    await this.scheduled.follow();
  }

  get secrets(): AppSecrets {
    return this.kind.secrets;
  }

  /**
   * Records secrets. Those who have the old ones in memory are started anew by `reconfigured`, and where the agent dies before
   * that, by the next one.
   * @throws SlipwayError `secret_invalid`, `key_mismatch`, `permission`; nothing was changed then
   */
  changeSecrets(change: VariableChange, caller: Caller): string {
    const { id } = this.context;
    const missing = this.secrets.change(change);
    const names = [...Object.keys(change.set), ...change.unset].filter((name) => !missing.includes(name));
    const none = missing.length === 0 ? '' : `there was no secret ${missing.join(', ')}`;
    if (names.length === 0) return `${none}; nothing was changed`;
    this.context.log({
      type: 'secrets',
      message: `${id}: secrets ${names.join(', ')} changed by ${caller.actor}`,
    });
    return `${names.join(', ')} changed; ${this.kind.secretsReach()}${none && `; ${none}`}`;
  }

  /** Makes the secrets be masked from here on. What cannot be read is told by whoever needs it. */
  protected learnSecrets(): void {
    try {
      this.secrets.all();
    } catch {
      // Whoever needs it tells.
    }
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
    this.context.tell({ type: 'app.configured', message: `${id}: the configuration is in force` });
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
    this.cron.detach();
  }

  /** Ends its processes; its data stays. */
  async stopAll(reason: string): Promise<void> {
    this.quiesce();
    await Promise.all([this.queue.stop(reason), this.instances.stopAll(reason), this.cron.stopAll(reason)]);
  }

  /** Nothing more is begun. */
  protected quiesce(): void {
    this.detached = true;
    this.automatic.detach();
    this.restarts.detach();
    this.scheduled.stop();
  }

  private afterDeployment(deployment: DeploymentRow): void {
    this.align();
    this.queue.beginNext();
    this.automatic.consider();
    this.restarts.roll();
    this.pruneSoon(deployment);
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

  private pruneSoon(ended: DeploymentRow | null): void {
    unawaited(this.prune(ended), `${this.context.id}: the removal of what is no longer needed`);
  }

  /** Takes away what is no longer needed, that of a deployment which has just ended too. Its failure fails nothing else. */
  private async prune(ended: DeploymentRow | null): Promise<void> {
    // Which releases were proven nobody knows then.
    if (this.context.journal.damage) return;
    try {
      if (ended) await this.kind.forget(ended);
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
        message: `${this.context.id}: what is no longer needed was not removed: ${messageOf(error)}`,
      });
    }
  }

  /** An instance or a worker by its name, all of a worker (`queue` for `queue.1`, `queue.2`), or all there are. */
  units(unit: string | null): string[] {
    const all = this.instances.rows().map((row) => row.unit);
    if (unit === null) return all;
    const ofWorker = all.filter((each) => each.startsWith(`${unit}.`));
    return ofWorker.length > 0 || this.instances.isOfNone(unit) ? ofWorker : [this.instances.row(unit).unit];
  }

  label(unit: string | null): string {
    return unit === null ? this.context.id : `${this.context.id}/${unit}`;
  }
}
