import type { AppRow, DeploymentRow, ReleaseRow, Tables } from '../journal/index.ts';
import { Event, isVersion, messageOf, SlipwayError } from '../kernel/index.ts';
import { sweep } from '../release/index.ts';
import type { Offer } from '../source/index.ts';
import type { Run, RunExit } from '../supervisor/index.ts';
import { decideAutomatic, findGhost, type OfferIdentity } from './automatic.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { type PlannedStep, planFull, planRollback } from './plan.ts';
import { forgetPreCommands } from './pre-command.ts';
import { recordPlan } from './record.ts';
import { nextNumber, recordApp } from './recovery.ts';
import { Replicas } from './replicas.ts';
import { pruneReleases, sweepReleases } from './retention.ts';
import { RollingRestart, untilReadyOrFailed } from './rolling-restart.ts';
import { Runner } from './runner.ts';

export interface Caller {
  trigger: string;
  actor: string;
}

const SETTLE_MS = 1500;
const AUTOMATIC: Caller = { trigger: 'auto', actor: 'slipway' };

/** One service of this host: its instances, its deployments, and what a person may ask of it. */
export class Service {
  readonly context: ServiceContext;
  readonly replicas: Replicas;
  /** After every change of a deployment. */
  readonly deploymentChanged = new Event<number>();
  private readonly restarts: RollingRestart;
  private runner: Runner | null = null;
  private unsubscribe: (() => void)[] = [];
  private detached = false;

  constructor(context: ServiceContext) {
    this.context = context;
    this.replicas = new Replicas(context);
    this.restarts = new RollingRestart({
      context,
      replicas: this.replicas,
      mayRun: () => this.runner === null || this.runner.isProving,
    });
  }

  /** Takes over what runs, finishes what was begun, and starts what should run. */
  async start(found: readonly { run: Run; exit: RunExit | null }[]): Promise<void> {
    const { journal, key, layout } = this.context;
    if (!journal.tables.app(key)) recordApp(this.context);
    this.replicas.load(found.filter(({ run }) => /^\d+$/.test(run.unit)));
    await sweep(layout.release);
    this.resume();
    this.watchSource();
    void this.restarts.roll();
  }

  watchSource(): void {
    for (const off of this.unsubscribe) off();
    this.unsubscribe = [
      this.context.source.changed.on(({ reason }) => {
        if (reason !== null) this.context.log({ type: 'source', message: `${this.context.id}: ${reason}` });
        this.considerOffer();
      }),
      this.context.journal.troubled.on((why) => {
        if (why !== null) return;
        this.beginNext();
        this.considerOffer();
      }),
    ];
    this.context.source.start();
    this.considerOffer();
  }

  get app(): AppRow {
    const row = this.context.journal.tables.app(this.context.key);
    if (row) return row;
    throw new SlipwayError('app_unknown', { message: `${this.context.id} is not in the journal` });
  }

  get runningDeployment(): number | null {
    return this.runner?.deploymentId ?? null;
  }

  /** Output of a step that has not ended; null where the journal has it. */
  liveOutput(deployment: number, position: number): readonly string[] | null {
    return this.runner?.deploymentId === deployment ? this.runner.output(position) : null;
  }

  /** What a deploy would do. */
  async planDeploy(options: {
    version: string | null;
    force: boolean;
  }): Promise<{ offer: Offer; steps: PlannedStep[]; pins: boolean; notes: string[] }> {
    const { offer, pins, notes } = await this.choose(options.version, options.force);
    return { offer, steps: this.stepsOf('full', offer), pins, notes };
  }

