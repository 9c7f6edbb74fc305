import { implement } from '@orpc/server';
import type { Entered } from './backend-access.ts';
import type { Context } from './context.ts';
import { accessContract } from './contract-access.ts';
import { paged, pageOf } from './paging.ts';

const os = implement(accessContract).$context<Context>();

/** The secret of a session goes into the cookie, and nowhere else. */
function enter({ cookie }: Context, { step, secret }: Entered) {
  if (secret !== null) cookie(secret);
  return step;
}

/** The operations of users, sessions, tokens and audit, handed on to the backend. */
export const accessHandlers = {
  logIn: os.logIn.handler(async ({ context, input }) =>
    enter(context, await context.backend.logIn({ ...input, caller: context.caller })),
  ),
  secondFactor: os.secondFactor.handler(async ({ context, input }) =>
    enter(context, await context.backend.secondFactor({ ...input, caller: context.caller })),
  ),
  passkeyOptions: os.passkeyOptions.handler(({ context, input }) => context.backend.passkeyOptions(input)),
  passkeyLogIn: os.passkeyLogIn.handler(async ({ context, input }) =>
    enter(context, await context.backend.passkeyLogIn({ ...input, caller: context.caller })),
  ),
  lookAtInvitation: os.lookAtInvitation.handler(({ context, input }) =>
    context.backend.lookAtInvitation(input),
  ),
  acceptInvitation: os.acceptInvitation.handler(async ({ context, input }) =>
    enter(context, await context.backend.acceptInvitation({ ...input, caller: context.caller })),
  ),
  logOut: os.logOut.handler(async ({ context: { backend, caller, cookie } }) => {
    const done = await backend.logOut({ caller });
    cookie(null);
    return done;
  }),
  me: os.me.handler(({ context: { backend, caller } }) => backend.me(caller)),
  changePassword: os.changePassword.handler(async ({ context: { backend, caller, cookie }, input }) => {
    const { done, secret } = await backend.changePassword({ ...input, caller });
    cookie(secret);
    return done;
  }),
  setUpTotp: os.setUpTotp.handler(({ context: { backend, caller } }) => backend.setUpTotp(caller)),
  confirmTotp: os.confirmTotp.handler(({ context: { backend, caller }, input }) =>
    backend.confirmTotp({ ...input, caller }),
  ),
  removeTotp: os.removeTotp.handler(({ context: { backend, caller }, input }) =>
    backend.removeTotp({ ...input, caller }),
  ),
  passkeyRegistration: os.passkeyRegistration.handler(({ context: { backend, caller } }) =>
    backend.passkeyRegistration(caller),
  ),
  addPasskey: os.addPasskey.handler(({ context: { backend, caller }, input }) =>
    backend.addPasskey({ ...input, caller }),
  ),
  removePasskey: os.removePasskey.handler(({ context: { backend, caller }, input }) =>
    backend.removePasskey({ ...input, caller }),
  ),
  sessions: os.sessions.handler(({ context: { backend, caller } }) => backend.sessions(caller)),
  endSession: os.endSession.handler(({ context: { backend, caller }, input }) =>
    backend.endSession({ ...input, caller }),
  ),
  users: os.users.handler(({ context: { backend, next }, input: { limit, before } }) => {
    const all = backend.users();
    const rest = before === null ? all : all.filter(({ user }) => user > before);
    const shown = rest.slice(0, limit ?? rest.length);
    const last = shown.at(-1);
    if (last && shown.length < rest.length) next(last.user);
    return shown;
  }),
  inviteUser: os.inviteUser.handler(({ context: { backend, caller }, input }) =>
    backend.inviteUser({ ...input, caller }),
  ),
  setUser: os.setUser.handler(({ context: { backend, caller }, input }) =>
    backend.setUser({ ...input, caller }),
  ),
  removeUser: os.removeUser.handler(({ context: { backend, caller }, input }) =>
    backend.removeUser({ ...input, caller }),
  ),
  endSessionsOf: os.endSessionsOf.handler(({ context: { backend, caller }, input }) =>
    backend.endSessionsOf({ ...input, caller }),
  ),
  tokens: os.tokens.handler(({ context: { backend, next }, input }) =>
    paged(input, {
      look: (asked) => pageOf(backend.tokens(), asked, ({ id }) => id),
      keyOf: ({ id }) => id,
      next,
    }),
  ),
  createToken: os.createToken.handler(({ context: { backend, caller }, input }) =>
    backend.createToken({ ...input, caller }),
  ),
  revokeToken: os.revokeToken.handler(({ context: { backend, caller }, input }) =>
    backend.revokeToken({ ...input, caller }),
  ),
  audit: os.audit.handler(({ context: { backend, caller, next }, input: { app, actor, ...page } }) =>
    paged(page, {
      look: (asked) => backend.audit({ app, actor, caller }, asked),
      keyOf: ({ seq }) => seq,
      next,
    }),
  ),
};
