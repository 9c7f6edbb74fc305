import { formatDuration } from '../kernel/index.ts';
import { decideRestart, type RestartPolicy } from './restart-policy.ts';
import { describeExit, type Run, type RunExit } from './run.ts';

/** What an instance should be. It works towards it by itself, whatever it finds. */
export interface Wanted {
  running: boolean;
  /** Number of the release; null while there is none. */
  release: number | null;
  /** A run of an older generation is replaced: that is how a restart is asked for. */
  generation: number;
}

/** Where an instance is. `launching` and `clearing` hold no run of their own yet; both are shown as `starting`. */
export type Phase =
  | { name: 'stopped' }
  | { name: 'launching' }
  | { name: 'starting'; run: Run }
  | { name: 'ready'; run: Run }
  | { name: 'stopping'; run: Run; crashed: boolean }
  | { name: 'backoff' }
  | { name: 'failed' };

export interface InstanceState {
  wanted: Wanted;
  phase: Phase;
  /** Why it is so, for a person. */
  reason: string;
  /** When the phase began. */
  since: number;
  /** Unexpected exits in a row. */
  crashes: number;
  restarts: { crash: number; forced: number };
  lastExit: (RunExit & { reason: string; lastedMs: number }) | null;
}

export type InstanceEvent =
  | { type: 'wanted'; wanted: Wanted; reason: string }
  | { type: 'adopted'; run: Run }
  | { type: 'launched'; run: Run }
  | { type: 'launch_failed'; reason: string }
  /** Its code was changed in place: the process is the same, with another release or as it was. It must show again that it is ready. */
  | { type: 'changed_in_place'; run: Run; reason: string }
  | { type: 'ready' }
  | { type: 'ready_timeout'; afterMs: number }
  /** `lastedMs`: how long the run did, whatever became of the wall clock. */
  | { type: 'exited'; exit: RunExit; why: string; lastedMs: number }
  | { type: 'cleared' }
  | { type: 'delay_over' };

export type InstanceEffect =
  | { type: 'launch' }
  | { type: 'stop'; run: Run }
  | { type: 'probe'; run: Run }
  | { type: 'wait'; delayMs: number }
  | { type: 'cancel_timers' }
  /** Somebody should know: a run ended though nobody asked for it. */
  | { type: 'crashed'; run: Run; exit: RunExit; reason: string }
  | { type: 'ended'; run: Run; exit: RunExit; reason: string };

export interface Step {
  state: InstanceState;
  effects: InstanceEffect[];
}

export function initialState(now: number): InstanceState {
  return {
    wanted: { running: false, release: null, generation: 0 },
    phase: { name: 'stopped' },
    reason: 'not started yet',
    since: now,
    crashes: 0,
    restarts: { crash: 0, forced: 0 },
    lastExit: null,
  };
}

