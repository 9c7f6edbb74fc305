import * as z from 'zod';

/* Who may come in, and who did what. */

const time = z.string();

export const role = z.enum(['viewer', 'deployer', 'admin']);
export const apps = z.array(z.string()).nullable().describe('ids of apps; null: all');
const grant = { role, apps };

export const passkey = z.object({
  id: z.string(),
  name: z.string(),
  created_at: time,
  last_used_at: time.nullable(),
});

export const me = z.object({
  user: z.string(),
  kind: z.enum(['socket', 'group', 'user', 'token']),
  ...grant,
  session: z.string().nullable(),
  totp: z.boolean().describe('whether a one-time code is asked for at the log-in'),
  passkeys: z.array(passkey),
  recovery_codes_left: z.int(),
});

export const sessionStep = z.object({
  next: z.enum(['done', 'second_factor']),
  ticket: z.string().nullable().describe('what a second factor is sent with; for five minutes'),
  factors: z.array(z.enum(['totp', 'recovery', 'passkey'])).describe('those that will do'),
  me: me.nullable().describe('null until all is done'),
});

export const invitation = z.object({
  user: z.string().nullable().describe('null: whoever accepts chooses a name'),
  ...grant,
  expires_at: time,
});

export const invited = z.object({
  url: z.string().describe('lets one user in, once'),
  expires_at: time,
});

export const session = z.object({
  session: z.string().describe('what it is called here; not what the browser sends'),
  created_at: time,
  seen_at: time,
  expires_at: time,
  address: z.string().nullable(),
  agent: z.string().nullable().describe('what the browser calls itself'),
  current: z.boolean(),
});

export const user = z.object({
  user: z.string(),
  ...grant,
  created_at: time,
  last_log_in_at: time.nullable(),
  totp: z.boolean(),
  passkeys: z.int(),
  sessions: z.int(),
});

export const token = z.object({
  id: z.int(),
  name: z.string(),
  ...grant,
  created_at: time,
  created_by: z.string(),
  expires_at: time.nullable(),
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
});

export const createdToken = z.object({
  token: z.string().describe('sent as `Authorization: Bearer`; it is not to be seen again'),
  id: z.int(),
});

export const totpSetUp = z.object({
  secret: z.string().describe('in Base32, for typing it in'),
  uri: z.string().describe('otpauth:, for a QR code'),
});

export const recoveryCodes = z.object({ recovery_codes: z.array(z.string()) });

export const auditEntry = z.object({
  seq: z.int(),
  at: time,
  actor: z.string(),
  address: z.string().nullable().describe('null: on the socket of the host'),
  app: z.string().nullable(),
  action: z.string().describe('the verb'),
  subject: z.string().nullable(),
  outcome: z.enum(['begun', 'succeeded', 'failed', 'refused', 'unknown']),
  reason: z.string().nullable().describe('why it failed, was refused, or is not known'),
  before: z.record(z.string(), z.unknown()).nullable().describe('of what was changed'),
  after: z.record(z.string(), z.unknown()).nullable(),
});

export type Role = z.infer<typeof role>;
export type Me = z.infer<typeof me>;
export type SessionStep = z.infer<typeof sessionStep>;
export type Invitation = z.infer<typeof invitation>;
export type Invited = z.infer<typeof invited>;
export type Session = z.infer<typeof session>;
export type User = z.infer<typeof user>;
export type Token = z.infer<typeof token>;
export type CreatedToken = z.infer<typeof createdToken>;
export type TotpSetUp = z.infer<typeof totpSetUp>;
export type RecoveryCodes = z.infer<typeof recoveryCodes>;
export type AuditEntry = z.infer<typeof auditEntry>;
