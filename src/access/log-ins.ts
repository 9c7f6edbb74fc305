import type { UserRow } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { AccessContext, From } from './context.ts';
import type { Attempt, Delays } from './delays.ts';
import { OneTime } from './one-time.ts';
import { isBcrypt, type Passwords } from './passwords.ts';
import { recoveryHash } from './recovery-codes.ts';
import type { Sessions } from './sessions.ts';
import type { Totp } from './totp.ts';
import type { Users } from './users.ts';

const TICKET_MS = 5 * 60_000;
const TICKETS_MAX = 2000;

export type Factor = 'totp' | 'recovery' | 'passkey';

/** `done`: `secret` is what his cookie is to be. `second_factor`: he comes back with the ticket and one of the factors. */
export type Step =
  | { next: 'done'; secret: string; user: UserRow }
  | { next: 'second_factor'; ticket: string; factors: Factor[] };

/** Whose password was right. Another password since makes it void. */
export interface Ticket {
  user: number;
  password: string;
}

interface Parts {
  users: Users;
  sessions: Sessions;
  passwords: Passwords;
  delays: Delays;
  totp: Totp;
}

/** How somebody comes in: by his password, and by a code where he has turned them on. */
export class LogIns {
  private readonly context: AccessContext;
  private readonly parts: Parts;
  private readonly tickets: OneTime<Ticket>;

  constructor(context: AccessContext, parts: Parts) {
    this.context = context;
    this.parts = parts;
    this.tickets = new OneTime({ clock: context.clock, lifeMs: TICKET_MS, max: TICKETS_MAX });
  }

  /** @throws SlipwayError `login_refused`, `login_delayed` */
  async logIn(given: { user: string; password: string }, from: From): Promise<Step> {
    const user = await this.byPassword(given, from);
    if (user === null) throw this.refused(given.user, from);
    if (!user.totpConfirmed) return this.letIn(user, from);
    const ticket = this.tickets.put({ user: user.id, password: user.password });
    return { next: 'second_factor', ticket, factors: this.factorsOf(user) };
  }

  /**
   * Whose ticket it is.
   * @throws SlipwayError `login_refused`
   */
  holderOf(ticket: string): UserRow {
    const held = this.tickets.look(ticket);
    const user = held && this.parts.users.byId(held.user);
    if (user && user.password === held.password) return user;
    throw new SlipwayError('login_refused', {
      message: 'the log-in has taken too long',
      hint: 'begin it anew, with user and password',
    });
  }

  /** @throws SlipwayError `login_refused`, `login_delayed`, `key_mismatch` */
  async secondFactor({ ticket, code }: { ticket: string; code: string }, from: From): Promise<Step> {
    const { delays, totp } = this.parts;
    const user = this.holderOf(ticket);
    const attempt = delays.code({ user: nameKey(user.name), address: from.address });
    const typed = code.replaceAll(/\s/g, '');
    const isRight = /^\d{6}$/.test(typed) ? await totp.spend(user, typed) : this.spendRecovery(user, typed);
    if (!isRight) throw this.refused(user.name, from, 'a wrong code');
    attempt.right();
    if (this.tickets.take(ticket) === null) throw this.refused(user.name, from, 'a ticket used twice');
    return this.letIn(user, from);
  }

  /** Who has shown who he is. The session is a new one, whatever he came with. */
  letIn(user: UserRow, from: From): Step {
    const { delays, sessions } = this.parts;
    const { audit } = this.context;
    delays.welcome({ user: nameKey(user.name), address: from.address });
    const seq = audit.begin({ ...deed(user.name, from), action: 'log in' });
    const secret = sessions.open(user, from);
    audit.end(seq, { outcome: 'succeeded' });
    return { next: 'done', secret, user };
  }

  /**
   * Who has that password, as he is known after the comparison; null where nobody is. What is not right counts.
   * @throws SlipwayError `login_delayed`
   */
  async byPassword(given: { user: string; password: string }, from: From): Promise<UserRow | null> {
    const { users, passwords, delays } = this.parts;
    const attempt: Attempt = delays.password({ user: nameKey(given.user), address: from.address });
    const all = users.all();
    const user = all.find(({ name }) => nameKey(name) === nameKey(given.user)) ?? null;
    const isRight = await passwords.isRight(given.password, {
      hash: user?.password ?? null,
      all: all.map(({ password }) => password),
    });
    // He may be gone meanwhile, or have another password.
    const now = user && users.byId(user.id);
    if (!isRight || !user || now?.password !== user.password) return null;
    attempt.right();
    return isBcrypt(now.password) ? await this.rehashed(now, given.password) : now;
  }

  /** Says nothing of whether there is such a user. What was typed for a name may be a password: it is not kept. */
  refused(name: string, from: From, why = 'a wrong password'): SlipwayError {
    this.noteRefusal(this.parts.users.byName(name)?.name ?? null, from, why);
    return new SlipwayError('login_refused', {
      message: 'user, password or code are not right',
      hint: 'which of them is not told',
      next: 'slipway user invite --user <name>   (on the host: a new password)',
    });
  }

  /** `user` null: nobody knows who it was. */
  noteRefusal(user: string | null, from: From, why: string): void {
    const deedOf = deed(user ?? 'nobody', from);
    this.context.audit.refused({ ...deedOf, action: 'log in', stranger: true }, why);
  }

  private async rehashed(user: UserRow, password: string): Promise<UserRow | null> {
    const { journal } = this.context;
    const hash = await this.parts.passwords.hash(password);
    journal.decide(`the password of ${user.name} is hashed anew`, ({ access }) => {
      if (access.userById(user.id)?.password === user.password)
        access.updateUser(user.id, { password: hash });
    });
    const now = this.parts.users.byId(user.id);
    return now?.password === hash ? now : null;
  }

  private factorsOf(user: UserRow): Factor[] {
    const { access } = this.context.journal.tables;
    return [
      'totp',
      ...(access.recoveryCodes(user.id) > 0 ? (['recovery'] as const) : []),
      ...(access.passkeysOf(user.id).length > 0 ? (['passkey'] as const) : []),
    ];
  }

  private spendRecovery(user: UserRow, code: string): boolean {
    return this.context.journal.decide(`${user.name} uses a recovery code`, ({ access }) =>
      access.spendRecoveryCode(user.id, recoveryHash(code)),
    );
  }
}

/** Names in upper and lower case are the same. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

function deed(actor: string, { address }: From) {
  return { actor, address, app: null, subject: actor };
}
