import type { Statements } from './statements.ts';

type Role = 'viewer' | 'deployer' | 'admin';

/** What somebody may do. Apps by id; null: all. */
interface Grant {
  role: Role;
  apps: readonly string[] | null;
}

/** Times in all rows: milliseconds since the epoch. */
export interface UserRow extends Grant {
  id: number;
  name: string;
  /** A hash of argon2id, or of bcrypt until the first log-in. */
  password: string;
  createdAt: number;
  lastLogInAt: number | null;
  /** The sealed seed of one-time codes. */
  totp: Uint8Array | null;
  /** Whether a code was shown to be right once: only then one is asked for. */
  totpConfirmed: boolean;
  /** The last time step whose code was used. */
  totpStep: number;
}

export interface SessionRow {
  id: number;
  hash: string;
  /** Id of its user. */
  user: number;
  createdAt: number;
  seenAt: number;
  expiresAt: number;
  address: string | null;
  browser: string | null;
}

export interface TokenRow extends Grant {
  id: number;
  hash: string;
  name: string;
  createdAt: number;
  createdBy: string;
  expiresAt: number | null;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

export interface InvitationRow extends Grant {
  id: number;
  hash: string;
  /** The name that the user is to have; null: he chooses. */
  user: string | null;
  /** Id of the user who gets a new password by it; null: it makes a new one. */
  resets: number | null;
  createdAt: number;
  createdBy: string;
  expiresAt: number;
}

export interface PasskeyRow {
  /** Of the credential, in base64url. */
  id: string;
  user: number;
  name: string;
  publicKey: Uint8Array;
  counter: number;
  transports: readonly string[];
  createdAt: number;
  lastUsedAt: number | null;
}

/** Users, and what they and others come in with. */
export class AccessRows {
  private readonly sql: Statements;

  constructor(sql: Statements) {
    this.sql = sql;
  }

  users(): UserRow[] {
    return this.sql.all<UserRow>('SELECT * FROM user ORDER BY name', {});
  }

  /** Upper and lower case are the same. */
  userByName(name: string): UserRow | null {
    return this.sql.one<UserRow>('SELECT * FROM user WHERE name = @name', { name });
  }

  userById(id: number): UserRow | null {
    return this.sql.one<UserRow>('SELECT * FROM user WHERE id = @id', { id });
  }

  /** Gives the new user's id. */
  addUser(row: Omit<UserRow, 'id'>): number {
    return Number(this.sql.insert('user', row).lastInsertRowid);
  }

  updateUser(id: number, change: Partial<Omit<UserRow, 'id'>>): void {
    this.sql.update('user', 'id = @id', { key: { id }, change });
  }

  /** With his sessions, passkeys and recovery codes. */
  removeUser(id: number): void {
    this.sql.run('DELETE FROM user WHERE id = @id', { id });
  }

  sessionByHash(hash: string): SessionRow | null {
    return this.sql.one<SessionRow>('SELECT * FROM session WHERE hash = @hash', { hash });
  }

  /** Newest first. */
  sessionsOf(user: number): SessionRow[] {
    return this.sql.all<SessionRow>('SELECT * FROM session WHERE user = @user ORDER BY id DESC', { user });
  }

  sessions(): SessionRow[] {
    return this.sql.all<SessionRow>('SELECT * FROM session ORDER BY id DESC', {});
  }

  addSession(row: Omit<SessionRow, 'id'>): number {
    return Number(this.sql.insert('session', row).lastInsertRowid);
  }

  updateSession(id: number, change: Pick<SessionRow, 'seenAt'>): void {
    this.sql.update('session', 'id = @id', { key: { id }, change });
  }

  removeSession(id: number): void {
    this.sql.run('DELETE FROM session WHERE id = @id', { id });
  }

  tokenByHash(hash: string): TokenRow | null {
    return this.sql.one<TokenRow>('SELECT * FROM token WHERE hash = @hash', { hash });
  }

  tokenById(id: number): TokenRow | null {
    return this.sql.one<TokenRow>('SELECT * FROM token WHERE id = @id', { id });
  }

  /** Newest first. */
  tokens(): TokenRow[] {
    return this.sql.all<TokenRow>('SELECT * FROM token ORDER BY id DESC', {});
  }

  addToken(row: Omit<TokenRow, 'id'>): number {
    return Number(this.sql.insert('token', row).lastInsertRowid);
  }

  updateToken(id: number, change: Partial<Pick<TokenRow, 'lastUsedAt' | 'revokedAt'>>): void {
    this.sql.update('token', 'id = @id', { key: { id }, change });
  }

  removeToken(id: number): void {
    this.sql.run('DELETE FROM token WHERE id = @id', { id });
  }

  invitationByHash(hash: string): InvitationRow | null {
    return this.sql.one<InvitationRow>('SELECT * FROM invitation WHERE hash = @hash', { hash });
  }

  /** Newest first. */
  invitations(): InvitationRow[] {
    return this.sql.all<InvitationRow>('SELECT * FROM invitation ORDER BY id DESC', {});
  }

  addInvitation(row: Omit<InvitationRow, 'id'>): number {
    return Number(this.sql.insert('invitation', row).lastInsertRowid);
  }

  /** Those for a user, and those that he made. */
  removeInvitationsOf(user: number, name: string): void {
    this.sql.run('DELETE FROM invitation WHERE resets = @user OR created_by = @name', { user, name });
  }

  removeInvitation(id: number): void {
    this.sql.run('DELETE FROM invitation WHERE id = @id', { id });
  }

  /** Whether a password hash of the environment is new; it is not from then on. */
  addGivenPassword(hash: string): boolean {
    return this.sql.run('INSERT OR IGNORE INTO given_password (hash) VALUES (@hash)', { hash }).changes > 0;
  }

  passkeysOf(user: number): PasskeyRow[] {
    return this.sql.all<PasskeyRow>('SELECT * FROM passkey WHERE user = @user ORDER BY created_at, id', {
      user,
    });
  }

  passkey(id: string): PasskeyRow | null {
    return this.sql.one<PasskeyRow>('SELECT * FROM passkey WHERE id = @id', { id });
  }

  addPasskey(row: PasskeyRow): void {
    this.sql.insert('passkey', row);
  }

  updatePasskey(id: string, change: Pick<PasskeyRow, 'counter' | 'lastUsedAt'>): void {
    this.sql.update('passkey', 'id = @id', { key: { id }, change });
  }

  removePasskey(id: string): void {
    this.sql.run('DELETE FROM passkey WHERE id = @id', { id });
  }

  /** How many recovery codes are left. */
  recoveryCodes(user: number): number {
    const sql = 'SELECT count(*) AS count FROM recovery_code WHERE user = @user';
    return this.sql.one<{ count: number }>(sql, { user })?.count ?? 0;
  }

  replaceRecoveryCodes(user: number, hashes: readonly string[]): void {
    this.sql.run('DELETE FROM recovery_code WHERE user = @user', { user });
    for (const hash of hashes) this.sql.insert('recovery_code', { user, hash });
  }

  /** Whether there was that code; there is not from then on. */
  spendRecoveryCode(user: number, hash: string): boolean {
    return (
      this.sql.run('DELETE FROM recovery_code WHERE user = @user AND hash = @hash', { user, hash }).changes >
      0
    );
  }
}
