import fs from 'node:fs';
import path from 'node:path';
import type { Instances } from '../app/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { messageOf, SlipwayError, sleep, withDeadline } from '../kernel/index.ts';
import {
  atom,
  bootsFromCopy,
  type Comparison,
  type Connection,
  compareReleases,
  format,
  HotUpgradeError,
  type HotWay,
  hotState,
  hotUpgrade,
  Tuple,
  textOf,
} from '../otp/index.ts';
import { parseReleaseName } from '../release/index.ts';
import type { Instance, Run } from '../supervisor/index.ts';
import type { BeamLinks } from './beam-links.ts';
import type { InstanceStep, ServiceContext } from './context.ts';
import { markChanged } from './copies.ts';
import { showCurrent } from './launch.ts';

const CONNECT_TIMEOUT_MS = 30_000;
const LOOK_AGAIN_MS = 100;
const SHUTDOWN_TIMEOUT_MS = 60_000;
const END_TOLD_MS = 10_000;
/** One that crashes again and again has more. */
const RUNS_LOOKED_AT = 20;

/** Pristine trees. */
interface Trees {
  running: string;
  wanted: string;
}

/** Instances that change their release while they run: forward, and back. */
export class InPlace {
  private readonly context: ServiceContext;
  private readonly instances: Instances;
  private readonly links: BeamLinks;
  /** What was compared last. */
  private last: { trees: Trees; way: Comparison } | null = null;
  /** The turns of each unit: no VM is upgraded twice at a time, also where a deployment goes back in the middle. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(parts: { context: ServiceContext; instances: Instances; links: BeamLinks }) {
    this.context = parts.context;
    this.instances = parts.instances;
    this.links = parts.links;
  }

  /**
   * Upgrades an instance to the release of a hot deployment. Where that cannot be begun, or came to nothing before
   * anything was installed, the journal says that it is to be started with the release instead.
   * @throws what was wrong once the VM may run something else than before
   */
  async rollOut(step: InstanceStep): Promise<void> {
    const { release, say } = step;
    const { unit } = step;
    try {
      await this.inTurn(unit, () => this.change(step, release));
    } catch (error) {
      await this.untilEndIsTold(unit, step.signal);
      if (step.signal.aborted) throw error;
      if (!this.instances.has(unit)) return;
      if (!mayStart(error)) throw error;
      say(`full: ${messageOf(error)}`);
      this.recordStart(step);
    }
  }

  /** The way back of an instance: in place where that can be done, else the journal says that it is to be started anew. */
  async rollBack(step: InstanceStep, to: number): Promise<void> {
    const { context, instances } = this;
    const { unit } = step;
    const release = context.journal.tables.release(context.key, to);
    if (!release || !instances.has(unit) || instances.isStopped(unit)) return;
    try {
      // A VM that reboots has nothing to be asked for until it is up.
      await instances.until(() => !instances.has(unit) || instances.get(unit)?.stateName !== 'starting', {
        unit,
        signal: step.signal,
      });
      if (!instances.has(unit)) return;
      await this.inTurn(unit, async () => {
        if (!(await this.isBack(step, release))) await this.change(step, release);
      });
    } catch (error) {
      await this.untilEndIsTold(unit, step.signal);
      if (step.signal.aborted) throw error;
      if (!instances.has(unit)) return;
      step.say(`started anew: ${messageOf(error)}`);
      this.recordRestart(unit, to);
    }
  }

  /** Journals that the instance gets the release by a start. Where none was upgraded in place, the deployment is full. */
  private recordStart({ context, deployment, release, unit }: InstanceStep): void {
    const { journal, key, id } = context;
    const row = this.instances.row(unit);
    // One that a person stopped has the release in its row, too, and got it in neither way.
    const isFull = !this.instances.rows().some(({ unit }) => this.wasUpgraded(unit, { deployment, release }));
    journal.write(`${id}/${row.unit}: is started with release ${release.number}`, (tables) => {
      tables.updateInstance(key, row.unit, { release: release.number, generation: row.wantedGeneration });
      if (!isFull) return;
      const kind = tables.deployment(deployment.id)?.kind;
      tables.updateDeployment(deployment.id, { hot: false, ...(kind === 'hot' ? { kind: 'full' } : {}) });
    });
  }

  /** Whether it was upgraded in place: all that ran when the deployment began ran another release. */
  private wasUpgraded(
    unit: string,
    { deployment, release }: Pick<InstanceStep, 'deployment' | 'release'>,
  ): boolean {
    const { journal, key } = this.context;
    const since = deployment.startedAt ?? 0;
    return journal.tables
      .runsOf(key, unit, RUNS_LOOKED_AT)
      .some(
        (run) =>
          run.kind === 'hot' &&
          run.release === release.number &&
          (run.endedAt === null || run.endedAt >= since),
      );
  }

