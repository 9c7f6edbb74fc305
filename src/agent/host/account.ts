import type { Backend } from '../../api/index.ts';
import { presentAudit, presentSession } from '../present-access.ts';
import { fromOf, meOf } from './access.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<
  Backend,
  | 'me'
  | 'changePassword'
  | 'setUpTotp'
  | 'confirmTotp'
  | 'removeTotp'
  | 'passkeyRegistration'
  | 'addPasskey'
  | 'removePasskey'
  | 'sessions'
  | 'endSession'
  | 'audit'
>;

/** What a user does for himself, and who did what. */
export function accountOperations({ access, apps }: HostOptions): Operations {
  const { account } = access;
  return {
    me: (caller) => meOf(access, caller),
    async changePassword({ current, password, caller }) {
      const from = fromOf(caller);
      const secret = await account.changePassword(caller.principal, { current, password, from });
      return { done: { message: 'the password is changed, and all other sessions are over' }, secret };
    },
    setUpTotp: async ({ principal }) => await account.setUpTotp(principal),
    confirmTotp: async ({ code, caller }) => ({
      recovery_codes: await account.confirmTotp(caller.principal, code),
    }),
    async removeTotp({ password, caller }) {
      await account.removeTotp(caller.principal, { password, from: fromOf(caller) });
      return { message: 'one-time codes are off' };
    },
    passkeyRegistration: async ({ principal }) => ({ ...(await account.passkeyRegistration(principal)) }),
    async addPasskey({ name, response, caller }) {
      await account.addPasskey(caller.principal, { name, response });
      return { message: `the passkey ${name} is added` };
    },
    async removePasskey({ passkey, caller }) {
      account.removePasskey(caller.principal, passkey);
      return { message: 'the passkey is removed' };
    },
    sessions: ({ principal }) =>
      account
        .sessions(principal)
        .map((row) =>
          presentSession(row, { expiresAt: access.sessions.expiryOf(row), current: principal.session }),
        ),
    async endSession({ session, caller }) {
      account.endSession(caller.principal, session);
      return { message: `session ${session} is over` };
    },
    audit: ({ app, actor, caller }, { limit, before }) =>
      access.audit
        .list({
          app:
            app === null
              ? null
              : (apps.all().find(({ context }) => context.id === app || context.key.name === app)?.context
                  .id ?? app),
          apps: caller.principal.apps,
          actor,
          limit: limit ?? 1000,
          before,
        })
        .map(presentAudit),
  };
}
