import type { PasskeyRow, SessionRow, UserRow } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { AccessContext, From } from './context.ts';
import type { LogIns } from './log-ins.ts';
import type { Passkeys } from './passkeys.ts';
import type { Passwords } from './passwords.ts';
import type { Principal } from './role.ts';
import type { Sessions } from './sessions.ts';
import type { Totp } from './totp.ts';
import type { Users } from './users.ts';

/** So long after a log-in what lets in later may be added: whoever finds a session open cannot make himself at home. */
const FRESH_MS = 3_600_000;

interface Parts {
  users: Users;
  sessions: Sessions;
  passwords: Passwords;
  logIns: LogIns;
  totp: Totp;
  passkeys: Passkeys;
}

/** What a user does for himself. */
export class Account {
  private readonly context: AccessContext;
  private readonly parts: Parts;

  constructor(context: AccessContext, parts: Parts) {
    this.context = context;
    this.parts = parts;
  }

  /** @throws SlipwayError `forbidden` where it is no user: neither tokens nor the socket have an account */
  userOf({ kind, name }: Principal): UserRow {
    const user = kind === 'user' ? this.parts.users.byName(name) : null;
    if (user) return user;
    throw new SlipwayError('forbidden', {
      message: `${kind === 'token' ? `the token ${name}` : name} has no account: that is a user's who has logged in`,
      hint: 'nothing was done',
    });
  }

  /** Of whoever has no account, nothing. */
  look({ kind, name }: Principal): { totp: boolean; passkeys: PasskeyRow[]; recoveryCodes: number } {
    const user = kind === 'user' ? this.parts.users.byName(name) : null;
    const { access } = this.context.journal.tables;
    return {
      totp: user?.totpConfirmed ?? false,
      passkeys: user ? access.passkeysOf(user.id) : [],
      recoveryCodes: user ? access.recoveryCodes(user.id) : 0,
    };
  }

  /**
   * All of his sessions end, this one too; gives the secret of a new one in its place.
   * @throws SlipwayError `password_refused`, `login_delayed`
   */
  async changePassword(
    principal: Principal,
    { current, password, from }: { current: string; password: string; from: From },
  ): Promise<string> {
    const { journal } = this.context;
    const { passwords, sessions, users } = this.parts;
    const user = await this.proven(principal, current, from);
    passwords.check(password, user.name);
    if (password === current)
      throw new SlipwayError('password_refused', { message: 'the new password is the present one' });
    const hash = await passwords.hash(password);
    const over = sessions.alive(user.id);
    journal.decide(`${user.name} has a new password`, ({ access }) => {
      if (access.userById(user.id)?.password !== user.password) throw changedMeanwhile();
      access.updateUser(user.id, { password: hash });
      for (const { id } of over) access.removeSession(id);
    });
    sessions.tell(over);
    return sessions.open(users.find(user.name), from);
  }

  async setUpTotp(principal: Principal): Promise<{ secret: string; uri: string }> {
    return await this.parts.totp.setUp(this.fresh(principal));
  }

  async confirmTotp(principal: Principal, code: string): Promise<string[]> {
    return await this.parts.totp.confirm(this.fresh(principal), code);
  }

  /** @throws SlipwayError `password_refused`, `login_delayed` */
  async removeTotp(
    principal: Principal,
    { password, from }: { password: string; from: From },
  ): Promise<void> {
    this.parts.totp.remove(await this.proven(principal, password, from));
  }

  async passkeyRegistration(principal: Principal) {
    return await this.parts.passkeys.registration(this.fresh(principal));
  }

  async addPasskey(principal: Principal, passkey: { name: string; response: unknown }): Promise<void> {
    await this.parts.passkeys.add(this.fresh(principal), passkey);
  }

  removePasskey(principal: Principal, id: string): void {
    this.parts.passkeys.remove(this.userOf(principal), id);
  }

  sessions(principal: Principal): SessionRow[] {
    return this.parts.sessions.alive(this.userOf(principal).id);
  }

  /** @throws SlipwayError `session_unknown`, those of others too */
  endSession(principal: Principal, id: string): void {
    const found = this.sessions(principal).find((session) => String(session.id) === id);
    if (!found)
      throw new SlipwayError('session_unknown', {
        message: `there is no session ${id} of yours, or it is over`,
      });
    this.parts.sessions.end([found], `${principal.name} ends one`);
  }

  /** Who he is, after he has said his password again. Wrong ones count as those at a log-in do. */
  private async proven(principal: Principal, password: string, from: From): Promise<UserRow> {
    const { name } = this.userOf(principal);
    const user = await this.parts.logIns.byPassword({ user: name, password }, from);
    if (user) return user;
    throw new SlipwayError('password_refused', {
      message: 'the present password is not right',
      hint: 'nothing was changed',
    });
  }

  private fresh(principal: Principal): UserRow {
    const user = this.userOf(principal);
    const { sessions } = this.parts;
    const own = sessions.alive(user.id).find(({ id }) => String(id) === principal.session);
    if (own && sessions.ageOf(own) < FRESH_MS) return user;
    throw new SlipwayError('factor_refused', {
      message: 'this is done within an hour of a log-in',
      hint: 'log out and in again, and do it then',
    });
  }
}

function changedMeanwhile(): SlipwayError {
  return new SlipwayError('password_refused', { message: 'the password was changed meanwhile' });
}
