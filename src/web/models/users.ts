import { type ReadonlySignal, signal } from '@preact/signals';
import type { CreatedToken, Invited, Role, Token, User } from '../../api/pages/index.ts';
import type { Client } from '../client/index.ts';
import { type Action, createAction } from './action.ts';
import { createResource, type Resource } from './resource.ts';
import type { Toasts } from './toasts.ts';

/** `apps` null: all of them. */
export interface Grant {
  role: Role;
  apps: string[] | null;
}

/** Who may come in: users, and programs by their tokens. */
export interface UsersModel {
  users: Resource<User[]>;
  tokens: Resource<Token[]>;
  invite: Action<Grant & { user: string | null }>;
  /** A link, shown until it is put away. */
  invited: ReadonlySignal<Invited | null>;
  setUser: Action<Grant & { user: string }>;
  removeUser: Action<{ user: string }>;
  endSessionsOf: Action<{ user: string }>;
  createToken: Action<Grant & { name: string; expiresMs: number | null }>;
  /** A token, which is never to be seen again. */
  created: ReadonlySignal<CreatedToken | null>;
  revokeToken: Action<{ token: number }>;
  forget(): void;
  start(): () => void;
}

export function createUsers({ client, toasts }: { client: Client; toasts: Toasts }): UsersModel {
  const users = createResource({ load: (signal) => client.users(undefined, { signal }) });
  const tokens = createResource({ load: (signal) => client.tokens(undefined, { signal }) });
  const invited = signal<Invited | null>(null);
  const created = signal<CreatedToken | null>(null);
  const changed = async (list: Resource<unknown>, message: string) => {
    toasts.say(message, { tone: 'good' });
    await list.refresh();
  };
  return {
    users,
    tokens,
    invited,
    created,
    invite: createAction(async ({ user, role, apps }) => {
      invited.value = await client.inviteUser({
        ...(user !== null && { user }),
        role,
        ...(apps !== null && { apps }),
      });
      // What is shown once is not behind the dialog that asked for it until the list has come.
      void users.refresh();
    }),
    setUser: createAction(async (given) => changed(users, (await client.setUser(given)).message)),
    removeUser: createAction(async (given) => changed(users, (await client.removeUser(given)).message)),
    endSessionsOf: createAction(async (given) => changed(users, (await client.endSessionsOf(given)).message)),
    createToken: createAction(async ({ name, role, apps, expiresMs }) => {
      created.value = await client.createToken({
        name,
        role,
        ...(apps !== null && { apps }),
        ...(expiresMs !== null && { expires_ms: expiresMs }),
      });
      void tokens.refresh();
    }),
    revokeToken: createAction(async (given) => changed(tokens, (await client.revokeToken(given)).message)),
    forget() {
      invited.value = null;
      created.value = null;
    },
    start() {
      const ends = [users.start(), tokens.start()];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
