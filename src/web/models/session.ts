import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Me, Role } from '../../api/pages/index.ts';

/** `unknown` until the agent has said who it is. */
export type SessionState = 'unknown' | 'none' | 'open' | 'ended';

export interface SessionModel {
  me: ReadonlySignal<Me | null>;
  state: ReadonlySignal<SessionState>;
  /** Whether the reader's role suffices, for an app or, where it is left out, for the whole host. */
  may(role: Role, app?: string): boolean;
  /** An answer was 401. */
  noteUnauthorized(): void;
  opened(me: Me): void;
  closed(): void;
}

const RANK: Record<Role, number> = { viewer: 0, deployer: 1, admin: 2 };

export function createSession(): SessionModel {
  const me = signal<Me | null>(null);
  const over = signal(false);
  const known = signal(false);
  const enter = (next: { isOver: boolean; who?: Me | null }) =>
    batch(() => {
      known.value = true;
      over.value = next.isOver;
      if (next.who !== undefined) me.value = next.who;
    });
  const state = computed<SessionState>(() => {
    if (me.value === null) return known.value ? 'none' : 'unknown';
    return over.value ? 'ended' : 'open';
  });
  return {
    me,
    state,
    may(role, app) {
      const who = me.value;
      if (who === null || RANK[who.role] < RANK[role]) return false;
      return who.apps === null || (app !== undefined && who.apps.includes(app));
    },
    // At once: between two of them there would be a state that never was.
    noteUnauthorized: () => enter({ isOver: true }),
    opened: (who) => enter({ isOver: false, who }),
    closed: () => enter({ isOver: false, who: null }),
  };
}
