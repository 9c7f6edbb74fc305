import { Event, unawaited } from '../kernel/index.ts';
import {
  type EndedRun,
  fits,
  type Instance,
  type InstanceState,
  type Run,
  type Wanted,
} from '../supervisor/index.ts';
import { decideSlots } from './slot-decision.ts';

interface SlotsOptions {
  /** Makes the instance of a slot, which has nothing yet. */
  make: (slot: { spare: boolean }) => Instance;
  /** Why no second one may run beside the one that serves; null where it may. */
  whyNotOverlap: () => string | null;
  /** What has to be so before another run stands for the unit; may be done twice. */
  takeOver: (run: Run) => Promise<void>;
  say: (type: string, message: string) => void;
}

interface Asked {
  wanted: Wanted;
  reason: string;
  isScheduled?: boolean;
}

/**
 * The slots of a unit, each with a run or without. Mostly there is one, and it serves. Where two may run for a while a successor
 * comes up in the other slot, takes over when it is ready, and the former one ends then.
 */
export class Slots {
  /** Of the one that serves; and of one that has taken over, against the one before. */
  readonly transitioned = new Event<{ before: InstanceState; after: InstanceState }>();
  /** Of the other one: it comes up, or goes. Null: it is gone. */
  readonly otherChanged = new Event<{ before: InstanceState; after: InstanceState } | null>();
  readonly started = new Event<{ instance: Instance; run: Run }>();
  readonly ended = new Event<EndedRun>();
  private readonly options: SlotsOptions;
  private current: Instance;
  private second: Instance | null = null;
  /** The other one has handed over, or nobody knows: it goes. */
  private isFormer = false;
  private asked: Asked;
  /** What a successor is tried with, that does not take over. */
  private trial: Asked | null = null;
  /** The one that serves is not what is asked for, and was left alone. */
  private isLeft = false;
  private isTelling = false;
  private isTakingOver = false;
  private isLookedAtSoon = false;
  private refusal: string | null = null;
  private detached = false;

  /** `spare`: which slot the one has that serves. */
  constructor(options: SlotsOptions, { spare }: { spare: boolean }) {
    this.options = options;
    this.current = this.make(spare);
    this.asked = { wanted: this.current.state.wanted, reason: '' };
  }

  /** The one that stands for the unit. */
  get serving(): Instance {
    return this.current;
  }

  /** The one that is to take over; null where none is, or it is on its way out. */
  get successor(): Instance | null {
    const { second } = this;
    return second?.state.wanted.running && second.state.phase.name !== 'stopping' ? second : null;
  }

  /** The one by which what is wanted comes about. */
  get comingUp(): Instance {
    return this.trial === null ? (this.successor ?? this.current) : this.current;
  }

  /** Whether the other one is, or was, to take over. */
  get isOtherSuccessor(): boolean {
    return !this.isFormer;
  }

  all(): Instance[] {
    return this.second ? [this.current, this.second] : [this.current];
  }

  /** Says what the unit should be; it works towards that by itself. */
  want(asked: Asked): void {
    this.asked = asked;
    this.look(true);
  }

  /** Has a successor come up that does not take over; null: there is no such trial any more. */
  tryOut(asked: Asked | null): void {
    this.trial = asked;
    this.look(false);
  }

  /** What an earlier agent has left is taken over: the one that serves by `serving`, what is in the other slot by `other`. */
  adopt(by: {
    asked: Asked;
    serving: ((instance: Instance) => void) | null;
    other: ((instance: Instance) => void) | null;
  }): void {
    this.asked = by.asked;
    this.isTelling = true;
    by.serving?.(this.current);
    if (by.other) {
      this.second = this.make(!this.current.isSpare);
      this.isFormer = true;
      by.other(this.second);
    }
    this.isTelling = false;
    this.lookSoon();
  }

  detach(): void {
    this.detached = true;
    for (const instance of this.all()) instance.detach();
  }

  private make(spare: boolean): Instance {
    const instance = this.options.make({ spare });
    instance.transitioned.on((change) => this.follow(instance, change));
    instance.started.on((run) => this.started.emit({ instance, run }));
    instance.ended.on((ended) => this.ended.emit(ended));
    return instance;
  }

