import type { Principal, UserView } from '../access/index.ts';
import type * as api from '../api/index.ts';
import type { AuditRow, InvitationRow, PasskeyRow, SessionRow, TokenRow } from '../journal/index.ts';
import { iso } from './present.ts';

/** Who may come in and who did what, in the shapes of the API. */
export function presentMe(
  { name, kind, role, apps, session }: Principal,
  own: { totp: boolean; passkeys: readonly PasskeyRow[]; recoveryCodes: number },
): api.Me {
  return {
    user: name,
    kind,
    role,
    apps: listOf(apps),
    session,
    totp: own.totp,
    passkeys: own.passkeys.map((passkey) => ({
      id: passkey.id,
      name: passkey.name,
      created_at: iso(passkey.createdAt),
      last_used_at: isoOrNull(passkey.lastUsedAt),
    })),
    recovery_codes_left: own.recoveryCodes,
  };
}

export function presentSession(
  { id, createdAt, seenAt, address, browser }: SessionRow,
  { expiresAt, current }: { expiresAt: number; current: string | null },
): api.Session {
  return {
    session: String(id),
    created_at: iso(createdAt),
    seen_at: iso(seenAt),
    expires_at: iso(expiresAt),
    address,
    agent: browser,
    current: String(id) === current,
  };
}

export function presentUser(user: UserView): api.User {
  return {
    user: user.name,
    role: user.role,
    apps: listOf(user.apps),
    created_at: iso(user.createdAt),
    last_log_in_at: isoOrNull(user.lastLogInAt),
    totp: user.totpConfirmed,
    passkeys: user.passkeys,
    sessions: user.sessions,
  };
}

export function presentInvitation({ user, role, apps, expiresAt }: InvitationRow): api.Invitation {
  return { user, role, apps: listOf(apps), expires_at: iso(expiresAt) };
}

export function presentToken(token: TokenRow): api.Token {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    apps: listOf(token.apps),
    created_at: iso(token.createdAt),
    created_by: token.createdBy,
    expires_at: isoOrNull(token.expiresAt),
    last_used_at: isoOrNull(token.lastUsedAt),
    revoked_at: isoOrNull(token.revokedAt),
  };
}

export function presentAudit(row: AuditRow): api.AuditEntry {
  const { seq, at, actor, address, app, action, subject, outcome, reason, before, after } = row;
  return { seq, at: iso(at), actor, address, app, action, subject, outcome, reason, before, after };
}

function listOf(apps: readonly string[] | null): string[] | null {
  return apps && [...apps];
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
