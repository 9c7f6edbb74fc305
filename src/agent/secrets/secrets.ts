import { isDeepStrictEqual } from 'node:util';
import { AppSecrets } from '../../app/index.ts';
import { type Configuration, idOf, type Lookup, type WrittenConfiguration } from '../../config/index.ts';
import type { Journal } from '../../journal/index.ts';
import {
  type Clock,
  messageOf,
  parseSecretReference,
  registerSecret,
  SlipwayError,
} from '../../kernel/index.ts';
import {
  type Outcome,
  openStore,
  readAll,
  type Store,
  type StoreOptions,
  valueOf,
} from '../../secret/index.ts';
import { KnownSecrets, type KnownValue } from './known.ts';
import { appsOf, type SecretProblem } from './problem.ts';

export interface SecretsOptions {
  journal: Journal;
  clock: Clock;
  dataDirectory: string;
  env: NodeJS.ProcessEnv;
}

/** A word of the language, which cannot be masked: the guide's own cookie. */
const PUBLIC_VALUE = 'cookie';

/**
 * The secrets that the configuration names: from the store, else from what was set with `slipway secret`; while the store is
 * down, or does not give them any more, as they were known last.
 */
export class Secrets {
  private readonly options: SecretsOptions;
  private readonly knownSecrets: KnownSecrets;
  private store: { options: StoreOptions; opened: Store } | null = null;
  /** What the last look at the store has found; empty before the first. */
  private found = new Map<string, Outcome>();
  private known = new Map<string, KnownValue>();
  private problems: SecretProblem[] = [];
  private wasRead = false;
  /** Whether the configuration names one: what was set on this host is asked for after it. */
  private hasStore = false;

  constructor(options: SecretsOptions) {
    this.options = options;
    this.knownSecrets = new KnownSecrets(options);
  }

  /** Another one, by which to see what would be in force; of that nothing is recorded. */
  forTrial(): Secrets {
    return new Secrets(this.options);
  }

  get failing(): readonly SecretProblem[] {
    return this.problems;
  }

  /** Whether looking again may find something else: what systemd and the environment gave stays as it was at the start. */
  get mayChange(): boolean {
    return this.store !== null && !['systemd', 'env'].includes(this.store.options.type);
  }

  /** Looks at the store for everything that the configuration names. It takes as long as the store does, and never fails. */
  async read({ secrets, references, given = {} }: Configuration): Promise<void> {
    const { clock, env } = this.options;
    const names = [...new Set([...references.map(({ secret }) => secret), ...Object.values(given)])];
    try {
      if (secrets === null || names.length === 0) this.store = null;
      else {
        const { refreshMs: _, ...options } = secrets;
        if (!isDeepStrictEqual(this.store?.options, options))
          this.store = { options, opened: await openStore(options, env) };
      }
      this.found = this.store === null ? new Map() : await readAll(this.store.opened, names, { clock });
    } catch (error) {
      // A library that is not there, or does not take what it is given.
      const failure = new SlipwayError('secret_unreachable', {
        message: `no secret can be read: ${messageOf(error)}`,
        next: 'slipway doctor',
        cause: error,
      });
      this.found = new Map(names.map((name) => [name, { failure }]));
    }
    for (const outcome of this.found.values()) if ('value' in outcome) learn(outcome.value);
    this.wasRead = true;
  }

  /** Variables of the guide's table that the store has. */
  given({ given = {} }: Configuration): Record<string, string> {
    const entries = Object.entries(given).flatMap(([variable, secret]) => {
      const outcome = this.found.get(secret);
      return outcome && 'value' in outcome ? [[variable, outcome.value]] : [];
    });
    return Object.fromEntries(entries);
  }

  /** The configuration with what is known. A value that does not fit where it stands leaves the former one in force. */
  complete(written: WrittenConfiguration): Configuration {
    const store = written.complete(() => null).secrets;
    this.hasStore = store !== null;
    this.known = store === null ? new Map() : this.knownSecrets.of(storeName(store));
    for (const { value } of this.known.values()) learn(value);
    const first = written.complete(this.lookup(new Set()));
    const unfit = first.references.filter(({ refused }) => refused !== null);
    const configuration =
      unfit.length === 0 ? first : written.complete(this.lookup(new Set(unfit.map(({ secret }) => secret))));
    this.problems = this.wasRead ? this.problemsOf(configuration, unfit) : [];
    return configuration;
  }