  private follow(instance: Instance, change: { before: InstanceState; after: InstanceState }): void {
    if (instance === this.current) {
      // An upgrade in place changes what is wanted with what runs.
      if (!this.isTelling && change.before.wanted !== change.after.wanted)
        this.asked = { ...this.asked, wanted: change.after.wanted };
      this.transitioned.emit(change);
    } else if (instance === this.second) {
      const { wanted, phase } = change.after;
      if (phase.name === 'stopped' && !wanted.running) this.second = null;
      this.otherChanged.emit(this.second ? change : null);
    }
    if (this.second || this.isLeft) this.lookSoon();
  }

  /** A transition does not begin within another. */
  private lookSoon(): void {
    if (this.isLookedAtSoon) return;
    this.isLookedAtSoon = true;
    queueMicrotask(() => {
      this.isLookedAtSoon = false;
      this.look(false);
    });
  }

  /** `isAsked`: somebody has said anew what is wanted, were it the same. */
  private look(isAsked: boolean): void {
    if (this.detached) return;
    const asked = this.trial !== null && this.asked.wanted.running ? this.trial : this.asked;
    const decision = decideSlots({
      wanted: asked.wanted,
      serving: this.current.state,
      other: this.second?.state ?? null,
      isOnTrial: asked === this.trial,
      mayOverlap: () => this.mayOverlap(asked),
    });
    this.isLeft = decision.serving === null;
    if (decision.serving && (isAsked || !isSame(this.current.state.wanted, decision.serving)))
      this.tell(this.current, { ...asked, wanted: decision.serving });
    if (decision.other) {
      this.second ??= this.make(!this.current.isSpare);
      if (decision.other.running) this.isFormer = false;
      if (isAsked || !isSame(this.second.state.wanted, decision.other))
        this.tell(this.second, { ...asked, wanted: decision.other });
    }
    if (decision.exchange && this.second)
      unawaited(this.exchange(this.second), `${this.current.slot}: the change of the one that serves`);
  }

  private tell(instance: Instance, { wanted, reason, isScheduled }: Asked): void {
    this.isTelling = true;
    instance.want(wanted, reason, isScheduled);
    this.isTelling = false;
  }

  private mayOverlap({ reason }: Asked): boolean {
    const refusal = this.options.whyNotOverlap();
    if (refusal !== null && refusal !== '' && refusal !== this.refusal)
      this.options.say('instance.replaced', `is stopped before its successor starts (${reason}): ${refusal}`);
    this.refusal = refusal;
    return refusal === null;
  }

  private async exchange(successor: Instance): Promise<void> {
    const { run } = successor;
    if (this.isTakingOver || run === null) return;
    this.isTakingOver = true;
    await this.options.takeOver(run).finally(() => {
      this.isTakingOver = false;
    });
    // Somebody may have asked for something else meanwhile, and it may have ended.
    const { phase } = successor.state;
    const isStillMeant = phase.name === 'ready' && phase.run.id === run.id && fits(run, this.asked.wanted);
    if (this.detached || this.second !== successor || !isStillMeant) return this.lookSoon();
    const former = this.current;
    const before = former.state;
    successor.restoreCounts(countsAfter(before, successor.state, this.asked.isScheduled === true));
    this.current = successor;
    this.second = former;
    this.isFormer = true;
    const pid = former.run ? ` of pid ${former.run.pid}` : '';
    this.options.say('instance.exchanged', `is served by pid ${run.pid} in the place${pid}`);
    this.transitioned.emit({ before, after: successor.state });
    this.otherChanged.emit({ before: successor.state, after: before });
    this.look(false);
  }
}

/** A restart is counted as it is where one is stopped for it. */
function countsAfter(former: InstanceState, successor: InstanceState, isScheduled: boolean) {
  const { crash, forced } = former.restarts;
  const releaseOf = ({ phase, wanted }: InstanceState) =>
    'run' in phase ? phase.run.release : wanted.release;
  const isForced = !isScheduled && releaseOf(former) === releaseOf(successor);
  return { crash: crash + successor.restarts.crash, forced: isForced ? forced + 1 : forced };
}

function isSame(a: Wanted, b: Wanted): boolean {
  return (
    a.running === b.running && a.release === b.release && a.generation === b.generation && a.held === b.held
  );
}
