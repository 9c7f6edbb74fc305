import type { SessionRow, UserRow } from '../journal/index.ts';
import { safeText } from '../kernel/index.ts';
import type { AccessContext, From } from './context.ts';
import { hashOf, newOpaque } from './opaque.ts';
import type { Principal } from './role.ts';

/** Nobody has used it for so long. */
const IDLE_MS = 24 * 3_600_000;
const LIFE_MS = 14 * 24 * 3_600_000;
const NOTED_EACH_MS = 60_000;
/** Of one user; the oldest ends. */
const MAX_COUNT = 50;
const TOLD = { maxLength: 200 };

/** Who has logged in, where, until when. The journal has hashes of their secrets alone. */
export class Sessions {
  private readonly context: AccessContext;

  constructor(context: AccessContext) {
    this.context = context;
  }

  /** Always with a new secret, so that nobody knows one from before. Gives the secret. A full disk does not refuse it. */
  open(user: UserRow, from: From): string {
    const { journal, clock, moments } = this.context;
    const secret = newOpaque();
    const at = clock.now();
    const over = this.alive(user.id).slice(MAX_COUNT - 1);
    journal.decide(`${user.name} logs in`, ({ access }) => {
      for (const { id } of over) access.removeSession(id);
      access.addSession({
        hash: hashOf(secret),
        user: user.id,
        createdAt: at,
        seenAt: moments.now(),
        expiresAt: moments.now() + LIFE_MS,
        address: from.address,
        browser: from.browser === null ? null : safeText(from.browser, TOLD),
      });
      access.updateUser(user.id, { lastLogInAt: at });
    });
    this.tell(over);
    return secret;
  }

  /** Whose secret it is; null where it is nobody's any more. */
  whose(secret: string): Principal | null {
    const { journal, moments } = this.context;
    const session = journal.tables.access.sessionByHash(hashOf(secret));
    if (session === null) return null;
    const user = journal.tables.access.userById(session.user);
    if (user === null) return null;
    const now = moments.now();
    if (isOver(session, now)) {
      this.end([session], 'it has expired');
      return null;
    }
    if (now - session.seenAt >= NOTED_EACH_MS)
      journal.writeSoon(`${user.name} is seen`, ({ access }) =>
        access.updateSession(session.id, { seenAt: now }),
      );
    const { name, role, apps } = user;
    return { kind: 'user', name, role, apps, session: String(session.id), token: null };
  }

  /** Newest first. */
  alive(user: number): SessionRow[] {
    const now = this.context.moments.now();
    return this.context.journal.tables.access.sessionsOf(user).filter((each) => !isOver(each, now));
  }

  ageOf({ expiresAt }: SessionRow): number {
    return this.context.moments.now() - (expiresAt - LIFE_MS);
  }

  /** When it ends if nobody uses it from now on. */
  expiryOf({ seenAt, expiresAt }: SessionRow): number {
    return Math.min(seenAt + IDLE_MS, expiresAt);
  }

  end(sessions: readonly SessionRow[], why: string): void {
    if (sessions.length === 0) return;
    this.context.journal.decide(`sessions end: ${why}`, ({ access }) => {
      for (const { id } of sessions) access.removeSession(id);
    });
    this.tell(sessions);
  }

  /** What hangs on them ends, or is looked at anew. */
  tell(sessions: readonly SessionRow[]): void {
    for (const { id } of sessions) this.context.ended.emit(String(id));
  }

  /** What has expired is forgotten for good: a clock that is set back does not bring it again. */
  sweep(): void {
    const now = this.context.moments.now();
    const over = this.context.journal.tables.access.sessions().filter((each) => isOver(each, now));
    this.end(over, 'they have expired');
  }
}

function isOver({ seenAt, expiresAt }: SessionRow, now: number): boolean {
  return now >= expiresAt || now >= seenAt + IDLE_MS;
}
