import type { DeploymentKind, DeploymentRow, ReleaseRow, Tables } from '../journal/index.ts';
import { Event, messageOf, SlipwayError, unawaited } from '../kernel/index.ts';
import type { Offer } from '../source/index.ts';
import { bootId } from '../supervisor/index.ts';
import { type AppContext } from './context.ts';
import { recordPin, restorePin } from './pin.ts';
import type { Procedure } from './procedure.ts';
import { recordPlan, writerOf } from './record.ts';
import { nextNumber } from './recovery.ts';
import { Runner } from './runner.ts';
import { unsyncedAt } from './state.ts';
import { provenBefore } from './way-back.ts';

export interface Caller {
  trigger: string;
  actor: string;
}

export interface DeploymentRequest {
  kind: DeploymentKind;
  offer: Offer;
  caller: Caller;
  /** The release that a rollback goes to, or that gets a new .env. Null: a new one is made. */
  release: number | null;
  /** False where the instances of a service must be started anew; null: it is decided on the way. */
  hot?: false | null;
  /** What the app is pinned to from now on, unless this does not go live; null: to nothing. Left out: as before. */
  pinned?: string | null;
}

export interface QueueOptions {
  context: AppContext;
  procedure: Procedure;
}

/** The deployments of one app: one runs, one may wait, and a newer one takes the place of the one that waits. */
export class DeploymentQueue {
  /** Emits the id of a deployment after every change of it. */
  readonly progressed = new Event<number>();
  /** One has ended, and nothing runs. */
  readonly ended = new Event<DeploymentRow>();
  private readonly options: QueueOptions;
  private readonly context: AppContext;
  private runner: Runner | null = null;
  private detached = false;

  constructor(options: QueueOptions) {
    this.options = options;
    this.context = options.context;
  }

  /** Id of the one that runs. */
  get running(): number | null {
    return this.runner?.deploymentId ?? null;
  }

  /** Whether one runs that may still touch instances: once it only proves, it does not any more. */
  get isBusy(): boolean {
    return this.runner !== null && !this.runner.isProving;
  }

  /** Whether one runs that has begun to touch instances, also while it only proves. */
  get isTouching(): boolean {
    return this.runner?.isTouching ?? false;
  }

  /** Id of the one that goes on with the word of a person alone. */
  get waitsForPerson(): number | null {
    return this.runner?.waitsForPerson ? this.runner.deploymentId : null;
  }

  /** Output of a step that has not ended; null where the journal has it. */
  liveOutput(deployment: number, position: number): readonly string[] | null {
    return this.runner?.deploymentId === deployment ? this.runner.output(position) : null;
  }

  /** How long a step has run by now; null where this agent does not know. */
  lastedMs(deployment: number, position: number): number | null {
    return this.runner?.deploymentId === deployment ? this.runner.lastedMs(position) : null;
  }

  /** @throws SlipwayError `busy` */
  refuseIfBusy(verb: string): void {
    if (!this.isBusy) return;
    throw new SlipwayError('busy', {
      message: `deployment ${this.running} holds ${this.context.id}: ${verb} was not begun`,
      hint: 'nothing was changed',
      next: `slipway show ${this.running} -f   or   slipway cancel ${this.running}`,
    });
  }

  /** Goes on with the deployment that the last agent left running; false where there was none. */
  resume(): boolean {
    const { journal, key, id, log } = this.context;
    const open = journal.tables.openDeployments(key);
    const running = open.find((row) => row.state === 'running');
    const release = running && journal.tables.release(key, running.release ?? 0);
    if (!running || !release) return false;
    log({
      deployment: running.id,
      type: 'deployment.resumed',
      message: `${id}: deployment ${running.id} goes on where the last agent left it`,
    });
    this.run(running, release, this.recordBoot(running));
    const waiting = open.find((row) => row.state === 'queued');
    if (waiting) this.supersedeProof(`deployment ${waiting.id}`);
    return true;
  }

