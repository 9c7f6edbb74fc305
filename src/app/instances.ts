import type { AppContext } from '../deployment/index.ts';
import type { InstanceRow } from '../journal/index.ts';
import { Event, SlipwayError, until } from '../kernel/index.ts';
import type { Instance, Run, Wanted } from '../supervisor/index.ts';
import { Hold } from './hold.ts';
import { tellChange, tellCrash, tellOther } from './instance-news.ts';
import type { InstanceChange, InstanceCrash, InstancePlan } from './instance-plan.ts';
import type { Slots } from './slots.ts';
import { adoptSlots, type FoundRun, livingRuns, makeSlots, whyNotOverlap } from './unit-slots.ts';

const RESTARTED = 'restarted: a person or the configuration asked for it';

/** The instances of a service, or the workers of a site: what the journal says of them is what they are made to be. */
export class Instances {
  /** Of those that serve. With the same state before and after: of a successor, or a former one that goes. */
  readonly transitioned = new Event<InstanceChange>();
  readonly crashed = new Event<InstanceCrash>();
  private readonly context: AppContext;
  private readonly plan: InstancePlan;
  private readonly byUnit = new Map<string, Slots>();
  /** Those that are started after other apps, and wait for them. */
  hold = new Hold([], []);

  constructor(context: AppContext, plan: InstancePlan) {
    this.context = context;
    this.plan = plan;
  }

  /** Makes the instances that the configuration asks for, and takes over what an earlier agent left running. */
  load(found: readonly FoundRun[]): void {
    const byUnit = Map.groupBy(found, ({ run }) => run.unit);
    this.resize((unit) => byUnit.get(unit) ?? []);
    this.leaveStopped(found);
    for (const [unit, runs] of byUnit)
      adoptSlots(this.unit(unit), this.byUnit.get(unit) ?? this.add(unit, runs), {
        found: runs,
        wanted: this.wantedOf(unit),
      });
    this.resize();
    const units = this.plan.units();
    // Where some of them run, the others are kept alive, which never waits.
    const { after } = this.context.configuration;
    if (after.length > 0 && units.every((unit) => this.livingRuns(unit).length === 0))
      this.hold = new Hold(units, after);
    this.apply('the agent started');
  }

  /** Whether some wait for other apps that come first. */
  get isHeld(): boolean {
    return this.expected().some(({ unit }) => this.hold.has(unit));
  }

  /** Says what those wait for that are held. */
  sayHeld(reason: string): void {
    this.hold.reason = reason;
    this.apply(reason, this.hold.all());
  }

  /** They need not wait any longer: they are started by the next `apply`. */
  letGo(units: readonly string[]): void {
    this.hold.letGo(units);
  }

  /** The longest time that one of them may take from its start until it is ready. */
  readyTimeoutMs(): number {
    return Math.max(0, ...this.plan.units().map((unit) => this.plan.settings(unit).readyTimeoutMs));
  }

  /** Where the journal cannot tell whom a person had stopped: an app that has left no run was. */
  private leaveStopped(found: readonly unknown[]): void {
    const { journal, key, id } = this.context;
    const { damage } = journal;
    if (damage === null) return;
    const stopped = this.rows().filter(({ unit }) => damage.wasStopped(key, unit) ?? found.length === 0);
    journal.writeSoon(`${id}: ${stopped.length} instances were stopped`, (tables) => {
      for (const { unit } of stopped) tables.updateInstance(key, unit, { stopped: true });
    });
  }

  /** Says to every instance, or to some, what it should be. */
  apply(reason: string, units: readonly string[] | null = null): void {
    for (const { unit } of this.rows(units ?? this.plan.units()))
      this.want(unit, { wanted: this.wantedOf(unit), reason });
  }

  /** Starts one anew where its generation asks for that. `isScheduled`: nobody forced it, and it is not counted. */
  startAnew(unit: string, isScheduled: boolean): void {
    const why = isScheduled ? 'restarted by its schedule' : RESTARTED;
    this.want(unit, { wanted: this.wantedOf(unit), reason: why, isScheduled });
  }

  /** Says for the time being only in memory what is wanted: the record follows when the journal can be written. */
  wantRelease(unit: string, release: number | null, reason: string): void {
    this.want(unit, { wanted: { ...this.wantedOf(unit), release }, reason });
  }

  private want(unit: string, told: { wanted: Wanted; reason: string; isScheduled?: boolean }): void {
    const { wanted, reason, isScheduled } = told;
    const isHeld = wanted.held && wanted.running;
    const asked = { wanted, reason: isHeld ? this.hold.reason : reason };
    this.byUnit.get(unit)?.want({ ...asked, ...(isScheduled && { isScheduled }) });
  }

