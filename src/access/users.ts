import type { UserRow } from '../journal/index.ts';
import { nearest, SlipwayError } from '../kernel/index.ts';
import type { AccessContext } from './context.ts';
import type { Grant } from './role.ts';
import type { Sessions } from './sessions.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;
/** What the agent does is told under the first of these names, and what nobody known does under the second. */
const TAKEN = new Set(['slipway', 'nobody', 'socket']);
const MAX_COUNT = 1000;

export interface UserView extends UserRow {
  passkeys: number;
  sessions: number;
}

/** Who may log in. */
export class Users {
  private readonly context: AccessContext;
  private readonly sessions: Sessions;

  constructor(context: AccessContext, sessions: Sessions) {
    this.context = context;
    this.sessions = sessions;
  }

  all(): UserRow[] {
    return this.context.journal.tables.access.users();
  }

  list(): UserView[] {
    const { access } = this.context.journal.tables;
    return this.all().map((user) => ({
      ...user,
      passkeys: access.passkeysOf(user.id).length,
      sessions: this.sessions.alive(user.id).length,
    }));
  }

  byName(name: string): UserRow | null {
    return this.context.journal.tables.access.userByName(name);
  }

  byId(id: number): UserRow | null {
    return this.context.journal.tables.access.userById(id);
  }

  /** @throws SlipwayError `user_unknown` */
  find(name: string): UserRow {
    const user = this.byName(name);
    if (user) return user;
    const meant = nearest(
      name,
      this.all().map((each) => each.name),
    );
    throw new SlipwayError('user_unknown', {
      message: `there is no user ${name}`,
      hint: meant === null ? 'nothing was changed' : `nothing was changed; there is ${meant}`,
      next: 'slipway user list',
    });
  }

  /** @throws SlipwayError `user_refused` */
  checkNew(name: string): void {
    const refuse = (message: string) => {
      throw new SlipwayError('user_refused', { message, hint: 'nothing was changed' });
    };
    if (!NAME.test(name))
      refuse(
        'the name of a user has letters, digits, ".", "_", "@", "+" and "-", begins with one of the former two, and has 64 characters at most',
      );
    if (TAKEN.has(name.toLowerCase())) refuse(`no user can be called ${name}: the audit uses that name`);
    if (this.byName(name)) refuse(`there is a user ${name} already`);
    if (this.all().length >= MAX_COUNT) refuse(`there are ${MAX_COUNT} users, and no more are kept`);
  }

  /**
   * Changes what he may do from now on; what he has open ends, and is opened again where he still may. Links that he made or
   * was sent are spent: they would give what he has no more.
   */
  setGrant(name: string, change: { role: Grant['role'] | null; apps: Grant['apps'] | undefined }): UserRow {
    const { journal } = this.context;
    const user = this.find(name);
    const { role, apps } = change;
    journal.decide(`user ${user.name} is changed`, ({ access }) => {
      access.updateUser(user.id, {
        ...(role === null ? {} : { role }),
        ...(apps === undefined ? {} : { apps }),
      });
      access.removeInvitationsOf(user.id, user.name);
    });
    this.sessions.tell(this.sessions.alive(user.id));
    return this.find(name);
  }

  remove(name: string): UserRow {
    const { journal } = this.context;
    const user = this.find(name);
    const open = this.sessions.alive(user.id);
    journal.decide(`user ${user.name} is removed`, ({ access }) => {
      access.removeInvitationsOf(user.id, user.name);
      access.removeUser(user.id);
    });
    this.sessions.tell(open);
    return user;
  }
}
