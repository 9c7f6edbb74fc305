import { type ReadonlySignal, signal } from '@preact/signals';
import type { Session, TotpSetUp } from '../../api/pages/index.ts';
import type { Client } from '../client/index.ts';
import { type Action, createAction } from './action.ts';
import { makePasskey } from './passkeys.ts';
import { createResource, type Resource } from './resource.ts';
import type { SessionModel } from './session.ts';
import type { Toasts } from './toasts.ts';

/** What one can change about oneself. */
export interface AccountModel {
  sessions: Resource<Session[]>;
  changePassword: Action<{ current: string; password: string }>;
  /** What an authenticator is set up with; null: nothing is being set up. */
  totp: ReadonlySignal<TotpSetUp | null>;
  setUpTotp: Action<void>;
  confirmTotp: Action<{ code: string }>;
  /** Shown once, when they are made. */
  recoveryCodes: ReadonlySignal<readonly string[] | null>;
  removeTotp: Action<{ password: string }>;
  addPasskey: Action<{ name: string }>;
  removePasskey: Action<{ passkey: string }>;
  endSession: Action<{ session: string }>;
  logOut: Action<void>;
  /** What was being set up, or was shown, is put away. */
  forget(): void;
  start(): () => void;
}

export function createAccount({
  client,
  session,
  toasts,
}: {
  client: Client;
  session: SessionModel;
  toasts: Toasts;
}): AccountModel {
  const sessions = createResource({ load: (signal) => client.sessions(undefined, { signal }) });
  const totp = signal<TotpSetUp | null>(null);
  const recoveryCodes = signal<readonly string[] | null>(null);
  const done = (text: string) => toasts.say(text, { tone: 'good' });
  /** What the agent has of us now. */
  const lookAgain = async () => session.opened(await client.me());
  return {
    sessions,
    totp,
    recoveryCodes,
    changePassword: createAction(async (given) => {
      done((await client.changePassword(given)).message);
      // All sessions have ended, this one too.
      session.noteUnauthorized();
    }),
    setUpTotp: createAction(async () => {
      totp.value = await client.setUpTotp();
    }),
    confirmTotp: createAction(async ({ code }) => {
      const { recovery_codes } = await client.confirmTotp({ code });
      totp.value = null;
      recoveryCodes.value = recovery_codes;
      await lookAgain();
    }),
    removeTotp: createAction(async (given) => {
      done((await client.removeTotp(given)).message);
      await lookAgain();
    }),
    addPasskey: createAction(async ({ name }) => {
      done((await makePasskey(client, name)).message);
      await lookAgain();
    }),
    removePasskey: createAction(async (given) => {
      done((await client.removePasskey(given)).message);
      await lookAgain();
    }),
    endSession: createAction(async (given) => {
      done((await client.endSession(given)).message);
      await sessions.refresh();
    }),
    logOut: createAction(async () => {
      await client.logOut();
      session.closed();
    }),
    forget() {
      totp.value = null;
      recoveryCodes.value = null;
    },
    start: sessions.start,
  };
}