  /** Has a successor come up with the release that does not take over; null: there is no such trial any more. */
  tryOut(unit: string, release: number | null, reason: string): void {
    const wanted = { ...this.wantedOf(unit), release };
    this.byUnit.get(unit)?.tryOut(release === null ? null : { wanted, reason });
  }

  /** Adds what is missing, and returns that; what is too much is stopped, and its state forgotten. */
  resize(found: (unit: string) => readonly FoundRun[] = () => []): string[] {
    const { journal, key } = this.context;
    const units = this.plan.units();
    const known = journal.tables.instances(key);
    const missing = units.filter((unit) => journal.tables.instance(key, unit) === null);
    const surplus = known.filter((row) => !this.plan.has(row.unit));
    if (missing.length > 0 || surplus.length > 0) {
      const release = known[0]?.release ?? journal.tables.app(key)?.live ?? null;
      journal.decide(`${this.context.id}: ${units.length} instances`, (tables) => {
        for (const unit of missing) tables.addInstance(key, unit, release);
        for (const row of surplus) tables.removeInstance(key, row.unit);
      });
      this.context.tell({
        type: 'app.instances',
        message: `${this.context.id} has ${units.length} instances`,
      });
    }
    for (const unit of units) if (!this.byUnit.has(unit)) this.add(unit, found(unit));
    for (const [unit, slots] of this.byUnit) if (!this.plan.has(unit)) this.retire(unit, slots);
    return missing;
  }

  /** The rows of what is configured, in that order, or of some of that. */
  rows(units: readonly string[] = this.plan.units()): InstanceRow[] {
    return units.map((unit) => this.find(unit)).filter((row) => row !== null);
  }

  /** Whether it is configured still; a deployment may have been planned for more. */
  has(unit: string): boolean {
    return this.find(unit) !== null;
  }

  /** Whether 0 replicas of it are configured: of a worker, or, with null, of all there is. */
  isOfNone(worker: string | null): boolean {
    return this.plan.isOfNone(worker);
  }

  row(unit: string): InstanceRow {
    const row = this.find(unit);
    if (row) return row;
    const units = this.plan.units();
    const none = this.isOfNone(null) ? 'none, for 0 replicas are configured' : 'no workers';
    throw new SlipwayError('instance_unknown', {
      message: `${this.context.id} has no ${unit}; it has ${units.length === 0 ? none : units.join(', ')}`,
      next: `slipway status ${this.context.id}`,
    });
  }

  private find(unit: string): InstanceRow | null {
    return this.plan.has(unit) ? this.context.journal.tables.instance(this.context.key, unit) : null;
  }

  /** Those that are configured, and those that are being stopped for they are not any more. */
  all(): Instance[] {
    return [...this.byUnit.values()].map(({ serving }) => serving);
  }

  /** The one that stands for the unit. */
  get(unit: string): Instance | null {
    return this.byUnit.get(unit)?.serving ?? null;
  }

  /** The one by which what is wanted of the unit comes about: its successor, where it gets one. */
  comingUp(unit: string): Instance | null {
    return this.byUnit.get(unit)?.comingUp ?? null;
  }

  /** The one that is to take the place of the unit's; null where there is none. */
  successor(unit: string): Instance | null {
    return this.byUnit.get(unit)?.successor ?? null;
  }

  /** Whether nothing of the unit runs. */
  isAtRest(unit: string): boolean {
    const instances = this.byUnit.get(unit)?.all() ?? [];
    return instances.every(({ stateName }) => stateName === 'stopped');
  }

  /** Ids of the runs that the unit has now. */
  livingRuns(unit: string): string[] {
    return livingRuns(this.byUnit.get(unit));
  }

  /** Why the unit cannot have a second run for a while, with so many more that are about to be started; null where it can. */
  whyNotOverlap(unit: string, beside = 0): string | null {
    const slots = this.byUnit.get(unit);
    return slots ? whyNotOverlap(this.plan, slots, this.comingUpBeside(unit) + beside) : '';
  }

  /** PORT of the unit's process; null where it has none. */
  port(unit: string): number | null {
    return this.get(unit)?.port ?? null;
  }

  /** A person stopped this one, or the whole app. */
  isStopped(unit: string): boolean {
    const app = this.context.journal.tables.app(this.context.key);
    return app?.stopped || this.row(unit).stopped;
  }

