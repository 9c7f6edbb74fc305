import { formatDuration } from '../kernel/index.ts';
import type { InstanceEvent, InstanceState, Phase, Step, Wanted } from './instance-phase.ts';
import type { RestartPolicy } from './restart-policy.ts';
import { describeExit, type Run } from './run.ts';
import { backOff, crash } from './unexpected-end.ts';

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
  /** It is ended as any other, and counts as one that has ended by itself. */
  const stopToRestart = (run: Run, reason: string): Step => ({
    state: to({ name: 'stopping', run, crashed: true }, reason),
    effects: [{ type: 'cancel_timers' }, { type: 'stop', run }],
  });

  switch (event.type) {
    case 'wanted': {
      const next = { ...state, wanted: event.wanted };
      const same = sameWish(state.wanted, event.wanted);
      switch (phase.name) {
        case 'starting':
        case 'ready':
        case 'unready':
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
        state: to({ name: 'starting', run: event.run, mayServe: true }, 'found running, adopted'),
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
        state: to({ name: 'starting', run: event.run, mayServe: false }, state.reason),
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
        state: to({ name: 'starting', run, mayServe: true }, reason, { wanted }),
        effects: [{ type: 'cancel_timers' }, { type: 'probe', run }],
      };
    }

    case 'launch_failed': {
      if (phase.name !== 'launching') return { state, effects: [] };
      if (!wantsRun(state.wanted)) return { state: to({ name: 'stopped' }, 'stopped'), effects: [] };
      return backOff(
        { ...state, crashes: state.crashes + 1, failures: state.failures + 1 },
        { reason: event.reason, now, policy, atLeastMs: 1000 },
      );
    }

    case 'ready':
      if (phase.name !== 'starting') return { state, effects: [] };
      return { state: to({ name: 'ready', run: phase.run }, 'ready'), effects: [] };

    case 'ready_timeout': {
      if (phase.name !== 'starting') return { state, effects: [] };
      const asked = event.unanswered === null ? '' : `; ${event.unanswered}`;
      const reason = `not ready within ${formatDuration(event.afterMs)}${asked}`;
      return stopToRestart(phase.run, reason);
    }

    case 'ready_lost': {
      if (phase.name !== 'ready' && phase.name !== 'unready') return { state, effects: [] };
      // Health says more than a socket does.
      const isKnown = phase.name === 'unready' && (phase.toldBy === event.by || event.by === 'sockets');
      if (isKnown || phase.run.id !== event.run) return { state, effects: [] };
      const unready = { name: 'unready', run: phase.run, toldBy: event.by } as const;
      return { state: to(unready, event.reason), effects: [] };
    }

    case 'ready_again':
      if (phase.name !== 'unready' || phase.toldBy !== event.by || phase.run.id !== event.run)
        return { state, effects: [] };
      return { state: to({ name: 'ready', run: phase.run }, 'ready again'), effects: [] };

    case 'unhealthy':
      if ((phase.name !== 'ready' && phase.name !== 'unready') || phase.run.id !== event.run)
        return { state, effects: [] };
      return stopToRestart(phase.run, event.reason);

    case 'exited': {
      if (phase.name === 'stopping') {
        const { exit, lastedMs } = event;
        const reason = phase.crashed ? state.reason : `stopped: ${state.reason}`;
        return {
          state: { ...state, lastExit: { ...exit, reason, lastedMs } },
          effects: [{ type: 'ended', run: phase.run, exit, reason }],
        };
      }
      if (phase.name !== 'starting' && phase.name !== 'ready' && phase.name !== 'unready')
        return { state, effects: [] };
      return crash(state, {
        ...{ run: phase.run, exit: event.exit, why: event.why, lastedMs: event.lastedMs, now, policy },
        reason: `ended unexpectedly (${describeExit(event.exit)})`,
      });
    }

    // Everything that the run had started is gone.
    case 'cleared': {
      if (phase.name !== 'stopping') return { state, effects: [] };
      const forced = { ...state.restarts, forced: state.restarts.forced + 1 };
      if (!wantsRun(state.wanted)) return { state: to({ name: 'stopped' }, state.reason), effects: [] };
      if (phase.crashed && fits(phase.run, state.wanted)) {
        const { lastedMs, ...exit } = state.lastExit ?? { status: null, signal: null, at: now, lastedMs: 0 };
        const { reason } = state;
        return crash(state, { run: phase.run, exit, why: reason, reason, lastedMs, now, policy });
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
        state: to(
          { name: 'launching' },
          `started again after ${state.reason.replace(/; started again in .*$/, '')}`,
        ),
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
