import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { check } from '../../../src/config/check.ts';
import { compile } from '../../../src/config/compile.ts';
import {
  type Configuration,
  ConfigurationError,
  type ConfigurationIssue,
  maskedConfiguration,
} from '../../../src/config/index.ts';
import { plainSchema } from '../../../src/config/schema.ts';
import { isSecretName } from '../../../src/kernel/index.ts';
import { misfits } from './json-schema.ts';
import { load } from './written.ts';

/** Any configuration without errors, as the data of its file. */
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/);
const duration = (leastMs: number, mostMs: number) =>
  fc
    .record({ ms: fc.integer({ min: leastMs, max: mostMs }), unit: fc.constantFrom('ms', 's', 'm', 'h') })
    .map(({ ms, unit }) => `${ms / { ms: 1, s: 1e3, m: 6e4, h: 36e5 }[unit]}${unit}`)
    .filter((text) => /^\d+(\.\d+)?\D+$/.test(text));
const plain = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    'no',
    'null',
    '~',
    '1.10',
    '0644',
    '- x',
    'a: b',
    '# c',
    ' a\n  b\n\n',
    '\t',
    '*a',
    '!b',
    '<<',
    '\u2028',
  ),
);
const variable = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/)
  .filter((name) => !isSecretName(name) && !/^(PORT$|SLIPWAY_|RELEASE_|__proto__$)/.test(name));
const optional = { requiredKeys: [] } satisfies { requiredKeys: [] };
const path = fc.stringMatching(/^(\/[a-z0-9. _-]{1,8}){1,3}$/).map((path) => path.replaceAll('..', 'x'));

const log = fc.record(
  {
    max_size: fc.constantFrom('4KB', '1.5mb', '2GB', '5000B'),
    keep: fc.integer({ min: 1, max: 1000 }),
  },
  optional,
);
const restart = fc.record(
  {
    delay: duration(0, 1000),
    max_delay: duration(1000, 1e7),
    reset_after: duration(0, 1e6),
    max_retries: fc.constantFrom(null, 0, 7),
  },
  optional,
);
const stop = fc.record(
  {
    signal: fc.constantFrom('SIGINT', 'SIGHUP'),
    grace: duration(0, 1e6),
    to: fc.constantFrom(null, 'main', 'all'),
  },
  optional,
);
const limits = fc.record(
  {
    memory: fc.constantFrom(null, '1MB', '1.5GB'),
    cpu: fc.constantFrom(null, '1%', '200%'),
    tasks: fc.constantFrom(null, 1, 500),
    files: fc.constantFrom(null, 16, 65_536),
  },
  optional,
);
const command = fc.oneof(
  fc.constantFrom('node x', `a "b c" 'd'`),
  fc.array(
    plain.map((text) => `x${text}`),
    { minLength: 1 },
  ),
  fc.constant({ sh: ['a', 'b'] }),
);
const common = {
  environment: name,
  auto: fc.boolean(),
  inherit_env: fc.boolean(),
  env: fc.dictionary(variable, fc.oneof(plain, fc.integer(), fc.boolean()), { maxKeys: 4 }),
  user: fc.constantFrom(null, 'deployer'),
  log,
  keep: fc.integer({ min: 1, max: 1000 }),
  max_age: fc.option(duration(1, 1e11)),
  min_free: fc.constantFrom(null, '1B', '1.5GB'),
};
const uploads = fc.record({ type: fc.constant('upload') });

const service = fc
  .record(
    {
      name,
      kind: fc.constant('service'),
      runtime: fc.constantFrom('elixir', 'erlang'),
      source: fc.oneof(
        uploads,
        fc.record(
          {
            type: fc.constant('bucket'),
            url: fc.oneof(
              path,
              fc.constantFrom('s3://bucket', 'gs://b.c-d/e', 'https://h/a', 'file:///srv/a%20b'),
            ),
            poll: duration(100, 1e6),
          },
          { requiredKeys: ['type', 'url'] },
        ),
      ),
      ...common,
      replicas: fc.integer({ min: 0, max: 1000 }),
      port: fc.constant(0),
      stop,
      limits,
      restart,
      rollback_after: duration(1, 1e8),
      prove_after: duration(0, 1e6),
      pre_command_timeout: duration(1, 1e6),
      max_unavailable: fc.integer({ min: 1, max: 1000 }),
      otp: fc.record({ tls: fc.option(fc.record({ cert: path, key: path, ca: path })) }, optional),
    },
    { requiredKeys: ['name', 'kind', 'runtime', 'source'] },
  )
  .chain((app) =>
    fc.option(command).map((start) => (start === null ? app : { ...app, runtime: 'command', start })),
  )
  .chain((app) => {
    const timeout = duration(1001, 1e6);
    const ways = [fc.record({ alive: duration(1, 1000), timeout })];
    const asking = [
      fc.record({ tcp: fc.constant(true), timeout }),
      fc.record({ http: fc.constantFrom('/', '/up?x=1'), timeout }),
    ];
    const ready = fc.oneof(...ways, ...('port' in app ? asking : []));
    return fc.option(ready).map((ready) => (ready === null ? app : { ...app, ready }));
  })
  .chain((app) => {
    const limits = { every: duration(2001, 1e6), failures: fc.integer({ min: 1, max: 1000 }) };
    const health = fc.oneof(
      fc.record({ tcp: fc.constant(true), ...limits }),
      fc.record({ http: fc.constantFrom('/', '/up?x=1'), ...limits, timeout: duration(1, 2000) }),
    );
    if (!('port' in app)) return fc.constant(app);
    return fc.option(health).map((health) => (health === null ? app : { ...app, health }));
  });