  /**
   * Resolves when the condition holds; rejects when aborted. `unit`: only what becomes of that one can make it true, so
   * that those who wait for two hundred are not all asked at every change of each.
   */
  async until(
    condition: () => boolean,
    { unit, signal }: { unit?: string; signal?: AbortSignal } = {},
  ): Promise<void> {
    const concerns = (change?: InstanceChange) => !change || unit === undefined || change.unit === unit;
    await until(this.transitioned, (change) => concerns(change) && condition(), signal);
  }

  /** Whether it runs that release, started for the present generation, and is ready. */
  isReadyWith(unit: string, release: number): boolean {
    return this.isUp({ ...this.row(unit), release });
  }

  /** Whether an instance is as its row says, and ready. */
  isUp({ unit, release, generation }: InstanceRow): boolean {
    const phase = this.get(unit)?.state.phase;
    return phase?.name === 'ready' && phase.run.release === release && phase.run.generation >= generation;
  }

  /** Whether it would be missed by nobody: it is not ready, and is not about to be found so. */
  isDown({ unit }: InstanceRow): boolean {
    const phase = this.get(unit)?.state.phase;
    return !phase || (phase.name !== 'ready' && !(phase.name === 'starting' && phase.mayServe));
  }

  /** The rows of those that ought to run: they have a release, and no person stopped them. */
  expected(): InstanceRow[] {
    if (this.context.journal.tables.app(this.context.key)?.stopped) return [];
    return this.rows().filter((row) => !row.stopped && row.release !== null);
  }

  /** The runs of those that run. */
  runs(): Run[] {
    return this.every().flatMap(({ run }) => run ?? []);
  }

  /** Numbers of the releases that processes run in, or that an instance is to run. */
  releasesInUse(): number[] {
    const used = this.rows().map((row) => row.release);
    for (const instance of this.every()) used.push(instance.run?.release ?? null);
    return [...new Set(used.filter((release) => release !== null))];
  }

  /** Ends all of them and resolves when they have ended. */
  async stopAll(reason: string): Promise<void> {
    this.letGo(this.hold.all());
    for (const slots of this.byUnit.values()) {
      const { release } = slots.serving.state.wanted;
      slots.want({ wanted: { running: false, release, generation: 0 }, reason });
    }
    const ending = this.every();
    await this.until(() => [...this.byUnit.keys()].every((unit) => this.isAtRest(unit)));
    // One that was in its back-off is stopped at once; what its last run left may be in its grace.
    await Promise.all(ending.map((instance) => instance.cleared()));
  }

  /** Leaves all of them running: the agent ends. */
  detach(): void {
    this.letGo(this.hold.all());
    for (const slots of this.byUnit.values()) slots.detach();
  }

  /** Successors and those that are on their way out, too. */
  private every(): Instance[] {
    return [...this.byUnit.values()].flatMap((slots) => slots.all());
  }

  private wantedOf(unit: string): Wanted {
    const row = this.find(unit);
    if (row === null) return { running: false, release: null, generation: 0 };
    return {
      ...{ running: !this.isStopped(unit), release: row.release, generation: row.generation },
      ...(this.hold.has(unit) && { held: true }),
    };
  }

  private retire(unit: string, slots: Slots): void {
    const wanted = { running: false, release: null, generation: 0 };
    slots.want({ wanted, reason: 'fewer replicas are configured' });
    const forget = () => {
      if (this.isAtRest(unit) && !this.plan.has(unit)) this.byUnit.delete(unit);
    };
    slots.transitioned.on(forget);
    slots.otherChanged.on(forget);
    forget();
  }

  private add(unit: string, found: readonly FoundRun[]): Slots {
    const { context } = this;
    const slots = makeSlots(this.unit(unit), found);
    slots.transitioned.on((change) => {
      tellChange(context, slots.serving, change);
      this.transitioned.emit({ unit, slot: slots.serving.slot, ...change });
    });
    slots.otherChanged.on((change) => {
      if (change) tellOther(context, { unit, isSuccessor: slots.isOtherSuccessor }, change);
      const { state, slot } = slots.serving;
      this.transitioned.emit({ unit, slot, before: state, after: state });
    });
    slots.ended.on((ended) => {
      if (ended.unexpected) this.crashed.emit(tellCrash(context, unit, ended));
    });
    this.byUnit.set(unit, slots);
    return slots;
  }

  private comingUpBeside(unit: string): number {
    let count = 0;
    for (const [other, { successor }] of this.byUnit)
      if (other !== unit && successor && successor.stateName !== 'ready') count++;
    return count;
  }

  private unit(unit: string) {
    const { context, plan } = this;
    return { context, plan, unit, othersComingUp: () => this.comingUpBeside(unit) };
  }
}
