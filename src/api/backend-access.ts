import type { Asked, Caller, Input } from './backend-input.ts';
import type { Page } from './paging.ts';
import type { Done } from './shapes.ts';
import type {
  AuditEntry,
  CreatedToken,
  Invitation,
  Invited,
  Me,
  RecoveryCodes,
  Session,
  SessionStep,
  Token,
  TotpSetUp,
  User,
} from './shapes-access.ts';

/** What follows a log-in; `secret`: what the cookie is to be, null where nobody is in yet. */
export interface Entered {
  step: SessionStep;
  secret: string | null;
}

/** What the agent does about users, sessions, tokens and the audit. */
export interface AccessBackend {
  logIn(asked: Asked<'logIn'>): Promise<Entered>;
  secondFactor(asked: Asked<'secondFactor'>): Promise<Entered>;
  passkeyOptions(asked: Input<'passkeyOptions'>): Promise<Record<string, unknown>>;
  passkeyLogIn(asked: Asked<'passkeyLogIn'>): Promise<Entered>;
  lookAtInvitation(asked: Input<'lookAtInvitation'>): Invitation;
  acceptInvitation(asked: Asked<'acceptInvitation'>): Promise<Entered>;
  /** Of whoever has no session, there is nothing to end. */
  logOut(asked: { caller: Caller }): Promise<Done>;
  me(caller: Caller): Me;
  /** With the secret of a new session, in the place of all that he had. */
  changePassword(asked: Asked<'changePassword'>): Promise<{ done: Done; secret: string }>;
  setUpTotp(caller: Caller): Promise<TotpSetUp>;
  confirmTotp(asked: Asked<'confirmTotp'>): Promise<RecoveryCodes>;
  removeTotp(asked: Asked<'removeTotp'>): Promise<Done>;
  passkeyRegistration(caller: Caller): Promise<Record<string, unknown>>;
  addPasskey(asked: Asked<'addPasskey'>): Promise<Done>;
  removePasskey(asked: Asked<'removePasskey'>): Promise<Done>;
  /** Newest first. */
  sessions(caller: Caller): Session[];
  endSession(asked: Asked<'endSession'>): Promise<Done>;
  users(): User[];
  inviteUser(asked: Asked<'inviteUser'>): Promise<Invited>;
  setUser(asked: Asked<'setUser'>): Promise<Done>;
  removeUser(asked: Asked<'removeUser'>): Promise<Done>;
  endSessionsOf(asked: Asked<'endSessionsOf'>): Promise<Done>;
  /** Newest first. */
  tokens(): Token[];
  createToken(asked: Asked<'createToken'>): Promise<CreatedToken>;
  revokeToken(asked: Asked<'revokeToken'>): Promise<Done>;
  /** Newest first; of the apps that the caller is let to. */
  audit(asked: Pick<Asked<'audit'>, 'app' | 'actor' | 'caller'>, page: Page): AuditEntry[];
}
