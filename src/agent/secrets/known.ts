import type { Journal } from '../../journal/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { makeKey, readKey, seal, unseal } from '../../seal/index.ts';

export interface KnownValue {
  value: string;
  /** When it was read first, in milliseconds since the epoch. */
  readAt: number;
}

interface KnownContext {
  journal: Journal;
  clock: Clock;
  dataDirectory: string;
}

/**
 * The values that secrets of a store had last, sealed in the journal: an agent that starts while the store is down goes on
 * with them. What is in force is here first.
 */
export class KnownSecrets {
  private readonly context: KnownContext;

  constructor(context: KnownContext) {
    this.context = context;
  }

  /** Those of a store, by name. What cannot be unsealed is not known: it is read anew. */
  of(store: string): Map<string, KnownValue> {
    const { journal, dataDirectory } = this.context;
    const rows = journal.tables.knownSecrets.all().filter((row) => row.store === store);
    const key = rows.length === 0 ? null : readKey(dataDirectory);
    return new Map(
      rows.flatMap(({ secret, value, readAt }) => {
        const text = key && unseal(key, value, placeOf(store, secret));
        return text === null ? [] : [[secret, { value: text, readAt }]];
      }),
    );
  }

  /**
   * Records what is in force from here on, and takes away what no app names any more.
   * @throws SlipwayError `key_mismatch`, `permission`, and what the journal throws; nothing was recorded then
   */
  keep(store: string | null, values: ReadonlyMap<string, string>): void {
    const { journal, clock, dataDirectory } = this.context;
    const known = store === null ? new Map<string, KnownValue>() : this.of(store);
    const changed = [...values].filter(([secret, value]) => known.get(secret)?.value !== value);
    const surplus = journal.tables.knownSecrets
      .all()
      .filter((row) => row.store !== store || !values.has(row.secret));
    if (changed.length === 0 && surplus.length === 0) return;
    const key = changed.length === 0 ? null : (readKey(dataDirectory) ?? this.newKey());
    const readAt = clock.now();
    journal.write('secrets of the configuration', ({ knownSecrets }) => {
      for (const row of surplus) knownSecrets.remove(row);
      for (const [secret, value] of changed)
        if (store !== null && key !== null)
          knownSecrets.put({ store, secret, value: seal(key, value, placeOf(store, secret)), readAt });
    });
  }

  /** Null where others were sealed with one that is gone: two would be needed then, and these can be read anew. */
  private newKey(): Buffer | null {
    const { journal, dataDirectory } = this.context;
    return journal.tables.allSecrets().length > 0 ? null : makeKey(dataDirectory);
  }
}

function placeOf(store: string, secret: string): string {
  return JSON.stringify(['secret of a store', store, secret]);
}
