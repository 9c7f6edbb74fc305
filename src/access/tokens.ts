import type { TokenRow } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { AccessContext } from './context.ts';
import { hashOf, newOpaque } from './opaque.ts';
import type { Grant, Principal } from './role.ts';

/** Scanners of repositories know by it what they have found. */
const PREFIX = 'slw_';
const FORM = /^slw_[A-Za-z0-9_-]{43}$/;
const NOTED_EACH_MS = 60_000;
const MAX_COUNT = 1000;

/** What programs come in with. The journal has their hashes alone. */
export class Tokens {
  private readonly context: AccessContext;

  constructor(context: AccessContext) {
    this.context = context;
  }

  /**
   * Gives the token, which is not to be seen again. `expiresMs`: from now; null: never.
   * @throws SlipwayError `failed` where there are too many
   */
  create(token: Grant & { name: string; by: string; expiresMs: number | null }): {
    token: string;
    id: number;
  } {
    const { journal, clock, moments } = this.context;
    const { name, role, apps, by, expiresMs } = token;
    this.makeRoom();
    const secret = `${PREFIX}${newOpaque()}`;
    const row = {
      ...{ hash: hashOf(secret), name, role, apps, createdAt: clock.now(), createdBy: by },
      expiresAt: expiresMs === null ? null : moments.now() + expiresMs,
      ...{ lastUsedAt: null, revokedAt: null },
    };
    const id = journal.write(`token ${name} is created`, ({ access }) => access.addToken(row));
    return { token: secret, id };
  }

  /** Whose token it is; null where it is none, or none any more. */
  whose(secret: string): Principal | null {
    if (!FORM.test(secret)) return null;
    const { journal, moments } = this.context;
    const row = journal.tables.access.tokenByHash(hashOf(secret));
    const now = moments.now();
    if (row === null || isOver(row, now)) return null;
    if (row.lastUsedAt === null || now - row.lastUsedAt >= NOTED_EACH_MS)
      journal.writeSoon(`token ${row.name} is used`, ({ access }) =>
        access.updateToken(row.id, { lastUsedAt: now }),
      );
    const { id, name, role, apps } = row;
    return { kind: 'token', name, role, apps, session: null, token: String(id) };
  }

  /** Newest first, those that are over too. */
  list(): TokenRow[] {
    return this.context.journal.tables.access.tokens();
  }

  /** Those that let somebody in. */
  alive(): TokenRow[] {
    const now = this.context.moments.now();
    return this.list().filter((row) => !isOver(row, now));
  }

  /** @throws SlipwayError `token_unknown` */
  find(id: number): TokenRow {
    const row = this.context.journal.tables.access.tokenById(id);
    if (row) return row;
    throw new SlipwayError('token_unknown', {
      message: `there is no token ${id}`,
      hint: 'nothing was changed',
      next: 'slipway token list',
    });
  }

  /** What it is used for just now ends. One that is revoked stays so. */
  revoke(id: number): TokenRow {
    const { journal, clock, ended } = this.context;
    const row = this.find(id);
    if (row.revokedAt === null)
      journal.decide(`token ${row.name} is revoked`, ({ access }) =>
        access.updateToken(id, { revokedAt: clock.now() }),
      );
    ended.emit(`token:${id}`);
    return row;
  }

  /** Where there are too many, the oldest of those that are over goes. */
  private makeRoom(): void {
    const { journal, moments } = this.context;
    const all = this.list();
    if (all.length < MAX_COUNT) return;
    const oldest = all.findLast((row) => isOver(row, moments.now()));
    if (oldest === undefined)
      throw new SlipwayError('failed', {
        message: `there are ${all.length} tokens, and no more are kept`,
        hint: 'nothing was changed',
        next: 'slipway token list   (and: slipway token revoke <id>)',
      });
    journal.write(`token ${oldest.name} is forgotten`, ({ access }) => access.removeToken(oldest.id));
  }
}

function isOver({ revokedAt, expiresAt }: TokenRow, now: number): boolean {
  return revokedAt !== null || (expiresAt !== null && now >= expiresAt);
}
