import type { Access, From, Step } from '../../access/index.ts';
import type { Backend, Caller, Entered, Me } from '../../api/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { addressForPeople } from '../address.ts';
import type { Apps } from '../apps.ts';
import { iso } from '../present.ts';
import { presentInvitation, presentMe, presentToken, presentUser } from '../present-access.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<
  Backend,
  | 'logIn'
  | 'secondFactor'
  | 'passkeyOptions'
  | 'passkeyLogIn'
  | 'lookAtInvitation'
  | 'acceptInvitation'
  | 'logOut'
  | 'users'
  | 'inviteUser'
  | 'setUser'
  | 'removeUser'
  | 'endSessionsOf'
  | 'tokens'
  | 'createToken'
  | 'revokeToken'
>;

/** Who may come in: log-in, users, tokens. */
export function accessOperations({ access, apps }: HostOptions): Operations {
  return {
    logIn: async ({ user, password, caller }) =>
      entered(access, await access.logIn({ user, password }, fromOf(caller))),
    secondFactor: async ({ ticket, code, caller }) =>
      entered(access, await access.secondFactor({ ticket, code }, fromOf(caller))),
    passkeyOptions: async ({ ticket }) => ({ ...(await access.passkeyOptions(ticket)) }),
    passkeyLogIn: async ({ response, ticket, caller }) =>
      entered(access, await access.passkeyLogIn({ response, ticket }, fromOf(caller))),
    lookAtInvitation: ({ token }) => presentInvitation(access.invitations.look(token)),
    acceptInvitation: async ({ token, user, password, caller }) =>
      entered(access, await access.acceptInvitation({ token, user, password }, fromOf(caller))),
    async logOut({ caller }) {
      access.logOut(caller.principal, fromOf(caller));
      return { message: 'the session is over' };
    },
    users: () => access.users.list().map(presentUser),
    async inviteUser({ user, role, apps: names, caller }) {
      const base = addressForPeople(apps.inForce);
      if (base === null) throw servedNowhere();
      const asked = { user, role, apps: idsOf(apps, names), by: caller.principal.name };
      const { token, invitation } = access.invitations.create(asked);
      return { url: `${base}/invitation#${token}`, expires_at: iso(invitation.expiresAt) };
    },
    async setUser({ user, role, apps: names }) {
      const change = { role, apps: names === undefined ? undefined : idsOf(apps, names) };
      const now = access.users.setGrant(user, change);
      return { message: `${now.name} is ${now.role} of ${appsText(now.apps)} now` };
    },
    async removeUser({ user }) {
      const { name } = access.users.remove(user);
      const left = access.tokens.alive().filter(({ createdBy }) => createdBy === name);
      const warning = left.map(
        ({ id, name: of }) => `token ${of} that ${name} made still lets in: slipway token revoke ${id}`,
      );
      return { message: [`${name} is removed, and his sessions are over`, ...warning].join('\n') };
    },
    async endSessionsOf({ user }) {
      const { name, count } = access.endSessionsOf(user);
      return { message: count === 0 ? `${name} has no session` : `${count} sessions of ${name} are over` };
    },
    tokens: () => access.tokens.list().map(presentToken),
    createToken: async ({ name, role, apps: names, expires_ms: expiresMs, caller }) =>
      access.tokens.create({ name, role, apps: idsOf(apps, names), by: caller.principal.name, expiresMs }),
    async revokeToken({ token }) {
      const { name } = access.tokens.revoke(token);
      return { message: `token ${name} (${token}) is revoked` };
    },
  };
}

/** What an account looks like, and nothing of it where somebody has none. */
export function meOf(access: Access, caller: Pick<Caller, 'principal'>): Me {
  return presentMe(caller.principal, access.account.look(caller.principal));
}

export function fromOf({ address, browser }: Caller): From {
  return { address, browser };
}

function entered(access: Access, step: Step): Entered {
  if (step.next === 'second_factor') {
    const { next, ticket, factors } = step;
    return { step: { next, ticket, factors, me: null }, secret: null };
  }
  const { next, secret } = step;
  const principal = access.authenticate({ session: secret });
  const me = principal && meOf(access, { principal });
  return { step: { next, ticket: null, factors: [], me }, secret };
}

/** Ids of apps that are configured: a name that is none would let to an app that comes later. */
function idsOf(apps: Apps, names: readonly string[] | null): string[] | null {
  return names && [...new Set(names.map((name) => apps.find(name).context.id))];
}

function appsText(ids: readonly string[] | null): string {
  return ids === null ? 'all apps' : ids.join(', ');
}

function servedNowhere(): SlipwayError {
  return new SlipwayError('config_invalid', {
    message: 'nobody can be invited: the pages are served nowhere, for "listen" is null',
    hint: 'nothing was changed',
    next: 'set listen: 127.0.0.1:5001 in the configuration, and start the agent anew',
  });
}