  async deploy(options: {
    version: string | null;
    force: boolean;
    caller: Caller;
  }): Promise<{ id: number; notes: string[] }> {
    const { force, caller } = options;
    this.refuseIfBusy('deploy');
    const { offer, pins, notes } = await this.choose(options.version, force);
    this.refuseIfBusy('deploy');
    const { stopped, pinned } = this.app;
    if (stopped) notes.push('the app was stopped; it is started by this deployment');
    if (!pins && pinned !== null) notes.push(`${this.context.id} is no longer pinned to ${pinned}`);
    const id = this.queue({ kind: 'full', offer, caller, release: null }, (tables) => {
      const { key } = this.context;
      tables.removeGhosts(key, offer.version);
      tables.updateApp(key, { stopped: 0, pinned: pins ? offer.version : null });
      this.startInstances(tables);
      if (!pins) tables.updateApp(key, actedOn(offer));
    });
    return { id, notes };
  }

  rollback(options: { to: number | null; caller: Caller }): { id: number; notes: string[] } {
    const { to, caller } = options;
    this.refuseIfBusy('rollback');
    const release = this.wayBack(to);
    const offer: Offer = {
      version: release.version,
      hash: release.hash,
      sha256: null,
      commit: release.commitId,
      preCommands: [],
      archive: { sizeBytes: 0, mtimeMs: 0 },
    };
    const id = this.queue({ kind: 'rollback', offer, caller, release: release.number }, (tables) => {
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

  async cancel(row: DeploymentRow, caller: Caller): Promise<string> {
    if (row.state === 'queued') {
      this.endQueued(row, 'cancelled', `cancelled by ${caller.actor}`);
      return `deployment ${row.id} is cancelled; it had not begun`;
    }
    const runner = this.runner;
    if (row.state !== 'running' || runner?.deploymentId !== row.id)
      throw new SlipwayError('deployment_ended', {
        message: `deployment ${row.id} has ended already: ${row.state}`,
        next: `slipway show ${row.id}`,
      });
    runner.cancel(caller.actor);
    const ending = await runner.finished;
    return `deployment ${row.id} is ${ending.state.replace('_', ' ')}${this.app.live === null ? '' : `; release ${this.app.live} is live`}`;
  }

  pin(version: string, caller: Caller): string {
    checkVersion(version);
    const { journal, key, id } = this.context;
    journal.write(`${id}: pinned to ${version} by ${caller.actor}`, (tables) => {
      tables.updateApp(key, { pinned: version });
      this.dropQueuedAutomatic(tables, `pinned to ${version}`);
    });
    return `${id} is pinned to ${version}: automatic deployment waits. To make that version live: slipway deploy ${id} --version ${version}`;
  }

  unpin(caller: Caller): string {
    const { journal, key, id } = this.context;
    const { pinned } = this.app;
    if (pinned === null) return `${id} was not pinned`;
    journal.write(`${id}: unpinned by ${caller.actor}`, (tables) => {
      tables.updateApp(key, { pinned: null });
      this.lookAgain(tables);
    });
    this.considerOffer();
    return `${id} is no longer pinned to ${pinned}: automatic deployment goes on`;
  }

  ghost(version: string, caller: Caller): string {
    checkVersion(version);
    const { journal, key, id, clock } = this.context;
    const offer = this.context.source.condition.offer;
    journal.write(`${id}: ${version} ghosted by ${caller.actor}`, (tables) => {
      tables.addGhost({
        ...key,
        version,
        hash: offer?.version === version ? offer.hash : null,
        reason: `ghosted by ${caller.actor}`,
        at: clock.now(),
      });
      this.dropQueuedAutomatic(tables, `${version} was ghosted`, version);
    });
    return `${version} of ${id} is ghosted: automatic deployment will not try it`;
  }

  unghost(version: string, caller: Caller): string {
    const { journal, key, id } = this.context;
    if (!journal.tables.ghosts(key).some((ghost) => ghost.version === version))
      throw new SlipwayError('version_invalid', {
        message: `${version} of ${id} is not ghosted; nothing was changed`,
        next: `slipway status ${id}`,
      });
    journal.write(`${id}: ${version} un-ghosted by ${caller.actor}`, (tables) => {
      tables.removeGhosts(key, version);
      if (tables.app(key)?.actedVersion === version)
        tables.updateApp(key, { actedVersion: null, actedHash: null });
    });
    this.considerOffer();
    return `${version} of ${id} is no longer ghosted: automatic deployment may try it`;
  }

  async restart(instance: number | null, caller: Caller): Promise<string> {
    this.refuseIfBusy('restart');
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
    this.refuseIfBusy('stop');
    const { journal, key, id } = this.context;
    const instances = this.chosen(instance);
    if (this.runner?.isProving) this.runner.supersede(`a stop by ${caller.actor}`);
    journal.write(`${this.label(instance)}: stopped by ${caller.actor}`, (tables) => {
      if (instance === null) tables.updateApp(key, { stopped: 1 });
      else tables.updateInstance(key, instance, { stopped: 1 });
      if (instance === null) this.dropQueuedAutomatic(tables, 'the app was stopped');
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
    journal.write(`${this.label(instance)}: started by ${caller.actor}`, (tables) => {
      tables.updateApp(key, { stopped: 0 });
      // Starting one of a stopped app starts that one only.
      if (instance !== null && this.app.stopped)
        for (const row of tables.instances(key)) tables.updateInstance(key, row.instance, { stopped: 1 });
      for (const each of instances) tables.updateInstance(key, each, { stopped: 0 });
      if (instance === null) this.lookAgain(tables);
    });
    this.replicas.apply(`started by ${caller.actor}`);
    void this.restarts.roll();
    this.considerOffer();
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
    if (change.sourceReplaced) this.watchSource();
    else this.considerOffer();
    void this.restarts.roll();
  }

  /** The agent ends and leaves everything running. */
  detach(): void {
    this.detached = true;
    for (const off of this.unsubscribe) off();
    this.context.source.stop();
    this.restarts.detach();
    this.runner?.detach();
    this.replicas.detach();
  }

  /** Ends its processes; its data stays. */
  async stopAll(reason: string): Promise<void> {
    this.detached = true;
    for (const off of this.unsubscribe) off();
    this.context.source.stop();
    this.restarts.detach();
    this.runner?.detach();
    await this.replicas.stopAll(reason);
  }

  /** Looks whether automatic deployment should act on what the source has now. */
  private considerOffer(): void {
    if (this.detached) return;
    const { source, journal, key, id, configuration } = this.context;
    const { offer } = source.condition;
    if (!offer) return;
    const identity = identityOf(offer);
    const last = journal.tables
      .deployments(key, 50)
      .find((row) => row.version === offer.version && row.hash === offer.hash);
    const decision = decideAutomatic({
      auto: configuration.auto,
      offer: identity,
      app: this.app,
      ghosts: journal.tables.ghosts(key),
      last: last ?? null,
    });
    if (!decision.deploy) return;
    try {
      this.queue({ kind: 'full', offer, caller: AUTOMATIC, release: null }, (tables) =>
        tables.updateApp(key, actedOn(offer)),
      );
    } catch (error) {
      this.context.log({
        type: 'deployment.refused',
        message: `${id}: ${offer.version} was not begun: ${messageOf(error)}`,
      });
    }
  }

  private queue(
    wish: { kind: 'full' | 'rollback'; offer: Offer; caller: Caller; release: number | null },
    change: (tables: Tables) => void,
  ): number {
    const { journal, key, id, clock } = this.context;
    const { kind, offer, caller, release } = wish;
    const deployment = journal.write(
      `${id}: ${kind === 'rollback' ? 'rollback' : 'deployment'} queued`,
      (tables) => {
        for (const waiting of tables.openDeployments(key).filter((row) => row.state === 'queued'))
          tables.updateDeployment(waiting.id, {
            state: 'superseded',
            reason: `superseded by ${offer.version}`,
            endedAt: clock.now(),
          });
        change(tables);
        return tables.addDeployment({
          ...key,
          kind,
          state: 'queued',
          release,
          version: offer.version,
          hash: offer.hash,
          commitId: offer.commit,
          offer: JSON.stringify(offer),
          triggerBy: caller.trigger,
          actor: caller.actor,
          liveBefore: null,
          backTo: null,
          goingBack: null,
          errorCode: null,
          reason: null,
          queuedAt: clock.now(),
          startedAt: null,
          endedAt: null,
        });
      },
    );
    this.deploymentChanged.emit(deployment);
    // Only to show that it stays ready: a newer wish does not wait for that.
    if (this.runner?.isProving) this.runner.supersede(`deployment ${deployment}`);
    else this.beginNext();
    return deployment;
  }

  /** Begins the waiting deployment, where there is one and nothing runs. */
  private beginNext(): void {
    const { journal, key } = this.context;
    if (this.detached || this.runner) return;
    const waiting = journal.tables.openDeployments(key).find((row) => row.state === 'queued');
    if (!waiting) return;
    try {
      const release = this.recordBegin(waiting);
      this.run(journal.tables.deployment(waiting.id) ?? waiting, release);
    } catch (error) {
      this.context.log({
        type: 'deployment.waits',
        message: `deployment ${waiting.id} waits: ${messageOf(error)}`,
      });
    }
  }

  private recordBegin(deployment: DeploymentRow): ReleaseRow {
    const { journal, key, id, clock, layout } = this.context;
    return journal.write(`${id}: deployment begins`, (tables) => {
      const app = this.app;
      const number = deployment.release ?? nextNumber(this.context, app.nextNumber);
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
        liveBefore: app.live,
        backTo: this.provenBefore(number),
      });
      const offer = JSON.parse(deployment.offer) as Offer;
      recordPlan(
        tables,
        deployment.id,
        this.stepsOf(deployment.kind === 'rollback' ? 'rollback' : 'full', offer),
      );
      const release = tables.release(key, number);
      if (!release) throw new SlipwayError('release_unknown', { message: `${id} has no release ${number}` });
      return release;
    });
  }

  private run(deployment: DeploymentRow, release: ReleaseRow): void {
    const runner = new Runner({ context: this.context, replicas: this.replicas, deployment, release });
    this.runner = runner;
    const { id } = this.context;
    this.context.log({
      type: 'deployment.begins',
      message: `${id}: deployment ${deployment.id} of ${release.version} begins (${deployment.triggerBy}, ${deployment.actor})`,
    });
    runner.changed.on(() => this.deploymentChanged.emit(deployment.id));
    void runner.finished.then(async (ending) => {
      this.runner = null;
      this.context.log({
        type: `deployment.${ending.state}`,
        message: `${id}: deployment ${deployment.id} of ${release.version} ${ending.state.replace('_', ' ')}${ending.reason === null ? '' : `: ${ending.reason}`}`,
      });
      this.deploymentChanged.emit(deployment.id);
      this.align();
      this.beginNext();
      this.considerOffer();
      void this.restarts.roll();
      await forgetPreCommands({ context: this.context, deployment });
      await this.prune();
    });
    runner.start();
  }

  private resume(): void {
    const { journal, key } = this.context;
    const open = journal.tables.openDeployments(key);
    const running = open.find((row) => row.state === 'running');
    const release = running && journal.tables.release(key, running.release ?? 0);
    if (running && release) {
      this.context.log({
        type: 'deployment.resumed',
        message: `${this.context.id}: deployment ${running.id} goes on where the last agent left it`,
      });
      this.run(running, release);
      const waiting = open.find((row) => row.state === 'queued');
      if (waiting && this.runner?.isProving) this.runner.supersede(`deployment ${waiting.id}`);
    } else {
      this.align();
      this.beginNext();
      void sweepReleases(this.context).then(() => this.prune());
    }
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
    if (this.runner || this.detached) return;
    try {
      await pruneReleases(this.context, this.replicas.releasesInUse());
    } catch (error) {
      this.context.log({
        type: 'retention.failed',
        message: `${this.context.id}: old releases were not removed: ${messageOf(error)}`,
      });
    }
  }

  private stepsOf(kind: 'full' | 'rollback', offer: Offer): PlannedStep[] {
    const { replicas } = this.context.configuration;
    const copies = hasCopies(this.context.configuration);
    return kind === 'rollback'
      ? planRollback({ replicas, copies })
      : planFull({ replicas, copies, preCommands: offer.preCommands });
  }

  /** What a person's deploy is of, and whether it may be. */
  private async choose(
    version: string | null,
    force: boolean,
  ): Promise<{ offer: Offer; pins: boolean; notes: string[] }> {
    const { source, journal, key, id } = this.context;
    if (version !== null) checkVersion(version);
    const present = (await source.look()).offer ?? (await this.settledOffer());
    const notes: string[] = [];
    if (version === null && !present)
      throw new SlipwayError('nothing_to_deploy', {
        message: `there is nothing to deploy for ${id}: ${source.condition.reason ?? 'the source offers nothing'}`,
        next: `slipway status ${id}`,
      });
    const pins = version !== null && version !== present?.version;
    const offer = pins ? await this.byHand(version) : (present as Offer);
    const ghosts = journal.tables.ghosts(key);
    const ghost = pins ? ghosts.find((each) => each.version === version) : findGhost(ghosts, offer);
    if (ghost && !force)
      throw new SlipwayError('version_ghosted', {
        message: `${offer.version} of ${id} is ghosted: ${ghost.reason}`,
        hint: 'nothing was changed',
        next: `slipway deploy ${id} --version ${offer.version} --force`,
      });
    if (ghost) notes.push(`${offer.version} is no longer ghosted`);
    if (pins) {
      notes.push(
        `${id} is pinned to ${offer.version}, for it is not what the source offers (${present?.version ?? 'nothing'}); automatic deployment waits until: slipway unpin ${id}`,
      );
      notes.push('pre-commands are known of the present offer alone: none is run');
    }
    return { offer, pins, notes };
  }

  /** What was published a moment ago is an offer only when its archive is quiet: worth a short wait to a person. */
  private async settledOffer(): Promise<Offer | null> {
    const { source, clock } = this.context;
    if (source.condition.state !== 'waiting') return null;
    return await new Promise((resolve) => {
      const settle = (offer: Offer | null) => {
        cancel();
        off();
        resolve(offer);
      };
      const cancel = clock.after(SETTLE_MS, () => settle(null));
      const off = source.changed.on(({ offer }) => offer && settle(offer));
    });
  }

  private async byHand(version: string): Promise<Offer> {
    const { source, dataDirectory } = this.context;
    const known = await source.versions();
    // Fetching says in words what is missing; what is known to be there is fetched by the deployment itself.
    if (!known.includes(version))
      await source.fetch({ version, cacheDirectory: dataDirectory, signal: AbortSignal.timeout(60_000) });
    return {
      version,
      hash: null,
      sha256: null,
      commit: null,
      preCommands: [],
      archive: { sizeBytes: 0, mtimeMs: 0 },
    };
  }

  /** Only a proven release that is still on the disk is a way back. */
  private wayBack(to: number | null): ReleaseRow {
    const { journal, key, id } = this.context;
    const releases = journal.tables.releases(key);
    const { live } = this.app;
    const candidates = releases.filter(
      (row) => row.provenAt !== null && row.removedAt === null && row.number !== live,
    );
    if (to === null) {
      const before = candidates.find((row) => live === null || row.number < live);
      if (before) return before;
      throw new SlipwayError('release_unproven', {
        message: `${id} has no proven release before the live one`,
        hint: 'nothing was changed',
        next: `slipway releases ${id}`,
      });
    }
    const wanted = releases.find((row) => row.number === to && row.removedAt === null);
    if (!wanted)
      throw new SlipwayError('release_unknown', {
        message: `${id} has no release ${to} on the disk`,
        hint: 'nothing was changed',
        next: `slipway releases ${id}`,
      });
    if (to === live)
      throw new SlipwayError('failed', {
        message: `release ${to} of ${id} is live already`,
        hint: 'nothing was changed',
        next: `slipway releases ${id}`,
      });
    if (candidates.includes(wanted)) return wanted;
    throw new SlipwayError('release_unproven', {
      message: `release ${to} (${wanted.version}) of ${id} was never proven`,
      hint: 'only a proven release is a way back; nothing was changed',
      next: `slipway deploy ${id} --version ${wanted.version}`,
    });
  }

  /** Where a deployment of `number` goes back to: what is live where it is proven, else the last proven one. */
  private provenBefore(number: number): number | null {
    const { journal, key } = this.context;
    const { live } = this.app;
    const proven = journal.tables
      .releases(key)
      .filter((row) => row.provenAt !== null && row.removedAt === null && row.number !== number);
    return (
      (
        proven.find((row) => row.number === live) ??
        proven.find((row) => live === null || row.number < live) ??
        proven[0]
      )?.number ?? null
    );
  }

  private refuseIfBusy(verb: string): void {
    const { runner } = this;
    if (!runner || runner.isProving) return;
    throw new SlipwayError('busy', {
      message: `deployment ${runner.deploymentId} holds ${this.context.id}: ${verb} was not begun`,
      hint: 'nothing was changed',
      next: `slipway show ${runner.deploymentId} -f   or   slipway cancel ${runner.deploymentId}`,
    });
  }

  /** A deployment is of no use to an app of which every instance is stopped. */
  private startInstances(tables: Tables): void {
    const rows = tables.instances(this.context.key);
    if (rows.every((row) => row.stopped))
      for (const row of rows) tables.updateInstance(this.context.key, row.instance, { stopped: 0 });
  }

  /** Lets automatic deployment see the present offer as new, unless it failed. */
  private lookAgain(tables: Tables): void {
    const { key } = this.context;
    const { actedVersion, actedHash } = this.app;
    const last = tables
      .deployments(key, 50)
      .find((row) => row.version === actedVersion && row.hash === actedHash);
    const release = tables.release(key, this.app.live ?? 0);
    const isLive = release?.version === actedVersion && release?.hash === actedHash;
    if (!isLive && last?.state !== 'failed' && last?.state !== 'rolled_back')
      tables.updateApp(key, { actedVersion: null, actedHash: null });
  }

  private dropQueuedAutomatic(tables: Tables, reason: string, version: string | null = null): void {
    for (const row of tables.openDeployments(this.context.key))
      if (row.state === 'queued' && row.triggerBy === 'auto' && (version === null || row.version === version))
        tables.updateDeployment(row.id, { state: 'cancelled', reason, endedAt: this.context.clock.now() });
  }

  private endQueued(row: DeploymentRow, state: 'cancelled', reason: string): void {
    this.context.journal.write(`${this.context.id}: waiting deployment ${state}`, (tables) =>
      tables.updateDeployment(row.id, { state, reason, endedAt: this.context.clock.now() }),
    );
    this.deploymentChanged.emit(row.id);
  }

  private chosen(instance: number | null): number[] {
    if (instance !== null) return [this.replicas.row(instance).instance];
    return this.replicas.rows().map((row) => row.instance);
  }

  private label(instance: number | null): string {
    return instance === null ? this.context.id : `${this.context.id}/${instance}`;
  }
}

function identityOf(offer: Offer): OfferIdentity {
  const { version, hash, archive } = offer;
  return { version, hash, archive: `${archive.sizeBytes}:${archive.mtimeMs}` };
}

function actedOn(offer: Offer): {
  actedVersion: string;
  actedHash: string | null;
  actedArchive: string | null;
} {
  const { version, hash, archive } = identityOf(offer);
  return { actedVersion: version, actedHash: hash, actedArchive: archive };
}

function checkVersion(version: string): void {
  if (isVersion(version)) return;
  throw new SlipwayError('version_invalid', {
    message: `${JSON.stringify(version)} is no version`,
    hint: 'a version begins with a letter or digit, and has only those and . _ + ~ -',
  });
}
