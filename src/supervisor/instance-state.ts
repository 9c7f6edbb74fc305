import { formatDuration } from '../kernel/index.ts';
import type { InstanceEvent, InstanceState, Transition, Wanted } from './instance-phase.ts';
import type { RestartPolicy } from './restart-policy.ts';
import { describeExit, type Run } from './run.ts';
import { backOff, crash } from './unexpected-end.ts';

interface Context {
  now: number;
  policy: RestartPolicy;
}

type Transitions = {
  [T in InstanceEvent['type']]: (
    state: InstanceState,
    event: InstanceEvent<T>,
    context: Context,
  ) => Transition;
};

export function initialState(now: number): InstanceState {
  return {
    wanted: { running: false, release: null, generation: 0 },
    phase: { name: 'stopped' },
    reason: 'not started yet',
    since: now,
    crashes: 0,
    failures: 0,
    restarts: { crash: 0, forced: 0 },
    lastExit: null,
  };
}

/** The life of an instance: pure, so that every order of events can be tried without a process. */
export function advance<T extends InstanceEvent['type']>(
  state: InstanceState,
  event: InstanceEvent<T>,
  context: Context,
): Transition {
  return transitions[event.type](state, event, context);
}

const transitions: Transitions = {
  wanted(state, { wanted, reason, isScheduled }, { now }) {
    const { phase } = state;
    const next = { ...state, wanted };
    switch (phase.name) {
      // What was begun is finished first; then what is wanted is looked at again.
      case 'launching':
      case 'stopping':
        return withoutEffects(next);
      case 'starting':
      case 'ready':
      case 'unready':
        return fits(phase.run, wanted)
          ? withoutEffects(next)
          : stop(next, { run: phase.run, crashed: false, ...(isScheduled && { isScheduled }), reason, now });
      case 'stopped':
      case 'backoff':
      case 'failed': {
        if (!wantsRun(wanted))
          return {
            state: { ...next, phase: { name: 'stopped' }, reason, since: now },
            effects: [{ type: 'cancel_timers' }],
          };
        const same = isSame(state.wanted, wanted);
        // What was wanted before is no reason to cut a back-off short.
        if (same && phase.name !== 'stopped') return withoutEffects(next);
        const crashes = same ? state.crashes : 0;
        return {
          state: { ...next, phase: { name: 'launching' }, reason, since: now, crashes },
          effects: [{ type: 'cancel_timers' }, { type: 'launch' }],
        };
      }
    }
  },

  adopted(state, { run, wanted }, { now }) {
    const next = { ...state, wanted };
    if (!fits(run, wanted)) {
      const reason = 'what an earlier agent had begun is finished';
      return stop(next, { run, crashed: false, reason, now });
    }
    const phase = { name: 'starting', run, mayServe: true } as const;
    return {
      state: { ...next, phase, reason: 'found running, adopted', since: now },
      effects: [{ type: 'probe', run }],
    };
  },

  launched(state, { run }, { now }) {
    if (fits(run, state.wanted))
      return {
        state: { ...state, phase: { name: 'starting', run, mayServe: false }, since: now },
        effects: [{ type: 'probe', run }],
      };
    const reason = 'what is wanted changed while it started';
    return {
      state: { ...state, phase: { name: 'stopping', run, crashed: false }, reason, since: now },
      effects: [{ type: 'stop', run }],
    };
  },

  launch_failed(state, { reason }, { now, policy }) {
    if (state.phase.name !== 'launching') return withoutEffects(state);
    if (!wantsRun(state.wanted))
      return withoutEffects({ ...state, phase: { name: 'stopped' }, reason: 'stopped', since: now });
    return backOff(
      { ...state, crashes: state.crashes + 1, failures: state.failures + 1 },
      { reason, now, policy, atLeastMs: 1000 },
    );
  },

  changed_in_place(state, { run, reason }, { now }) {
    const { phase } = state;
    if (!('run' in phase) || phase.run.id !== run.id) return withoutEffects(state);
    const isAsWanted = state.wanted.release === phase.run.release;
    const wanted = isAsWanted ? { ...state.wanted, release: run.release } : state.wanted;
    // What was begun is finished first; then what is wanted is looked at again.
    if (phase.name === 'stopping') return withoutEffects({ ...state, wanted, phase: { ...phase, run } });
    return {
      state: { ...state, wanted, phase: { name: 'starting', run, mayServe: true }, reason, since: now },
      effects: [{ type: 'cancel_timers' }, { type: 'probe', run }],
    };
  },

  ready(state, _event, { now }) {
    const { phase } = state;
    if (phase.name !== 'starting') return withoutEffects(state);
    return withoutEffects({
      ...state,
      phase: { name: 'ready', run: phase.run },
      reason: 'ready',
      since: now,
    });
  },

  ready_timeout(state, { afterMs, unanswered }, { now }) {
    const { phase } = state;
    if (phase.name !== 'starting') return withoutEffects(state);
    const asked = unanswered === null ? '' : `; ${unanswered}`;
    const reason = `not ready within ${formatDuration(afterMs)}${asked}`;
    return stop(state, { run: phase.run, crashed: true, reason, now });
  },

  ready_lost(state, { run, by, reason }, { now }) {
    const { phase } = state;
    if (phase.name !== 'ready' && phase.name !== 'unready') return withoutEffects(state);
    // Health says more than a socket does.
    const isKnown = phase.name === 'unready' && (phase.toldBy === by || by === 'sockets');
    if (isKnown || phase.run.id !== run) return withoutEffects(state);
    const unready = { name: 'unready', run: phase.run, toldBy: by } as const;
    return withoutEffects({ ...state, phase: unready, reason, since: now });
  },

  ready_again(state, { run, by }, { now }) {
    const { phase } = state;
    if (phase.name !== 'unready' || phase.toldBy !== by || phase.run.id !== run) return withoutEffects(state);
    const again = { name: 'ready', run: phase.run } as const;
    return withoutEffects({ ...state, phase: again, reason: 'ready again', since: now });
  },

  unhealthy(state, { run, reason }, { now }) {
    const { phase } = state;
    if ((phase.name !== 'ready' && phase.name !== 'unready') || phase.run.id !== run)
      return withoutEffects(state);
    return stop(state, { run: phase.run, crashed: true, reason, now });
  },

  exited(state, event, { now, policy }) {
    const { phase } = state;
    const { exit, why, lastedMs } = event;
    switch (phase.name) {
      case 'stopping': {
        const reason = phase.crashed ? state.reason : `stopped: ${state.reason}`;
        return {
          state: { ...state, lastExit: { ...exit, reason, lastedMs } },
          effects: [{ type: 'ended', run: phase.run, exit, reason }],
        };
      }
      case 'starting':
      case 'ready':
      case 'unready': {
        const reason = `ended unexpectedly (${describeExit(exit)})`;
        return crash(state, { run: phase.run, exit, why, reason, lastedMs, now, policy });
      }
      default:
        return withoutEffects(state);
    }
  },

  /** Everything that the run had started is gone. */
  cleared(state, _event, { now, policy }) {
    const { phase, reason, restarts } = state;
    if (phase.name !== 'stopping') return withoutEffects(state);
    if (!wantsRun(state.wanted)) return withoutEffects({ ...state, phase: { name: 'stopped' }, since: now });
    if (phase.crashed && fits(phase.run, state.wanted)) {
      const { lastedMs, ...exit } = state.lastExit ?? { status: null, signal: null, at: now, lastedMs: 0 };
      return crash(state, { run: phase.run, exit, why: reason, reason, lastedMs, now, policy });
    }
    const isForced = phase.run.release === state.wanted.release && !phase.isScheduled;
    return launch(
      {
        ...state,
        crashes: 0,
        restarts: isForced ? { ...restarts, forced: restarts.forced + 1 } : restarts,
      },
      { reason, now },
    );
  },

  delay_over(state, _event, { now }) {
    if (state.phase.name !== 'backoff') return withoutEffects(state);
    const why = state.reason.replace(/; started again in .*$/, '');
    return launch(state, { reason: `started again after ${why}`, now });
  },
};

function withoutEffects(state: InstanceState): Transition {
  return { state, effects: [] };
}

function launch(state: InstanceState, { reason, now }: { reason: string; now: number }): Transition {
  return {
    state: { ...state, phase: { name: 'launching' }, reason, since: now },
    effects: [{ type: 'launch' }],
  };
}

/** `crashed`: it is ended as any other, and counts as one that has ended by itself. */
function stop(
  state: InstanceState,
  {
    reason,
    now,
    ...stopped
  }: { run: Run; crashed: boolean; isScheduled?: true; reason: string; now: number },
): Transition {
  return {
    state: { ...state, phase: { name: 'stopping', ...stopped }, reason, since: now },
    effects: [{ type: 'cancel_timers' }, { type: 'stop', run: stopped.run }],
  };
}

export function wantsRun(wanted: Wanted): boolean {
  return wanted.running && wanted.release !== null && !wanted.held;
}

/** Whether a run is what is wanted. */
export function fits(run: Run, wanted: Wanted): boolean {
  return wantsRun(wanted) && run.release === wanted.release && run.generation >= wanted.generation;
}

function isSame(a: Wanted, b: Wanted): boolean {
  return a.running === b.running && a.release === b.release && a.generation === b.generation;
}