  /** Records that a VM is started anew: nobody can be sure what it runs after an upgrade that failed. */
  private recordRestart(unit: string, release: number): void {
    const { journal, key, id } = this.context;
    const generation = this.instances.row(unit).wantedGeneration + 1;
    journal.writeNow(`${id}/${unit}: is started anew`, (tables) =>
      tables.updateInstance(key, unit, { release, generation, wantedGeneration: generation }),
    );
  }

  private async inTurn(unit: string, work: () => Promise<void>): Promise<void> {
    const before = this.turns.get(unit) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.turns.set(unit, turn);
    await turn;
  }

  /** Whether the VM has the release for good: that needs no way to it, and there may be none. */
  private async isBack(step: InstanceStep, release: ReleaseRow): Promise<boolean> {
    const { unit } = step;
    const instance = this.instances.get(unit);
    const run = instance?.run;
    if (!instance || !run) return false;
    const connection = await this.connect(unit, step.signal);
    const { current, permanent } = await hotState({ call: (...call) => connection.rpc(...call) });
    const { version } = release;
    if (current !== version || permanent !== version) return false;
    const trees = this.treesOf(run, { release, other: step.release });
    if (run.kind === 'hot' && bootsFromCopy(trees.wanted, version))
      throw new StartInstead(
        `${this.context.id}/${unit} may have rebooted itself with the configuration of an earlier release`,
      );
    // Installs nothing; refused where the installation of another release is left over.
    await this.upgrade(step, {
      way: { kind: 'hot', direction: 'down', from: version, to: version, applications: [] },
      trees,
      root: '',
      connection,
    });
    await this.conclude(step, { instance, run, release });
    return true;
  }

  /** Brings the VM of an instance to a release. Begun again after a crash, it finds out what was done, and does the rest. */
  private async change(step: InstanceStep, release: ReleaseRow): Promise<void> {
    const { context, instances } = this;
    const { unit } = step;
    const label = `${context.id}/${unit}`;
    const instance = instances.get(unit);
    const run = instance?.run;
    if (!instance || !run) throw new StartInstead(`${label} does not run`);
    const trees = this.treesOf(run, { release, other: step.release });
    const way = await this.wayBetween(trees);
    if (way.kind === 'full') throw new StartInstead(way.reason);
    const connection = await this.connect(unit, step.signal);
    const home = await this.homeOf(connection, unit).catch((error: unknown) => {
      throw new StartInstead(messageOf(error));
    });
    step.signal.throwIfAborted();
    if (instance.run?.id !== run.id) throw new StartInstead(`${label} has ended`);
    // A start goes back to the pristine tree from here on: what stands by was made before.
    instance.discardSuccessor();
    markChanged(home.copy, run.id);
    const options = { way, trees, root: home.root };
    try {
      await this.upgrade(step, { ...options, connection }).catch(async (error: unknown) => {
        if (mayStart(error) || !(await this.isHalfDone(step, way.to, error))) throw error;
        await this.upgrade(step, { ...options, connection: await this.connect(unit, step.signal) });
      });
    } catch (error) {
      if (mayStart(error)) throw error;
      if (instance.run?.id !== run.id) throw new StartInstead(`${label} ended while it was upgraded`);
      if (isReboot(error)) await this.untilClosed(connection);
      instance.changedInPlace(run, messageOf(error));
      throw error;
    }
    await this.conclude(step, { instance, run, release });
  }

  private async conclude(
    { context, signal }: InstanceStep,
    { instance, run, release }: { instance: Instance; run: Run; release: ReleaseRow },
  ): Promise<void> {
    const { unit } = run;
    signal.throwIfAborted();
    if (!this.instances.has(unit)) return;
    this.record(instance, { run, release });
    await showCurrent(context, release, { unit, livingRuns: [run.id] });
  }

  private async upgrade(
    step: InstanceStep,
    options: { way: HotWay; trees: Trees; root: string; connection: Connection },
  ): Promise<void> {
    const { way, trees, root, connection } = options;
    const { context } = this;
    const { unit } = step;
    await hotUpgrade({
      call: (module, fn, args, limits) => connection.rpc(module, fn, args, limits),
      root,
      running: trees.running,
      pristine: trees.wanted,
      from: way.from,
      to: way.to,
      direction: way.direction,
      owner: await context.account(),
      processTimeoutMs: context.configuration.otp.upgradeTimeoutMs,
      purge: context.configuration.otp.purge,
      say: step.say,
      beforeStep: (name) => context.onHotStep?.(`${context.id}/${unit}: ${name}`),
    });
  }

  /** Whether the VM runs the new release after an attempt that failed: then the rest is to be done. */
  private async isHalfDone(step: InstanceStep, to: string, error: unknown): Promise<boolean> {
    if (isReboot(error)) return false;
    const connection = await this.connect(step.unit, step.signal);
    const state = await hotState({ call: (...call) => connection.rpc(...call) });
    return state.current === to;
  }