  /** Records what is in force from here on: before it is. Where that fails, the former values stay in force. */
  keep(written: WrittenConfiguration, configuration: Configuration): Configuration {
    const { secrets, references } = configuration;
    const unfit = new Set(this.problems.map(({ secret }) => secret));
    const values = new Map<string, string>();
    for (const { secret } of references) {
      const value = unfit.has(secret) ? this.known.get(secret)?.value : valueIn(this.found.get(secret));
      const inForce = value ?? this.known.get(secret)?.value;
      if (inForce !== undefined) values.set(secret, inForce);
    }
    try {
      this.knownSecrets.keep(secrets && storeName(secrets), values);
      return configuration;
    } catch (error) {
      const failure = new SlipwayError('secret_unreachable', {
        message: `new values of secrets cannot be recorded: ${messageOf(error)}`,
        cause: error,
      });
      for (const secret of this.known.keys()) this.found.set(secret, { failure });
      return this.complete(written);
    }
  }

  /** `unfit`: secrets whose new value does not fit where it stands. */
  private lookup(unfit: ReadonlySet<string>): Lookup {
    return (secret, app) => {
      const outcome = this.found.get(secret);
      if (outcome && 'value' in outcome && !unfit.has(secret)) return outcome.value;
      // The store goes first; where it has none, what was set on this host is it.
      const mayBeOwn =
        outcome === undefined ? !this.hasStore : 'failure' in outcome && isMissing(outcome.failure);
      return (mayBeOwn ? this.own(secret, app) : null) ?? this.known.get(secret)?.value ?? null;
    };
  }

  /** What was set with `slipway secret`. */
  private own(secret: string, key: { name: string; environment: string }): string | null {
    const reference = parseSecretReference(secret);
    if (reference === null) return null;
    try {
      const all = new AppSecrets({ ...this.options, key, id: idOf(key.name, key.environment) }).all();
      const text = Object.hasOwn(all, reference.name) ? all[reference.name] : undefined;
      return text === undefined ? null : valueOf(reference, text);
    } catch {
      // It is told as one that is not there: whoever lists them is told the rest.
      return null;
    }
  }

  private problemsOf(configuration: Configuration, unfit: Configuration['references']): SecretProblem[] {
    const waiting = new Set(configuration.waiting.map(({ id }) => id));
    const names = [...new Set(configuration.references.map(({ secret }) => secret))];
    return names.flatMap((secret): SecretProblem[] => {
      const refused = unfit.find((each) => each.secret === secret);
      const outcome = this.found.get(secret);
      const all = appsOf(configuration, secret);
      const apps = all.filter((id) => !this.isOwn(configuration, secret, id));
      if (apps.length === 0 || (!refused && outcome && 'value' in outcome)) return [];
      const known = this.known.get(secret);
      const isWaitedFor = known === undefined || apps.some((id) => waiting.has(id));
      const knownSince = known === undefined || (refused && isWaitedFor) ? null : known.readAt;
      if (refused)
        return [
          {
            ...{ secret, code: 'secret_malformed', apps, knownSince, next: 'slipway config show' },
            reason: `the value of the secret ${secret} does not fit ${refused.app}, ${refused.path.join('.')}: it ${refused.refused}`,
          },
        ];
      const { code, message, hint, next } =
        outcome && 'failure' in outcome ? outcome.failure : notSet(secret, apps);
      const reason = hint === null ? message : `${message} (${hint})`;
      return [{ secret, code, reason, next, apps, knownSince }];
    });
  }

  private isOwn({ apps, waiting }: Configuration, secret: string, id: string): boolean {
    const outcome = this.found.get(secret);
    if (this.hasStore && !(outcome && 'failure' in outcome && isMissing(outcome.failure))) return false;
    const app = apps.find((each) => each.id === id) ?? waiting.find((each) => each.id === id);
    return app !== undefined && this.own(secret, app) !== null;
  }
}

function notSet(secret: string, [app = '']: readonly string[]): SlipwayError {
  const name = parseSecretReference(secret)?.name ?? secret;
  return new SlipwayError('secret_missing', {
    message: `there is no secret ${secret}: no store of secrets is configured, and ${app} was set none of that name`,
    next: `slipway secret ${app} set ${name}`,
  });
}

function valueIn(outcome: Outcome | undefined): string | undefined {
  return outcome && 'value' in outcome ? outcome.value : undefined;
}

function isMissing({ code }: SlipwayError): boolean {
  return code === 'secret_missing';
}

function learn(value: string): void {
  if (value !== PUBLIC_VALUE) registerSecret(value);
}

/** How the journal knows a store: another one under the same names has other secrets. */
function storeName(store: NonNullable<Configuration['secrets']>): string {
  const { refreshMs: _, ...options } = store;
  return JSON.stringify(options, Object.keys(options).toSorted());
}
