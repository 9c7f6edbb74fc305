import { oc } from '@orpc/contract';
import * as z from 'zod';
import { app, id, number, optional, page } from './contract-fields.ts';
import { routes } from './routes.ts';
import { done } from './shapes.ts';
import * as shapes from './shapes-access.ts';

/* Log-in, users, tokens, audit. What lies below /session/ needs neither a session nor a token. */

const MAX_TOKEN_MS = 10 * 365 * 86_400_000;

const name = z.string().min(1).max(64);
const password = z.string().min(1).max(1024);
const opaque = z.string().min(1).max(200);
const apps = z.array(app).min(1).max(200);
/** What a browser's WebAuthn gives; it is checked as a whole when it is verified. */
const response = z.looseObject({ id: z.string().max(2000) });
const ofUser = z.object({ user: name });
const session = { tags: ['session'] };
const account = { tags: ['account'] };
const users = { tags: ['users'] };
const tokens = { tags: ['tokens'] };

export const accessContract = {
  logIn: oc
    .route({ ...routes.logIn, summary: 'Logs in; what comes next, or a session as a cookie', ...session })
    .input(z.object({ user: z.string().min(1).max(200), password }))
    .output(shapes.sessionStep),
  secondFactor: oc
    .route({ ...routes.secondFactor, summary: 'Completes a log-in by a code', ...session })
    .input(z.object({ ticket: opaque, code: z.string().min(1).max(100) }))
    .output(shapes.sessionStep),
  passkeyOptions: oc
    .route({ ...routes.passkeyOptions, summary: 'What a browser logs in by with a passkey', ...session })
    .input(z.object({ ticket: optional(opaque) }))
    .output(z.looseObject({})),
  passkeyLogIn: oc
    .route({ ...routes.passkeyLogIn, summary: 'Logs in, or completes a log-in, by a passkey', ...session })
    .input(z.object({ response, ticket: optional(opaque) }))
    .output(shapes.sessionStep),
  lookAtInvitation: oc
    .route({ ...routes.lookAtInvitation, summary: 'Whom an invitation lets in; spends nothing', ...session })
    .input(z.object({ token: opaque }))
    .output(shapes.invitation),
  acceptInvitation: oc
    .route({ ...routes.acceptInvitation, summary: 'Makes the user, and logs in', ...session })
    .input(z.object({ token: opaque, user: z.string().min(1).max(200), password }))
    .output(shapes.sessionStep),
  logOut: oc.route({ ...routes.logOut, summary: 'Ends the session', ...session }).output(done),
  me: oc.route({ ...routes.me, summary: 'Who asks, and what he may do', ...account }).output(shapes.me),
  changePassword: oc
    .route({ ...routes.changePassword, summary: 'Another password; all sessions end', ...account })
    .input(z.object({ current: password, password }))
    .output(done),
  setUpTotp: oc
    .route({ ...routes.setUpTotp, summary: 'A seed for one-time codes; nothing is on yet', ...account })
    .output(shapes.totpSetUp),
  confirmTotp: oc
    .route({ ...routes.confirmTotp, summary: 'Turns one-time codes on, by the first of them', ...account })
    .input(z.object({ code: z.string().min(1).max(100) }))
    .output(shapes.recoveryCodes),
  removeTotp: oc
    .route({ ...routes.removeTotp, summary: 'Turns one-time codes off', ...account })
    .input(z.object({ password }))
    .output(done),
  passkeyRegistration: oc
    .route({ ...routes.passkeyRegistration, summary: 'What a browser makes a passkey by', ...account })
    .output(z.looseObject({})),
  addPasskey: oc
    .route({ ...routes.addPasskey, summary: 'Adds a passkey', ...account })
    .input(z.object({ name, response }))
    .output(done),
  removePasskey: oc
    .route({ ...routes.removePasskey, summary: 'Removes a passkey', ...account })
    .input(z.object({ passkey: z.string().min(1).max(2000) }))
    .output(done),
  sessions: oc
    .route({ ...routes.sessions, summary: 'Your own sessions, newest first', ...account })
    .output(z.array(shapes.session)),
  endSession: oc
    .route({ ...routes.endSession, summary: 'Ends a session of your own', ...account })
    .input(z.object({ session: z.string().min(1).max(20) }))
    .output(done),
  users: oc
    .route({ ...routes.users, summary: 'Who may log in, by name', ...users })
    .input(
      z
        .object({ limit: page.limit, before: optional(name).describe('only those whose name comes after') })
        .prefault({}),
    )
    .output(z.array(shapes.user)),
  inviteUser: oc
    .route({ ...routes.inviteUser, summary: 'A link that lets one user in, within an hour', ...users })
    .input(
      z.object({
        user: optional(name).describe('one that is there gets a new password, and his sessions end'),
        role: optional(shapes.role).describe('without it, admin for the first user, else viewer'),
        apps: apps
          .nullish()
          .transform((given) => given ?? null)
          .describe('without it, all'),
      }),
    )
    .output(shapes.invited),
  setUser: oc
    .route({ ...routes.setUser, summary: 'Changes what a user may do', ...users })
    .input(ofUser.extend({ role: optional(shapes.role), apps: apps.nullish().describe('null: all') }))
    .output(done),
  removeUser: oc
    .route({ ...routes.removeUser, summary: 'Removes a user, and ends his sessions', ...users })
    .input(ofUser)
    .output(done),
  endSessionsOf: oc
    .route({ ...routes.endSessionsOf, summary: 'Ends all sessions of a user', ...users })
    .input(ofUser)
    .output(done),
  tokens: oc
    .route({ ...routes.tokens, summary: 'API tokens, newest first', ...tokens })
    .input(z.object(page).prefault({}))
    .output(z.array(shapes.token)),
  createToken: oc
    .route({ ...routes.createToken, summary: 'Makes an API token', ...tokens })
    .input(
      z.object({
        name: z
          .string()
          .regex(
            /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/,
            'must be letters, digits, and . _ @ + - after the first',
          ),
        role: shapes.role,
        apps: apps
          .nullish()
          .transform((given) => given ?? null)
          .describe('without it, all'),
        expires_ms: optional(number.int().min(1000).max(MAX_TOKEN_MS)).describe(
          'from now; without it, never',
        ),
      }),
    )
    .output(shapes.createdToken),
  revokeToken: oc
    .route({ ...routes.revokeToken, summary: 'Revokes an API token', ...tokens })
    .input(z.object({ token: id }))
    .output(done),
  audit: oc
    .route({ ...routes.audit, summary: 'Who did what, newest first', tags: ['audit'] })
    .input(
      z.object({
        app: optional(app),
        actor: optional(z.string().min(1).max(200)),
        limit: number.int().min(1).max(1000).default(100),
        before: optional(id).describe('only entries with a lower seq'),
      }),
    )
    .output(z.array(shapes.auditEntry)),
};
