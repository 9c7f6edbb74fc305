import { fits, type InstanceState, type Wanted, wantsRun } from '../supervisor/index.ts';

/** What is wanted of a unit, and the processes that it has or is about to have. */
export interface SlotsView {
  wanted: Wanted;
  /** The one that stands for the unit: requests go to it. */
  serving: InstanceState;
  /** In the other slot: one that is to take over, or that has handed over and ends. */
  other: InstanceState | null;
  /** It is to come up, and not to take over yet. */
  isOnTrial: boolean;
  /** Asked only where it matters: whether there may be two for a while. */
  mayOverlap: () => boolean;
}

export interface SlotsDecision {
  /** What the one that serves is to be; null: it is left as it is. */
  serving: Wanted | null;
  /** The same of the other one, which is made where there is none yet. */
  other: Wanted | null;
  /** The other one takes over. */
  exchange: boolean;
}

/**
 * What becomes of the places of a unit: pure, so that every order of events can be tried without a process. One that serves is
 * ended only when its successor is ready, and never for one that does not come up; what is in the other slot and not wanted is
 * ended as soon as the one that serves is known to be ready, for after the death of an agent requests may go to either.
 */
export function decideSlots(view: SlotsView): SlotsDecision {
  const { wanted, serving, other } = view;
  if (!wantsRun(wanted)) return { serving: wanted, other: other && stopped(other), exchange: false };
  const run = runOf(serving);
  if (run !== null && fits(run, wanted)) {
    const isLookedAt = serving.phase.name === 'starting';
    return { serving: wanted, other: other && !isLookedAt ? stopped(other) : null, exchange: false };
  }
  if (view.isOnTrial)
    return { serving: null, other: other || view.mayOverlap() ? wanted : null, exchange: false };
  if (isUp(serving)) {
    if (other === null && !view.mayOverlap()) return { serving: wanted, other: null, exchange: false };
    return { serving: null, other: wanted, exchange: isReadyAs(other, wanted) };
  }
  // It has nothing to lose, unless somebody is about to take its place.
  const successor = other && runOf(other);
  if (other && successor && fits(successor, wanted))
    return { serving: null, other: wanted, exchange: isReadyAs(other, wanted) };
  return { serving: wanted, other: other && stopped(other), exchange: false };
}

function isReadyAs(state: InstanceState | null, wanted: Wanted): boolean {
  return state?.phase.name === 'ready' && fits(state.phase.run, wanted);
}

/** Requests may go to it. */
function isUp({ phase }: InstanceState): boolean {
  return phase.name === 'ready' || phase.name === 'unready' || (phase.name === 'starting' && phase.mayServe);
}

/** The run that goes on, where nobody ends it. */
function runOf({ phase }: InstanceState) {
  return phase.name === 'starting' || phase.name === 'ready' || phase.name === 'unready' ? phase.run : null;
}

function stopped({ wanted }: InstanceState): Wanted {
  return { ...wanted, running: false };
}