  /** `change`: what is journalled together with the request. Returns the deployment's id. */
  add(
    { kind, offer, caller, release, hot = null, pinned }: DeploymentRequest,
    change: (tables: Tables) => void,
  ): number {
    const { journal, key, id, clock } = this.context;
    const deployment = writerOf(journal, kind)(
      `${id}: ${kind === 'rollback' || kind === 'env' ? kind : 'deployment'} queued`,
      (tables) => {
        for (const waiting of tables.openDeployments(key).filter((row) => row.state === 'queued')) {
          tables.updateDeployment(waiting.id, {
            state: 'superseded',
            reason: `superseded by ${offer.version}`,
            endedAt: clock.now(),
          });
          restorePin(tables, waiting);
          this.announceSoon(waiting.id, `superseded by ${offer.version}`);
        }
        change(tables);
        const added = tables.addDeployment({
          ...key,
          kind,
          state: 'queued',
          release,
          version: offer.version,
          hash: offer.hash,
          commitId: offer.commit,
          offer,
          triggerBy: caller.trigger,
          actor: caller.actor,
          liveBefore: null,
          backTo: null,
          hot,
          goingBack: null,
          errorCode: null,
          reason: null,
          queuedAt: clock.now(),
          startedAt: null,
          endedAt: null,
        });
        if (pinned !== undefined) recordPin(tables, { key, deployment: added, pinned });
        return added;
      },
    );
    this.announce(deployment, `${kind === 'env' ? 'a new .env' : offer.version} waits (${caller.actor})`);
    if (!this.supersedeProof(`deployment ${deployment}`)) this.beginNext();
    return deployment;
  }

  /** One that only shows yet that its release stays ready, or tries it on a part of the visitors, is not waited for by a newer request. */
  supersedeProof(by: string): boolean {
    if (!this.runner?.isSupersedable) return false;
    this.runner.supersede(by);
    return true;
  }

  /** Begins the waiting deployment, where there is one and nothing runs. */
  beginNext(): void {
    const { journal, key, log } = this.context;
    if (this.detached || this.runner) return;
    const waiting = journal.tables.openDeployments(key).find((row) => row.state === 'queued');
    if (!waiting) return;
    try {
      const release = this.recordBegin(waiting);
      this.run(journal.tables.deployment(waiting.id) ?? waiting, release, null);
    } catch (error) {
      log({
        deployment: waiting.id,
        type: 'deployment.waits',
        message: `deployment ${waiting.id} waits: ${messageOf(error)}`,
      });
    }
  }

  /** @throws SlipwayError `deployment_ended` */
  async cancel(row: DeploymentRow, caller: Caller): Promise<string> {
    const { journal, key, id, clock } = this.context;
    if (row.state === 'queued') {
      const reason = `cancelled by ${caller.actor}`;
      journal.decide(`${id}: waiting deployment cancelled`, (tables) => {
        tables.updateDeployment(row.id, { state: 'cancelled', reason, endedAt: clock.now() });
        restorePin(tables, row);
      });
      this.announce(row.id, reason);
      return `deployment ${row.id} is cancelled; it had not begun`;
    }
    const { runner } = this;
    if (row.state !== 'running' || runner?.deploymentId !== row.id)
      throw new SlipwayError('deployment_ended', {
        message: `deployment ${row.id} has ended already: ${row.state}`,
        next: `slipway show ${row.id}`,
      });
    runner.cancel(caller.actor);
    const ending = await runner.finished;
    const live = journal.tables.app(key)?.live ?? null;
    return `deployment ${row.id} is ${ending.state.replace('_', ' ')}${live === null ? '' : `; release ${live} is live`}`;
  }

  /**
   * Lets a canary go on.
   * @throws SlipwayError `deployment_ended`, `no_canary`
   */
  promote(row: DeploymentRow, caller: Caller): string {
    const { runner } = this;
    if (row.state !== 'running' && row.state !== 'queued')
      throw new SlipwayError('deployment_ended', {
        message: `deployment ${row.id} has ended already: ${row.state}`,
        hint: 'nothing was changed',
        next: `slipway show ${row.id}`,
      });
    if (runner?.deploymentId !== row.id || !runner.isTrying)
      throw new SlipwayError('no_canary', {
        message: `deployment ${row.id} has no canary that runs`,
        hint: 'nothing was changed',
        next: `slipway show ${row.id}`,
      });
    runner.promote(caller.actor);
    this.announce(row.id, `promoted by ${caller.actor}`);
    return `deployment ${row.id} goes on: its release is rolled out`;
  }

