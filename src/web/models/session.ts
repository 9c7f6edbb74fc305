import { computed, type ReadonlySignal, signal } from '@preact/signals';
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
    noteUnauthorized() {
      known.value = true;
      over.value = true;
    },
    opened(who) {
      known.value = true;
      over.value = false;
      me.value = who;
    },
    closed() {
      known.value = true;
      over.value = false;
      me.value = null;
    },
  };
}
