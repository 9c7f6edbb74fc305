import type { AppContext } from '../deployment/index.ts';
import type { AppKey, SecretRow } from '../journal/index.ts';
import { formatSize, registerSecret, SlipwayError } from '../kernel/index.ts';
import { makeKey, readKey, seal, unseal } from '../seal/index.ts';
import { checkNames, type VariableChange } from './variables.ts';

const VALUE_MAX_BYTES = 64 * 1024;
/** What a process is started with has to fit into the kernel's limits. */
const TOTAL_MAX_BYTES = 1024 * 1024;
const MAX_COUNT = 1000;

/** Variables that every hook gets, and those that decide how a process starts at all. */
const RESERVED = new RegExp(
  `^(${[
    'APPLICATION_ROOT DEPLOYMENT_DIRECTORY RELEASE_NUMBER COMMIT_ID DEPLOY_BRANCH REPO_NAME TARGET_HOOK ENVIRONMENT_NAME',
    'APP_TYPE APP_DOMAIN PERSISTENT_STORAGE_DIRECTORY STORAGE_DIRECTORY LOG_DIRECTORY NODE_PATH COMPOSER_MEMORY_LIMIT',
    'PATH HOME USER LOGNAME SHELL PWD IFS ENV BASH_ENV LD_[A-Z0-9_]+ SLIPWAY_[A-Za-z0-9_]*',
  ]
    .join(' ')
    .replaceAll(' ', '|')})$`,
);

export type SecretContext = Pick<AppContext, 'key' | 'id' | 'journal' | 'clock' | 'dataDirectory'>;

/**
 * The secrets of one app: encrypted in the journal, in the clear only for the processes that get them. Every value that
 * passes through here is masked in everything that is told from then on.
 */
export class AppSecrets {
  private readonly context: SecretContext;
  private readonly reserved: readonly string[];

  /** `reserved`: names that Slipway itself sets for processes of this kind of app. */
  constructor(context: SecretContext, reserved: readonly string[] = []) {
    this.context = context;
    this.reserved = reserved;
  }

  /** Names, and when they were set (milliseconds since the epoch). */
  list(): { name: string; setAt: number }[] {
    return this.rows().map(({ variable, setAt }) => ({ name: variable, setAt }));
  }

  /**
   * All of them in the clear, by name.
   * @throws SlipwayError `key_mismatch` where one cannot be read: nothing may run without a secret that it counts on
   */
  all(): Record<string, string> {
    const rows = this.rows();
    if (rows.length === 0) return {};
    const key = readKey(this.context.dataDirectory);
    const values: Record<string, string> = {};
    const unreadable: SecretRow[] = [];
    for (const row of rows) {
      const value = key && unseal(key, row.value, placeOf(row));
      if (value === null) unreadable.push(row);
      else values[row.variable] = value;
      if (value !== null) registerSecret(value);
    }
    if (unreadable.length > 0) throw this.unreadable(unreadable, key === null);
    return values;
  }

  /**
   * Sets and unsets, all of it or nothing. Names to unset that are not there are no error: they are the result.
   * @throws SlipwayError `secret_invalid`, `key_mismatch`, `permission`; nothing was changed then
   */
  change(change: VariableChange): string[] {
    const { journal, clock, dataDirectory, id } = this.context;
    // First of all: what refuses the change must not show it.
    for (const value of Object.values(change.set)) registerSecret(value);
    this.check(change);
    const set = Object.entries(change.set);
    const known = new Set(this.rows().map(({ variable }) => variable));
    const missing = change.unset.filter((name) => !known.has(name));
    const unset = change.unset.filter((name) => known.has(name));
    const names = [...Object.keys(change.set), ...unset];
    if (names.length === 0) return missing;
    const key = set.length === 0 ? null : (this.keyFor(names) ?? makeKey(dataDirectory));
    const rows = set.map(([variable, value]): SecretRow => {
      const place = { ...this.context.key, variable };
      const encrypted = key ? seal(key, value, placeOf(place)) : Buffer.alloc(0);
      return { ...place, value: encrypted, setAt: clock.now() };
    });
    journal.write(`${id}: secrets ${names.join(', ')} changed`, (tables) => {
      for (const variable of unset) tables.removeSecret(this.context.key, variable);
      for (const row of rows) tables.putSecret(row);
    });
    return missing;
  }

  /**
   * The key that there is, or null where one may be made. A new value is not encrypted with a key that the others cannot
   * be read with: then both keys would be needed.
   */
  private keyFor(replaced: readonly string[]): Buffer | null {
    const { journal, dataDirectory, key: app } = this.context;
    const others = journal.tables
      .allSecrets()
      .filter((row) => !(isOf(row, app) && replaced.includes(row.variable)));
    const key = readKey(dataDirectory);
    if (others.length === 0 || (key && others.some((row) => unseal(key, row.value, placeOf(row)) !== null)))
      return key;
    throw this.unreadable(others, key === null);
  }

  private check(change: VariableChange): void {
    checkNames(change);
    const refuse = (message: string, hint = 'nothing was changed') =>
      new SlipwayError('secret_invalid', { message, hint });
    for (const [name, value] of Object.entries(change.set)) {
      if (RESERVED.test(name) || this.reserved.includes(name))
        throw refuse(`${name} is no name for a secret: it is set for every process already`);
      if (value.includes('\0'))
        throw refuse(`the value of ${name} has a NUL character: no process can be given it`);
      const bytes = Buffer.byteLength(value);
      if (bytes > VALUE_MAX_BYTES)
        throw refuse(
          `the value of ${name} is too large: ${formatSize(bytes)}, and at most ${formatSize(VALUE_MAX_BYTES)} are kept`,
          'nothing was changed; put a large one into a file in the storage directory',
        );
    }
    const sizes = new Map(this.rows().map(({ variable, value }) => [variable, value.length]));
    for (const name of change.unset) sizes.delete(name);
    for (const [name, value] of Object.entries(change.set)) sizes.set(name, Buffer.byteLength(value));
    if (sizes.size > MAX_COUNT)
      throw refuse(`${this.context.id} would have ${sizes.size} secrets; ${MAX_COUNT} are the most`);
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    if (total > TOTAL_MAX_BYTES && Object.keys(change.set).length > 0)
      throw refuse(
        `the secrets of ${this.context.id} would be larger than ${formatSize(TOTAL_MAX_BYTES)} together`,
      );
  }

  private rows(): SecretRow[] {
    return this.context.journal.tables.secrets(this.context.key);
  }

  private unreadable(rows: readonly SecretRow[], isLost: boolean): SlipwayError {
    const { id, dataDirectory, key } = this.context;
    const names = rows.map((row) =>
      isOf(row, key) ? row.variable : `${row.variable} of ${row.name} (${row.environment})`,
    );
    return new SlipwayError('key_mismatch', {
      message: `${names.length === 1 ? 'a secret' : `${names.length} secrets`} cannot be read: ${names.join(', ')}`,
      hint: `${dataDirectory}/key ${isLost ? 'is gone' : 'is not the key that they were encrypted with'}; nothing was changed`,
      next: `put ${dataDirectory}/key back from a backup; or, where there is none: slipway secret ${id} unset <name>, and set them anew`,
    });
  }
}

function isOf(row: AppKey, key: AppKey): boolean {
  return row.name === key.name && row.environment === key.environment;
}

function placeOf({ name, environment, variable }: Omit<SecretRow, 'value' | 'setAt'>): string {
  return JSON.stringify([name, environment, variable]);
}
