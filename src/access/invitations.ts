import type { InvitationRow, UserRow } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { AccessContext } from './context.ts';
import { hashOf, newOpaque } from './opaque.ts';
import type { Passwords } from './passwords.ts';
import type { Grant } from './role.ts';
import type { Sessions } from './sessions.ts';
import type { Users } from './users.ts';

const LIFE_MS = 3_600_000;
/** The oldest goes. */
const MAX_COUNT = 100;

export interface Asked {
  /** Null: whoever is invited chooses his name. One that is there gets a new password. */
  user: string | null;
  /** Null: of a user who is there, the one he has; of the first one `admin`; else `viewer`. */
  role: Grant['role'] | null;
  /** Null: of a user who is there, those he has; else all. */
  apps: Grant['apps'];
  by: string;
}

interface Parts {
  users: Users;
  sessions: Sessions;
  passwords: Passwords;
}

/** One-time links by which somebody becomes a user, or a user comes in again. */
export class Invitations {
  private readonly context: AccessContext;
  private readonly parts: Parts;

  constructor(context: AccessContext, parts: Parts) {
    this.context = context;
    this.parts = parts;
  }

  /**
   * Gives the secret, which is not to be seen again, and when it expires.
   * @throws SlipwayError `user_refused`
   */
  create({ user, role, apps, by }: Asked): { token: string; invitation: InvitationRow } {
    const { journal, clock, moments } = this.context;
    const { users } = this.parts;
    const present = user === null ? null : users.byName(user);
    if (user !== null && present === null) users.checkNew(user);
    const token = newOpaque();
    const row: Omit<InvitationRow, 'id'> = {
      hash: hashOf(token),
      user: present?.name ?? user,
      resets: present?.id ?? null,
      role: role ?? present?.role ?? (users.all().length === 0 ? 'admin' : 'viewer'),
      apps: apps ?? present?.apps ?? null,
      createdAt: clock.now(),
      createdBy: by,
      expiresAt: moments.now() + LIFE_MS,
    };
    const id = journal.decide(`${by} invites ${row.user ?? 'somebody'}`, ({ access }) => {
      for (const old of access.invitations().slice(MAX_COUNT - 1)) access.removeInvitation(old.id);
      return access.addInvitation(row);
    });
    return { token, invitation: { ...row, id } };
  }

  /**
   * To look spends nothing: programs that scan mail look, too.
   * @throws SlipwayError `invitation_refused`
   */
  look(token: string): InvitationRow {
    const { journal, moments } = this.context;
    const found = journal.tables.access.invitationByHash(hashOf(token));
    if (found === null) throw refused();
    if (moments.now() < found.expiresAt) return found;
    journal.decide('an invitation has expired', ({ access }) => access.removeInvitation(found.id));
    throw refused();
  }

  /**
   * The user that it makes, or lets in again. Spends it, whatever the kill: the user and the spent link are one entry.
   * @throws SlipwayError `invitation_refused`, `user_refused`, `password_refused`; it is not spent then
   */
  async accept(given: { token: string; user: string; password: string }): Promise<UserRow> {
    const { journal, clock } = this.context;
    const { users, sessions, passwords } = this.parts;
    const { id, user } = this.look(given.token);
    const name = user ?? given.user;
    if (user !== null && user.toLowerCase() !== given.user.toLowerCase())
      throw new SlipwayError('user_refused', {
        message: `the invitation is for ${user}, and for nobody else`,
        hint: 'it can still be used',
      });
    passwords.check(given.password, name);
    const password = await passwords.hash(given.password);
    // Meanwhile another one may have used it.
    const invitation = this.look(given.token);
    if (invitation.id !== id) throw refused();
    const { role, apps, resets } = invitation;
    if (resets === null) users.checkNew(name);
    const over = resets === null ? [] : sessions.alive(resets);
    const userId = journal.decide(`${name} accepts an invitation`, ({ access }) => {
      access.removeInvitation(id);
      if (resets === null)
        return access.addUser({
          ...{ name, role, apps, password, createdAt: clock.now(), lastLogInAt: null },
          ...{ totp: null, totpConfirmed: false, totpStep: 0 },
        });
      access.updateUser(resets, { role, apps, password });
      for (const session of over) access.removeSession(session.id);
      access.removeInvitationsOf(resets, name);
      return resets;
    });
    sessions.tell(over);
    return users.byId(userId) ?? unreachable();
  }
}

function refused(): SlipwayError {
  return new SlipwayError('invitation_refused', {
    message: 'this is no invitation, or one that was used already or has expired',
    hint: 'each lets one user in, within an hour',
    next: 'slipway user invite',
  });
}

function unreachable(): never {
  throw new Error('the user who was just written is not there');
}