  /** One entry: what the instance is to be started with, and what its run is by now. */
  private record(instance: Instance, { run, release }: { run: Run; release: ReleaseRow }): void {
    const { journal, key, id, clock } = this.context;
    const { unit } = run;
    const what = `release ${release.number} (${release.version})`;
    if (instance.run?.id !== run.id)
      throw new StartInstead(`${id}/${unit} ended while it was brought to ${what}`);
    const kind = run.release === release.number ? run.kind : 'hot';
    journal.write(`${id}/${unit}: runs release ${release.number}`, (tables) => {
      tables.updateInstance(key, unit, { release: release.number });
      tables.updateRun(run.id, { release: release.number, kind });
      tables.history.noteVersion(key, { unit, release: release.number, at: clock.now() });
    });
    instance.changedInPlace({ ...run, release: release.number, kind }, `brought to ${what} while it runs`);
  }

  /** The pristine trees of what it runs and what it is to run. After a failure it may be either of them already. */
  private treesOf(run: Run, { release, other }: { release: ReleaseRow; other: ReleaseRow }) {
    const { journal, key, layout, id } = this.context;
    const from = run.release === release.number ? other : journal.tables.release(key, run.release);
    if (!from) throw new StartInstead(`${id} has no release ${run.release}`);
    return {
      running: layout.releaseDirectory(from.number, from.version),
      wanted: layout.releaseDirectory(release.number, release.version),
    };
  }

  /** The same for one instance after the other: pristine trees never change. */
  private async wayBetween(trees: Trees): Promise<Comparison> {
    const { last } = this;
    if (last?.trees.running === trees.running && last.trees.wanted === trees.wanted) return last.way;
    const way = await compareReleases(trees);
    this.last = { trees, way };
    return way;
  }

  /**
   * A VM that was lost may have ended, which the connection says before its holder does: a stop that is asked for in
   * between would pass for the reason. The link is given up as soon as the end is told; a VM that lives answers.
   */
  private async untilEndIsTold(unit: string, signal: AbortSignal): Promise<void> {
    const link = this.links.of(unit);
    if (link?.open === null) await link.connected({ timeoutMs: END_TOLD_MS, signal }).catch(() => undefined);
  }

  /** Waits until a VM that reboots has closed its connections: asked before that, it may never answer. */
  private async untilClosed(connection: Connection): Promise<void> {
    await withDeadline({ ms: SHUTDOWN_TIMEOUT_MS, clock: this.context.clock }, () => connection.closed);
  }

  private async connect(unit: string, signal: AbortSignal): Promise<Connection> {
    const label = `${this.context.id}/${unit}`;
    const link = this.links.of(unit);
    if (!link) throw new StartInstead(`${label} is not connected`);
    try {
      const connection = await link.connected({ timeoutMs: CONNECT_TIMEOUT_MS, signal });
      await this.untilStarted(connection, signal);
      return connection;
    } catch (error) {
      if (signal.aborted) throw error;
      throw new StartInstead(`${label} is not connected: ${messageOf(error)}`);
    }
  }

  /** An instance may be ready before its VM has started the last application of its release, the release handler among them. */
  private async untilStarted(connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock } = this.context;
    const deadline = clock.monotonicMs() + CONNECT_TIMEOUT_MS;
    for (;;) {
      const status = await connection.rpc('init', 'get_status', []);
      if (status instanceof Tuple && status.elements[0] === atom('started')) return;
      if (clock.monotonicMs() > deadline)
        throw new SlipwayError('otp_timeout', { message: `it is not up: ${format(status)}` });
      await sleep(LOOK_AGAIN_MS, { clock, signal });
    }
  }

  /**
   * The copy that its VM lives in, which may be that of an earlier release; `root`: as the VM calls it. It is asked only here,
   * and what it says may be anything.
   */
  private async homeOf(connection: Connection, unit: string): Promise<{ copy: string; root: string }> {
    const root = textOf(await connection.rpc('code', 'root_dir', [])) ?? '';
    const { release } = this.context.layout.instance(Number(unit));
    if (path.dirname(root) === fs.realpathSync(release) && isCopy(root))
      return { copy: path.join(release, path.basename(root)), root };
    throw new StartInstead(`${this.context.id}/${unit} runs from ${root}, which is no copy of its own`);
  }
}

/** Nothing that leads elsewhere, and no `..` at its end. */
function isCopy(directory: string): boolean {
  return parseReleaseName(path.basename(directory)) !== null && fs.realpathSync(directory) === directory;
}

/** No VM runs anything else than before; it may have ended. A start with the release is all that is left to do. */
class StartInstead extends SlipwayError {
  constructor(message: string) {
    super('upgrade_failed', { message });
  }
}

function mayStart(error: unknown): boolean {
  return (
    error instanceof StartInstead ||
    (error instanceof HotUpgradeError && ['not_begun', 'refused'].includes(error.outcome))
  );
}

function isReboot(error: unknown): boolean {
  return error instanceof HotUpgradeError && error.outcome === 'rebooted';
}