/** The life of an instance: pure, so that every order of events can be tried without a process. */
export function step(
  state: InstanceState,
  event: InstanceEvent,
  context: { now: number; policy: RestartPolicy },
): Step {
  const { now, policy } = context;
  const to = (phase: Phase, reason: string, change: Partial<InstanceState> = {}): InstanceState => ({
    ...state,
    ...change,
    phase,
    reason,
    since: now,
  });
  const { phase } = state;

  switch (event.type) {
    case 'wanted': {
      const next = { ...state, wanted: event.wanted };
      const same = sameWish(state.wanted, event.wanted);
      switch (phase.name) {
        case 'starting':
        case 'ready':
          if (fits(phase.run, event.wanted)) return { state: next, effects: [] };
          return {
            state: {
              ...next,
              ...at({ name: 'stopping', run: phase.run, crashed: false }, event.reason, now),
            },
            effects: [{ type: 'cancel_timers' }, { type: 'stop', run: phase.run }],
          };
        // What was begun is finished first; then the wish is looked at again.
        case 'launching':
        case 'stopping':
          return { state: next, effects: [] };
        case 'stopped':
        case 'backoff':
        case 'failed':
          if (!wantsRun(event.wanted))
            return {
              state: { ...next, ...at({ name: 'stopped' }, event.reason, now) },
              effects: [{ type: 'cancel_timers' }],
            };
          // The same wish again is no reason to cut a back-off short.
          if (same && phase.name !== 'stopped') return { state: next, effects: [] };
          return {
            state: {
              ...next,
              ...at({ name: 'launching' }, event.reason, now),
              crashes: same ? state.crashes : 0,
            },
            effects: [{ type: 'cancel_timers' }, { type: 'launch' }],
          };
      }
      return { state: next, effects: [] };
    }

    case 'adopted':
      return {
        state: to({ name: 'starting', run: event.run }, 'found running, adopted'),
        effects: [{ type: 'probe', run: event.run }],
      };

    case 'launched':
      if (!fits(event.run, state.wanted))
        return {
          state: to(
            { name: 'stopping', run: event.run, crashed: false },
            'what is wanted changed while it started',
          ),
          effects: [{ type: 'stop', run: event.run }],
        };
      return {
        state: to({ name: 'starting', run: event.run }, state.reason),
        effects: [{ type: 'probe', run: event.run }],
      };

    case 'changed_in_place': {
      const { run, reason } = event;
      if (!('run' in phase) || phase.run.id !== run.id) return { state, effects: [] };
      const isAsWanted = state.wanted.release === phase.run.release;
      const wanted = isAsWanted ? { ...state.wanted, release: run.release } : state.wanted;
      // What was begun is finished first; then the wish is looked at again.
      if (phase.name === 'stopping')
        return { state: { ...state, wanted, phase: { ...phase, run } }, effects: [] };
      return {
        state: to({ name: 'starting', run }, reason, { wanted }),
        effects: [{ type: 'cancel_timers' }, { type: 'probe', run }],
      };
    }

    case 'launch_failed': {
      if (phase.name !== 'launching') return { state, effects: [] };
      if (!wantsRun(state.wanted)) return { state: to({ name: 'stopped' }, 'stopped'), effects: [] };
      return backOff(
        { ...state, crashes: state.crashes + 1 },
        { reason: event.reason, now, policy, atLeastMs: 1000 },
      );
    }

    case 'ready':
      if (phase.name !== 'starting') return { state, effects: [] };
      return { state: to({ name: 'ready', run: phase.run }, 'ready'), effects: [] };

    case 'ready_timeout':
      if (phase.name !== 'starting') return { state, effects: [] };
      return {
        state: to(
          { name: 'stopping', run: phase.run, crashed: true },
          `not ready within ${formatDuration(event.afterMs)}`,
        ),
        effects: [{ type: 'cancel_timers' }, { type: 'stop', run: phase.run }],
      };

    case 'exited': {
      if (phase.name === 'stopping') {
        const { exit, lastedMs } = event;
        const reason = phase.crashed ? state.reason : `stopped: ${state.reason}`;
        return {
          state: { ...state, lastExit: { ...exit, reason, lastedMs } },
          effects: [{ type: 'ended', run: phase.run, exit, reason }],
        };
      }
      if (phase.name !== 'starting' && phase.name !== 'ready') return { state, effects: [] };
      return crash(state, { run: phase.run, ...event, now, policy });
    }

    // Everything that the run had started is gone.
    case 'cleared': {
      if (phase.name !== 'stopping') return { state, effects: [] };
      const forced = { ...state.restarts, forced: state.restarts.forced + 1 };
      if (!wantsRun(state.wanted)) return { state: to({ name: 'stopped' }, state.reason), effects: [] };
      if (phase.crashed && fits(phase.run, state.wanted)) {
        const exit = state.lastExit ?? { status: null, signal: null, at: now, lastedMs: 0 };
        return crash(state, {
          run: phase.run,
          exit,
          lastedMs: exit.lastedMs,
          why: state.reason,
          now,
          policy,
        });
      }
      const replaced = phase.run.release === state.wanted.release;
      return {
        state: to({ name: 'launching' }, state.reason, {
          crashes: 0,
          ...(replaced ? { restarts: forced } : {}),
        }),
        effects: [{ type: 'launch' }],
      };
    }

    case 'delay_over':
      if (phase.name !== 'backoff') return { state, effects: [] };
      return {
        state: to({ name: 'launching' }, `started again after ${state.reason.split(';')[0]}`),
        effects: [{ type: 'launch' }],
      };
  }
}

export function wantsRun(wanted: Wanted): boolean {
  return wanted.running && wanted.release !== null;
}

function fits(run: Run, wanted: Wanted): boolean {
  return wantsRun(wanted) && run.release === wanted.release && run.generation >= wanted.generation;
}

function sameWish(a: Wanted, b: Wanted): boolean {
  return a.running === b.running && a.release === b.release && a.generation === b.generation;
}

function at(phase: Phase, reason: string, now: number): Pick<InstanceState, 'phase' | 'reason' | 'since'> {
  return { phase, reason, since: now };
}

function crash(
  state: InstanceState,
  options: { run: Run; exit: RunExit; why: string; lastedMs: number; now: number; policy: RestartPolicy },
): Step {
  const { run, exit, why, lastedMs, now, policy } = options;
  const next: InstanceState = {
    ...state,
    crashes: lastedMs >= policy.resetAfterMs ? 1 : state.crashes + 1,
    restarts: { ...state.restarts, crash: state.restarts.crash + 1 },
    lastExit: { ...exit, reason: why, lastedMs },
  };
  const step = backOff(next, {
    reason: `ended unexpectedly (${describeExit(exit)})`,
    now,
    policy,
    atLeastMs: 0,
  });
  return {
    state: step.state,
    effects: [{ type: 'cancel_timers' }, { type: 'crashed', run, exit, reason: why }, ...step.effects],
  };
}

function backOff(
  state: InstanceState,
  options: { reason: string; now: number; policy: RestartPolicy; atLeastMs: number },
): Step {
  const { reason, now, policy } = options;
  const decision = decideRestart(policy, state.crashes);
  if (!decision.restart)
    return {
      state: {
        ...state,
        ...at({ name: 'failed' }, `${reason}; given up after ${policy.maxRetries} restarts`, now),
      },
      effects: [],
    };
  const delayMs = Math.max(decision.delayMs, options.atLeastMs);
  if (delayMs === 0)
    return {
      state: { ...state, ...at({ name: 'launching' }, `${reason}; started again at once`, now) },
      effects: [{ type: 'launch' }],
    };
  return {
    state: {
      ...state,
      ...at({ name: 'backoff' }, `${reason}; started again in ${formatDuration(delayMs)}`, now),
    },
    effects: [{ type: 'wait', delayMs }],
  };
}