const repository = fc
  .record(
    {
      type: fc.constant('git'),
      url: fc.oneof(
        path,
        fc.constantFrom('https://example.com/a.git', 'git@example.com:a', 'file:///srv/a%20b'),
      ),
      branch: fc.constantFrom(null, 'main', 'release/2'),
      tags: fc.array(fc.constantFrom('^v\\d+', 'x', '[#:]'), { maxLength: 3 }),
      subdirectory: fc.constantFrom(null, 'a', 'a/b c/'),
      submodules: fc.boolean(),
      lfs: fc.boolean(),
      ssh_key: fc.option(path),
      known_hosts: fc.option(path),
      poll: duration(100, 1e6),
    },
    { requiredKeys: ['type', 'url'] },
  )
  .map(({ ssh_key, known_hosts, ...source }) =>
    source.url.startsWith('git@')
      ? { ...source, ssh_key: ssh_key ?? null, known_hosts: known_hosts ?? null }
      : source,
  );

const worker = fc.record(
  { name, command, replicas: fc.integer({ min: 0, max: 1000 }), stop, restart },
  { requiredKeys: ['name', 'command'] },
);
const cronEntry = fc.record(
  {
    name: fc.stringMatching(/^[a-i][a-z0-9-]{0,9}$/),
    schedule: fc.constantFrom('*/5 * * * *', '@daily', '30 0 4 * * mon'),
    command,
    timeout: duration(1, 1e7),
  },
  { requiredKeys: ['schedule', 'command'] },
);
const directoryMode = fc.constantFrom('2775', '0755', '700');
const fileMode = fc.constantFrom('0664', '640', '0755');

const site = fc.record(
  {
    name,
    kind: fc.constant('site'),
    source: fc.oneof(uploads, repository),
    root: fc.constant(''),
    ...common,
    type: fc.constantFrom(null, 'laravel'),
    domain: fc.constantFrom(null, 'shop.example.com'),
    keep_git: fc.constant(false),
    owner: fc.constantFrom('keep', 'www-data:deployer'),
    modes: fc.record(
      { directory: directoryMode, file: fileMode, executables: fc.constantFrom('drop', 'keep') },
      optional,
    ),
    shared: fc.uniqueArray(fc.constantFrom('a', 'b/c', 'b/d/', 'storage', '- e', '.f'), { maxLength: 4 }),
    assets: fc.uniqueArray(fc.constantFrom('e', 'f/g', 'f/h/'), { maxLength: 3 }),
    hooks: fc.record({ timeout: duration(1, 1e6) }, optional),
    auto_install_composer: fc.boolean(),
    auto_artisan_migrations: fc.boolean(),
    reload: fc.option(command),
    health: fc.option(
      fc.record(
        {
          url: fc.constantFrom('http://127.0.0.1/', 'https://a.example/up?x#y'),
          expect: fc.integer({ min: 100, max: 599 }),
          timeout: duration(1, 1e6),
          rollback: fc.boolean(),
        },
        { requiredKeys: ['url'] },
      ),
    ),
    workers: fc.uniqueArray(worker, { maxLength: 3, selector: ({ name }) => name }),
    cron: fc.uniqueArray(cronEntry, { maxLength: 3, selector: ({ name }) => name ?? Symbol() }),
    upload: fc.record({ max_size: fc.constantFrom('1B', '1.5GB') }, optional),
  },
  { requiredKeys: ['name', 'kind', 'source', 'root'] },
);

const app: fc.Arbitrary<object> = fc.oneof(service, site);

const raw = fc.record(
  {
    apps: fc
      .uniqueArray(app, { maxLength: 3, selector: (app) => ('name' in app ? app.name : null) })
      // Ports and roots of their own for all.
      .map((apps) =>
        apps.map((app, index) => ({
          ...app,
          ...('port' in app && { port: 10_000 + 1000 * index }),
          ...('root' in app && { root: `/Sites/${index}` }),
        })),
      ),
    data: path,
    logs: path,
    listen: fc.constantFrom('127.0.0.1:5001', '[::1]:0', null, false),
    public: fc.constantFrom('https://deploy.example.com', null),
    behind_proxy: fc.boolean(),
  },
  { requiredKeys: ['apps'] },
);

