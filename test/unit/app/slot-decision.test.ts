import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSlots, type SlotsView } from '../../../src/app/slot-decision.ts';
import type {
  InstanceEffect,
  InstanceEvent,
  InstanceState,
  Wanted,
} from '../../../src/supervisor/instance-phase.ts';
import { advance, fits, initialState, wantsRun } from '../../../src/supervisor/instance-state.ts';
import type { Run } from '../../../src/supervisor/run.ts';

const POLICY = { delayMs: 0, maxDelayMs: 1000, resetAfterMs: 60_000, maxRetries: null };

/** A process that is told what it should be, as an instance is, and to which things happen. */
class Process {
  state: InstanceState = initialState(0);
  due: InstanceEffect['type'][] = [];
  private static runs = 0;

  tell<T extends InstanceEvent['type']>(event: InstanceEvent<T>): void {
    const { state, effects } = advance(this.state, event, { now: 0, policy: POLICY });
    this.state = state;
    for (const { type } of effects) {
      if (type === 'cancel_timers') this.due = this.due.filter((each) => each !== 'wait' && each !== 'probe');
      else if (['launch', 'stop', 'probe', 'wait'].includes(type)) this.due.push(type);
    }
  }

  want(wanted: Wanted): void {
    if (JSON.stringify(wanted) !== JSON.stringify(this.state.wanted))
      this.tell({ type: 'wanted', wanted, reason: 'asked for' });
  }

  /** The next thing that it has begun comes to its end. */
  goOn(): void {
    const effect = this.due.shift();
    const { wanted } = this.state;
    if (effect === 'launch') {
      const of = { release: wanted.release ?? 0, generation: wanted.generation };
      if (!wantsRun(wanted)) return this.tell({ type: 'launch_failed', reason: 'stopped' });
      this.tell({ type: 'launched', run: { ...RUN, ...of, id: `run ${Process.runs++}` } });
    } else if (effect === 'probe') this.tell({ type: 'ready' });
    else if (effect === 'wait') this.tell({ type: 'delay_over' });
    else if (effect === 'stop') this.end();
  }

  crash(): void {
    const { phase } = this.state;
    if (!['starting', 'ready', 'unready'].includes(phase.name)) return;
    this.due = [];
    this.tell({ type: 'exited', exit: { status: 1, signal: null, at: 0 }, why: '', lastedMs: 0 });
  }

  private end(): void {
    this.tell({ type: 'exited', exit: { status: 0, signal: null, at: 0 }, why: '', lastedMs: 0 });
    this.tell({ type: 'cleared' });
  }
}

const RUN: Run = {
  ...{ id: '', app: 'web', unit: '1', release: 1, kind: 'full', generation: 0 },
  ...{ pid: 1, startTicks: 1, startedAt: 0 },
};

/** The two slots of a unit, and what is decided of them after whatever happens. */
class Unit {
  serving = new Process();
  other: Process | null = null;
  wanted: Wanted = { running: true, release: 1, generation: 0 };
  mayOverlap = true;

  look(): void {
    if (this.other?.state.phase.name === 'stopped' && !this.other.state.wanted.running) this.other = null;
    const view: SlotsView = {
      ...{ wanted: this.wanted, isOnTrial: false, mayOverlap: () => this.mayOverlap },
      ...{ serving: this.serving.state, other: this.other?.state ?? null },
    };
    const decision = decideSlots(view);
    const isMissed = this.isUp() && this.mayOverlap && wantsRun(this.wanted);
    if (decision.serving) this.serving.want(decision.serving);
    if (isMissed) expect(this.isUp(), JSON.stringify(view)).toBe(true);
    if (decision.other) {
      this.other ??= new Process();
      this.other.want(decision.other);
    }
    if (!decision.exchange || !this.other) return;
    expect(this.other.state.phase.name).toBe('ready');
    [this.serving, this.other] = [this.other, this.serving];
    this.look();
  }

  isServing(): boolean {
    return this.serving.state.phase.name === 'ready';
  }

  /** Requests may go to it. */
  isUp(): boolean {
    const { phase } = this.serving.state;
    return phase.name === 'ready' || (phase.name === 'starting' && phase.mayServe);
  }

  /** Until nothing is to be done any more. */
  settle(): void {
    for (let step = 0; step < 200; step++) {
      this.look();
      const busy = [this.serving, this.other].filter((each) => each !== null && each.due.length > 0);
      if (busy.length === 0) return;
      for (const each of busy) each?.goOn();
    }
    throw new Error(`it does not come to rest: ${JSON.stringify([this.serving.state, this.other?.state])}`);
  }
}

const wanted = fc.record({
  running: fc.boolean(),
  release: fc.integer({ min: 1, max: 3 }),
  generation: fc.integer({ min: 0, max: 2 }),
});
const happening = fc.oneof(
  wanted.map((each) => ({ wanted: each })),
  fc.constantFrom('serving goes on', 'other goes on', 'serving crashes', 'other crashes', 'memory', 'died'),
);

describe('the slots of a unit', () => {
  it('end with one run, as is wanted, whatever happens; who serves goes after its successor came', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const unit = new Unit();
        unit.settle();
        expect(unit.isServing()).toBe(true);
        for (const each of happenings) {
          if (typeof each !== 'string') unit.wanted = { ...each.wanted };
          else if (each === 'serving goes on') unit.serving.goOn();
          else if (each === 'other goes on') unit.other?.goOn();
          else if (each === 'serving crashes') unit.serving.crash();
          else if (each === 'other crashes') unit.other?.crash();
          else if (each === 'memory') unit.mayOverlap = !unit.mayOverlap;
          else adopt(unit);
          unit.look();
        }
        unit.settle();
        expect(unit.other).toBeNull();
        const { phase } = unit.serving.state;
        if (!wantsRun(unit.wanted)) expect(phase.name).toBe('stopped');
        else expect(phase.name === 'ready' && fits(phase.run, unit.wanted)).toBe(true);
      }),
      { numRuns: 2000, seed: 20_261_201 },
    );
  });
});

/** The agent has died; the next one finds the runs that live. */
function adopt(unit: Unit): void {
  const runOf = (process: Process | null) =>
    process && 'run' in process.state.phase ? process.state.phase.run : null;
  const asItIs = ({ release, generation }: Run) => ({
    ...{ running: wantsRun(unit.wanted) },
    release,
    generation,
  });
  const [serving, other] = [runOf(unit.serving), runOf(unit.other)];
  unit.serving = new Process();
  unit.other = null;
  const mayStay = serving && unit.mayOverlap && wantsRun(unit.wanted) && !fits(serving, unit.wanted);
  if (serving)
    unit.serving.tell({
      ...{ type: 'adopted', run: serving },
      wanted: mayStay ? asItIs(serving) : { ...unit.wanted },
    });
  if (!other) return;
  unit.other = new Process();
  unit.other.tell({ type: 'adopted', run: other, wanted: asItIs(other) });
}
