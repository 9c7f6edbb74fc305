import { type ReadonlySignal, signal } from '@preact/signals';
import type { Me, SessionStep } from '../../api/pages/index.ts';
import type { Client } from '../client/index.ts';
import { type Action, createAction } from './action.ts';
import { logInByPasskey } from './passkeys.ts';

/** The way in: a password or a passkey, and for some a second factor. */
export interface LogInModel {
  /** What will do as a second factor; null: it is not asked for yet. */
  factors: ReadonlySignal<SessionStep['factors'] | null>;
  password: Action<{ user: string; password: string }>;
  code: Action<{ code: string }>;
  passkey: Action<void>;
  /** Back to the password. */
  restart(): void;
}

export function createLogIn({ client }: { client: Client }, onDone: (me: Me) => void): LogInModel {
  const factors = signal<SessionStep['factors'] | null>(null);
  let ticket: string | null = null;
  const take = (step: SessionStep) => {
    if (step.me !== null && step.next === 'done') return onDone(step.me);
    ({ ticket } = step);
    factors.value = step.factors;
  };
  return {
    factors,
    password: createAction(async (given) => take(await client.logIn(given))),
    code: createAction(async ({ code }) => take(await client.secondFactor({ ticket: ticket ?? '', code }))),
    passkey: createAction(async () => take(await logInByPasskey(client, ticket))),
    restart() {
      ticket = null;
      factors.value = null;
    },
  };
}