const style = fc.record({
  defaultStringType: fc.constantFrom(
    'PLAIN' as const,
    'QUOTE_DOUBLE' as const,
    'QUOTE_SINGLE' as const,
    'BLOCK_LITERAL' as const,
  ),
  collectionStyle: fc.constantFrom('any' as const, 'flow' as const),
  indentSeq: fc.boolean(),
  // The writer folds some lines, and indents by other widths than 2, in ways that read back otherwise.
  lineWidth: fc.constant(0),
  aliasDuplicateObjects: fc.boolean(),
  defaultKeyType: fc.constant('PLAIN' as const),
});

function compiled(raw: unknown): Configuration {
  const { checked, findings } = check(raw);
  if (checked === null) throw new Error(JSON.stringify(findings));
  return compile(checked, null, () => null);
}

const withoutFile = (configuration: Configuration) => ({ ...configuration, file: null });

test('a configuration means the same however its YAML is written', () => {
  fc.assert(
    fc.property(raw, style, (raw, style) => {
      expect(withoutFile(load(stringify(raw, style)))).toEqual(compiled(raw));
    }),
  );
});

test('a configuration that is shown reads back as the same', () => {
  fc.assert(
    fc.property(raw, (raw) => {
      const configuration = compiled(raw);
      expect(withoutFile(load(stringify(maskedConfiguration(configuration))))).toEqual(configuration);
    }),
  );
});

test('the schema for editors accepts every configuration that is accepted', () => {
  const schema = plainSchema();
  fc.assert(
    fc.property(raw, (raw) => {
      expect(misfits(schema, raw)).toEqual([]);
    }),
  );
});

type Path = (string | number)[];

function placesOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const steps = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [
    at,
    ...[...steps].flatMap((step) =>
      placesOf((value as Record<string | number, unknown>)[step], [...at, step]),
    ),
  ];
}

/** A copy with another value at `path`; undefined takes the key away. */
function changed(value: unknown, [step, ...rest]: Path, to: (value: unknown) => unknown): unknown {
  if (step === undefined) return to(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[step] = changed(copy[step], rest, to);
  return copy;
}

/** The errors of a file, none where it is accepted. Anything else that is thrown fails the test. */
function issuesIn(text: string): readonly ConfigurationIssue[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError && error.issues.length > 0) return error.issues;
    throw error;
  }
}

/** Errors whose place is not in the file. */
function misplacedIn(text: string): ConfigurationIssue[] {
  const lines = text.split('\n');
  return issuesIn(text).filter(({ line, column }) => {
    const length = lines[(line ?? 0) - 1]?.length;
    return length === undefined || column === null || column < 1 || column > length + 1;
  });
}

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const pick = <T>(items: T[], at: number): T => items[Math.floor(at * items.length)] as T;

test('an unknown key is told at its own line, wherever it stands', () => {
  fc.assert(
    fc.property(raw, style, place, fc.stringMatching(/^[a-z]{1,8}_x$/), (raw, style, at, key) => {
      const mappings = placesOf(raw).filter((path) => {
        const value = path.reduce<unknown>(
          (value, step) => (value as Record<string | number, unknown>)[step],
          raw,
        );
        return typeof value === 'object' && value !== null && !Array.isArray(value) && path.at(-1) !== 'env';
      });
      const path = pick(mappings, at);
      const text = stringify(
        changed(raw, path, (mapping) => ({ ...(mapping as object), [key]: 1 })),
        style,
      );
      const issues = issuesIn(text);
      const issue = issues.find(({ message }) => message === 'unknown key');
      expect(issues).toHaveLength(1);
      expect(issue?.path.endsWith(key)).toBe(true);
      const line = text.split('\n')[(issue?.line ?? 0) - 1]?.slice((issue?.column ?? 0) - 1);
      expect(line?.replace(/^["']/, '').startsWith(key)).toBe(true);
    }),
  );
});

test('a value of any kind anywhere is accepted, or told at a place of the file', () => {
  fc.assert(
    fc.property(raw, style, place, fc.jsonValue(), (raw, style, at, value) => {
      const text = stringify(
        changed(raw, pick(placesOf(raw), at), () => value),
        style,
      );
      expect(misplacedIn(text)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('a key taken away anywhere is no crash', () => {
  fc.assert(
    fc.property(raw, style, place, (raw, style, at) => {
      const text = stringify(changed(raw, pick(placesOf(raw), at), () => undefined) ?? null, style);
      expect(misplacedIn(text)).toEqual([]);
    }),
  );
});

test('characters lost, put in or changed anywhere are no crash', () => {
  const garbage = fc.string({ unit: fc.constantFrom(...'\n\t :-[]{}&*!|>\'"%@`#,?<~\\a1'), maxLength: 6 });
  fc.assert(
    fc.property(raw, style, place, fc.nat(12), garbage, (raw, style, at, lost, garbage) => {
      const text = stringify(raw, style);
      const from = Math.floor(at * text.length);
      expect(misplacedIn(text.slice(0, from) + garbage + text.slice(from + lost))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('no text at all is a crash', () => {
  const yamlish = fc.string({ unit: fc.constantFrom(...'\n\n  \t:-[]{}&*!|>\'"%@#,?<ab1'), maxLength: 40 });
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'grapheme' })), (text) => {
      expect(misplacedIn(text)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