  /** Automatic deployments that wait are given up: all, or those of one version. */
  dropAutomatic(tables: Tables, reason: string, version: string | null = null): void {
    const { key, clock } = this.context;
    for (const row of tables.openDeployments(key))
      if (
        row.state === 'queued' &&
        row.triggerBy === 'auto' &&
        (version === null || row.version === version)
      ) {
        tables.updateDeployment(row.id, { state: 'cancelled', reason, endedAt: clock.now() });
        this.announceSoon(row.id, reason);
      }
  }

  /** Tells those who follow a deployment that another one ends, once the journal has it. */
  private announceSoon(deployment: number, what: string): void {
    process.nextTick(() => this.announce(deployment, what));
  }

  private announce(deployment: number, what: string): void {
    const message = `${this.context.id}: deployment ${deployment}: ${what}`;
    this.context.tell({ deployment, type: 'deployment.waiting', message });
    this.progressed.emit(deployment);
  }

  detach(): void {
    this.detached = true;
    this.runner?.detach();
  }

  /** Ends what the running deployment has started; the next agent finds it where it was. */
  async stop(reason: string): Promise<void> {
    this.detached = true;
    await this.runner?.stop(reason);
  }

  private recordBegin(deployment: DeploymentRow): ReleaseRow {
    const { journal, key, id, clock, layout } = this.context;
    return writerOf(journal, deployment.kind)(`${id}: deployment begins`, (tables) => {
      const app = tables.app(key);
      const number = deployment.release ?? nextNumber(this.context, app?.nextNumber ?? 1);
      const now = clock.now();
      if (deployment.release === null) {
        tables.updateApp(key, { nextNumber: number + 1 });
        tables.addRelease({
          ...key,
          number,
          version: deployment.version,
          hash: deployment.hash,
          commitId: deployment.commitId,
          state: 'preparing',
          provenAt: null,
          directory: layout.releaseDirectory(number, deployment.version),
          createdAt: now,
          sizeBytes: null,
          removedAt: null,
        });
      }
      tables.updateDeployment(deployment.id, {
        state: 'running',
        release: number,
        startedAt: now,
        liveBefore: app?.live ?? null,
        backTo: provenBefore(this.context, number),
        boot: bootId,
        runsBefore: tables.lastRun(),
      });
      recordPlan(tables, deployment.id, this.options.procedure.plan(deployment.kind, deployment.offer));
      const release = tables.release(key, number);
      if (!release) throw new SlipwayError('release_unknown', { message: `${id} has no release ${number}` });
      return release;
    });
  }

  /**
   * The step of one that goes on at which a restart of the host took away what it had made; null where nothing is lost.
   */
  private recordBoot({ id, boot, goingBack, triggerBy }: DeploymentRow): number | null {
    const { journal, key } = this.context;
    if (boot === bootId) return null;
    const lostAt = goingBack === null ? unsyncedAt(journal.tables.steps(id)) : null;
    journal.writeNow(`${this.context.id}: the host was restarted`, (tables) => {
      if (lostAt === null) tables.updateDeployment(id, { boot: bootId });
      // The offer is as good as it was: it gets another deployment.
      else if (triggerBy === 'auto') tables.updateApp(key, { actedVersion: null, actedHash: null });
    });
    return lostAt;
  }

  private run(deployment: DeploymentRow, release: ReleaseRow, lostAt: number | null): void {
    const { context } = this;
    const runner = new Runner({ context, procedure: this.options.procedure, deployment, release });
    this.runner = runner;
    const subject = `${context.id}: deployment ${deployment.id} of ${release.version}`;
    context.log({
      deployment: deployment.id,
      type: 'deployment.begins',
      message: `${subject} begins (${deployment.triggerBy}, ${deployment.actor})`,
    });
    runner.progressed.on(() => this.progressed.emit(deployment.id));
    const afterwards = async () => {
      const { state, reason } = await runner.finished;
      this.runner = null;
      context.log({
        deployment: deployment.id,
        type: `deployment.${state}`,
        message: `${subject} ${state.replace('_', ' ')}${reason === null ? '' : `: ${reason}`}`,
      });
      this.progressed.emit(deployment.id);
      this.ended.emit(deployment);
    };
    unawaited(afterwards(), `${subject}: what follows on it`);
    runner.start(lostAt);
  }
}
