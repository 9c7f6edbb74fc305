import type { Statements } from './statements.ts';

/** The value that a store of secrets had for a name when it was last another one. */
export interface KnownSecretRow {
  /** Which store: its options, without credentials. */
  store: string;
  /** `name`, or `name#KEY`. */
  secret: string;
  /** Sealed with `<data>/key`. */
  value: Uint8Array;
  /** Milliseconds since the epoch. */
  readAt: number;
}

export class KnownSecretRows {
  private readonly sql: Statements;

  constructor(sql: Statements) {
    this.sql = sql;
  }

  all(): KnownSecretRow[] {
    return this.sql.all<KnownSecretRow>('SELECT * FROM known_secret ORDER BY store, secret', {});
  }

  put(row: KnownSecretRow): void {
    this.sql.insertOrReplace('known_secret', row);
  }

  remove({ store, secret }: Pick<KnownSecretRow, 'store' | 'secret'>): void {
    this.sql.run('DELETE FROM known_secret WHERE store = @store AND secret = @secret', { store, secret });
  }
}
