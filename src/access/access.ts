import type { Journal, UserRow } from '../journal/index.ts';
import { type Clock, Event } from '../kernel/index.ts';
import { makeKeyFrom } from '../seal/index.ts';
import { Account } from './account.ts';
import { Audit } from './audit.ts';
import type { AccessContext, From } from './context.ts';
import { Delays } from './delays.ts';
import { makeGivenAdmin } from './given-admin.ts';
import { Invitations } from './invitations.ts';
import { LogIns, type Step } from './log-ins.ts';
import { Moments } from './moments.ts';
import { Passkeys, type RelyingParty } from './passkeys.ts';
import { Passwords } from './passwords.ts';
import type { Principal } from './role.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';
import { Totp } from './totp.ts';
import { Users } from './users.ts';

export interface AccessOptions {
  journal: Journal;
  clock: Clock;
  dataDirectory: string;
  env: NodeJS.ProcessEnv;
  relyingParty: RelyingParty;
  /** Gets what the agent's log is to say. */
  log: (message: string) => void;
}

/** What somebody came with: an API token, or the value of his cookie. */
export type Credentials = { bearer: string } | { session: string };

/** Who may come in, and who did what. */
export class Access {
  /** The id of a session, or `token:<id>`, that is over or may do something else now: what hangs on it ends. */
  readonly ended = new Event<string>();
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly users: Users;
  readonly invitations: Invitations;
  readonly account: Account;
  readonly passkeys: Passkeys;
  private readonly logIns: LogIns;
  private readonly delays: Delays;
  private readonly context: AccessContext;
  private readonly log: (message: string) => void;

  constructor({ journal, clock, dataDirectory, env, relyingParty, log }: AccessOptions) {
    this.log = log;
    this.audit = new Audit(journal, clock);
    const { ended, audit } = this;
    this.context = { journal, clock, moments: new Moments(clock), audit, ended, dataDirectory };
    this.sessions = new Sessions(this.context);
    this.tokens = new Tokens(this.context);
    this.users = new Users(this.context, this.sessions);
    this.passkeys = new Passkeys(this.context, relyingParty);
    const { users, sessions, passkeys } = this;
    const passwords = new Passwords();
    const totp = new Totp(this.context);
    this.invitations = new Invitations(this.context, { users, sessions, passwords });
    this.delays = new Delays(clock);
    const { delays } = this;
    this.logIns = new LogIns(this.context, { users, sessions, passwords, delays, totp });
    const { logIns } = this;
    this.account = new Account(this.context, { users, sessions, passwords, logIns, totp, passkeys });
    this.sessions.sweep();
    for (const line of this.begin(env)) log(line);
  }

  /** Takes what the environment would give of a store of secrets, when that is known. */
  acceptGiven(variables: Readonly<Record<string, string>>): void {
    const { DEPLOYEX_SECRET_KEY_BASE: base, DEPLOYEX_ADMIN_HASHED_PASSWORD: hash } = variables;
    const lines = [
      base ? makeKeyFrom(this.context.dataDirectory, base) : null,
      hash ? makeGivenAdmin(hash, this.context, this.users) : null,
    ];
    for (const line of lines) if (line !== null) this.log(line);
  }

  /** Null where they are nobody's, or nobody's any more. Notes their use, at most once a minute. */
  authenticate(credentials: Credentials): Principal | null {
    return 'bearer' in credentials
      ? this.tokens.whose(credentials.bearer)
      : this.sessions.whose(credentials.session);
  }

  /** @throws SlipwayError `login_refused`, `login_delayed` */
  async logIn(given: { user: string; password: string }, from: From): Promise<Step> {
    return await this.logIns.logIn(given, from);
  }

  /** @throws SlipwayError `login_refused`, `login_delayed`, `key_mismatch` */
  async secondFactor(given: { ticket: string; code: string }, from: From): Promise<Step> {
    return await this.logIns.secondFactor(given, from);
  }

  /** @throws SlipwayError `login_refused`, `factor_refused` */
  async passkeyOptions(ticket: string | null) {
    return await this.passkeys.logInOptions(this.holderOf(ticket));
  }

  /** @throws SlipwayError `login_refused`, `login_delayed`, `factor_refused` */
  async passkeyLogIn(
    { response, ticket }: { response: unknown; ticket: string | null },
    from: From,
  ): Promise<Step> {
    const holder = this.holderOf(ticket);
    const attempt = this.delays.passkey(from);
    try {
      const user = await this.passkeys.whose(response, holder);
      attempt.right();
      return this.logIns.letIn(user, from);
    } catch (error) {
      this.logIns.noteRefusal(holder?.name ?? null, from, 'a passkey');
      throw error;
    }
  }

  /**
   * Makes the user, or lets him in again with a new password, and logs him in.
   * @throws SlipwayError `invitation_refused`, `user_refused`, `password_refused`
   */
  async acceptInvitation(
    given: { token: string; user: string; password: string },
    from: From,
  ): Promise<Step> {
    const user = await this.invitations.accept(given);
    const deed = { actor: user.name, address: from.address, app: null, subject: user.name };
    this.audit.end(this.audit.begin({ ...deed, action: 'accept invitation' }), {
      outcome: 'succeeded',
      after: { role: user.role, apps: user.apps },
    });
    return this.logIns.letIn(user, from);
  }

  /** Ends the session that somebody came with; whoever has none, has nothing to end. */
  logOut({ kind, name, session }: Principal, { address }: From): void {
    const user = kind === 'user' ? this.users.byName(name) : null;
    const own = user && this.sessions.alive(user.id).find(({ id }) => String(id) === session);
    if (!own) return;
    const seq = this.audit.begin({ actor: name, address, app: null, action: 'log out', subject: name });
    this.sessions.end([own], `${name} logs out`);
    this.audit.end(seq, { outcome: 'succeeded' });
  }

  /** @throws SlipwayError `user_unknown` */
  endSessionsOf(name: string): { name: string; count: number } {
    const user = this.users.find(name);
    const open = this.sessions.alive(user.id);
    this.sessions.end(open, `all of ${user.name}`);
    return { name: user.name, count: open.length };
  }

  private holderOf(ticket: string | null): UserRow | null {
    return ticket === null ? null : this.logIns.holderOf(ticket);
  }

  /** What the environment gives, and what is to be said at the start. */
  private begin(env: NodeJS.ProcessEnv): string[] {
    const base = env.DEPLOYEX_SECRET_KEY_BASE;
    const hash = env.DEPLOYEX_ADMIN_HASHED_PASSWORD;
    return [
      base ? makeKeyFrom(this.context.dataDirectory, base) : null,
      hash ? makeGivenAdmin(hash, this.context, this.users) : null,
      this.users.all().length === 0 ? 'nobody can log in yet: slipway user invite' : null,
    ].filter((line) => line !== null);
  }
}
