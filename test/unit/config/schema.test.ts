import fs from 'node:fs';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { valueAt } from '../../../src/config/findings.ts';
import { configurationSchema, loadConfiguration } from '../../../src/config/index.ts';
import { plainSchema } from '../../../src/config/schema.ts';
import { type JsonSchema, misfits } from './json-schema.ts';
import { fileOf, siteFile } from './written.ts';

const documents = new URL('../../../docs/', import.meta.url);
const example = new URL('examples/slipway.yaml', documents);
const options = fs.readFileSync(new URL('options.md', documents), 'utf8');

interface Key {
  /** `workers[].stop.grace` */
  path: string;
  schema: JsonSchema;
  required: boolean;
}

/** Those that a value may have, however they are nested. */
function formsIn(schema: JsonSchema): JsonSchema[] {
  const forms = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  return forms?.flatMap(formsIn) ?? [schema];
}

/** Every key below a schema, once; those of every form that a value may have. */
function keysOf(schema: JsonSchema, prefix = ''): Key[] {
  const keys = formsIn(schema).flatMap((form) => {
    const required = (form.required ?? []) as string[];
    return Object.entries((form.properties ?? {}) as Record<string, JsonSchema>).flatMap(([name, child]) => {
      const key = { path: prefix + name, schema: child, required: required.includes(name) };
      return child.type === 'array'
        ? [key, ...keysOf(child.items as JsonSchema, `${key.path}[].`)]
        : [key, ...keysOf(child, `${key.path}.`)];
    });
  });
  return keys.filter(({ path }, index) => keys.findIndex((key) => key.path === path) === index);
}

const isAlternative = (path: string) =>
  path.endsWith('.sh') ||
  path.startsWith('domains[].') ||
  path.startsWith('apps[].domains[].') ||
  path.endsWith('secret.file') ||
  path.endsWith('cookie.file') ||
  path.endsWith('token.file');
const allKeys = keysOf(plainSchema());
const ofHost = allKeys.filter(({ path }) => !path.startsWith('apps[].') && !isAlternative(path));
const [ofService = [], ofSite = []] = formsOfApps().map((form) =>
  keysOf(form).filter(({ path }) => !isAlternative(path)),
);

function formsOfApps(): JsonSchema[] {
  return valueAt(plainSchema(), ['properties', 'apps', 'items', 'oneOf']) as JsonSchema[];
}

test('the documented example is read, and means what its comments say', () => {
  const { apps, ...host } = loadConfiguration({ file: example.pathname, env: {} });
  expect(host).toEqual({
    file: example.pathname,
    isExposed: true,
    dataDirectory: '/var/lib/slipway',
    logsDirectory: '/var/log/slipway',
    listen: { host: '127.0.0.1', port: 5001 },
    public: 'https://deploy.example.com',
    tls: { cert: '/etc/slipway/tls.crt', key: '/etc/slipway/tls.key' },
    behindProxy: false,
    shell: { overTcp: false },
    socket: { group: 'deploy', role: 'deployer', apps: ['shop', 'api'], path: '/run/slipway/slipway.sock' },
    log: { forward: [{ type: 'journald', socket: '/run/systemd/journal/socket' }], agent: false },
    proxy: {
      http: { host: '*', port: 80 },
      https: { host: '*', port: 443 },
      certificates: ['/etc/ssl/example.com.pem'],
      acme: {
        ...{ email: 'ops@example.com', directory: 'letsencrypt', ca: '/etc/slipway/internal-ca.pem' },
        ...{ dns: ['/usr/local/bin/set-txt'], dnsUser: 'dns-updater' },
      },
      proxyProtocol: ['10.0.0.0/24'],
    },
    history: { keepMs: 365 * 86_400_000, auditMs: 730 * 86_400_000, maxSizeBytes: 1024 ** 3 },
    signing: ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'],
    secrets: {
      ...{ type: 'aws', region: 'eu-west-1', profile: null, endpoint: null, prefix: '', refreshMs: null },
    },
    references: [],
    waiting: [],
  });
  expect(apps).toMatchObject([
    {
      id: 'myphoenixapp',
      runtime: 'elixir',
      start: null,
      ready: { kind: 'http', path: '/', timeoutMs: 60_000 },
    },
    {
      id: 'api',
      runtime: 'command',
      start: ['node', 'server.js'],
      ready: { kind: 'tcp', timeoutMs: 60_000 },
    },
    {
      id: 'api@staging',
      runtime: 'command',
      start: ['node', 'server.js', '--title', 'Staging, not the real thing'],
      ready: { kind: 'tcp', timeoutMs: 60_000 },
    },
    {
      id: 'importer',
      runtime: 'command',
      start: [
        '/bin/sh',
        '-e',
        '-c',
        'mkdir -p "$HOME/inbox"\nexec python3 importer.py --inbox "$HOME/inbox"',
      ],
      ready: { kind: 'alive', forMs: 10_000, timeoutMs: 60_000 },
    },
    {
      id: 'shop',
      root: '/webroot',
      source: { type: 'git', branch: 'main', tags: ['^v\\d+'], token: 'a token of the forge' },
      workers: [{ name: 'queue', command: ['php', 'artisan', 'queue:work'] }],
      cron: [{ name: 'schedule', schedule: '* * * * *' }],
    },
    { id: 'docs', root: '/srv/docs', source: { type: 'upload' }, shared: [] },
  ]);
});

test('the example of a site in two environments is read, and means what its comments say', () => {
  const file = new URL('examples/site.yaml', documents).pathname;
  expect(loadConfiguration({ file, env: {} }).apps).toMatchObject([
    {
      id: 'shop',
      root: '/webroot',
      source: { branch: null, tags: ['^v\\d+\\.\\d+\\.\\d+$'], sshKey: '/etc/slipway/shop.key' },
      health: { rollback: true },
      cron: [{ name: 'job-1' }],
    },
    {
      id: 'shop@staging',
      root: '/webroot/staging',
      source: { branch: 'main', tags: [], sshKey: '/etc/slipway/shop.key' },
      health: null,
      cron: [],
    },
  ]);
});

/** A target of a log is one of several kinds, which the example shows once each. */
function forwardValue(steps: string[]): unknown {
  const { log, apps } = parse(fs.readFileSync(example, 'utf8')) as Record<'log' | 'apps', unknown>;
  const [{ log: ofApp }] = apps as [{ log: unknown }];
  const targets = [log, ofApp].flatMap((each) => (each as { forward: unknown[] }).forward);
  return targets.map((each) => valueAt(each, steps)).find((value) => value !== undefined);
}

test.each([
  ['the host', ofHost, (raw: { apps: unknown[] }) => raw],
  ['a service', ofService, (raw: { apps: unknown[] }) => raw.apps[0]],
  ['a site', ofSite, (raw: { apps: unknown[] }) => raw.apps[4]],
])(
  'the documented example holds every key of %s, each with its default unless it says so',
  (_, keys, part) => {
    const text = fs.readFileSync(example, 'utf8');
    const raw = part(parse(text));
    // Alternatives to what the example says instead.
    const left = [
      'start',
      'ready.tcp',
      'ready.alive',
      'health.tcp',
      'signing.keys',
      'secrets.project',
      'secrets.directory',
    ];
    const wrong = keys.filter(({ path, schema }) => {
      const steps = path.replaceAll('[]', '.0').split('.');
      const value = path.startsWith('log.forward[].') ? forwardValue(steps.slice(3)) : valueAt(raw, steps);
      if (value === undefined) return !left.includes(path);
      const commented = text
        .split('\n')
        .some((line) => line.includes(`${steps.at(-1)}:`) && line.includes('default'));
      return (
        'default' in schema &&
        !('properties' in schema) &&
        !commented &&
        JSON.stringify(value) !== JSON.stringify(schema.default)
      );
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  },
);

test('the schema accepts the documented example', () => {
  expect(misfits(plainSchema(), parse(fs.readFileSync(example, 'utf8')))).toEqual([]);
});

test('the schema accepts the example of a site', () => {
  const text = fs.readFileSync(new URL('examples/site.yaml', documents), 'utf8');
  expect(misfits(plainSchema(), parse(text, { merge: true }))).toEqual([]);
});

test.each<[Record<string, unknown>, string]>([
  [{ replica: 1 }, '.apps[0].replica: false'],
  [{ replicas: -1 }, '.apps[0].replicas: minimum'],
  [{ port: '4000' }, '.apps[0].port: anyOf'],
  [{ stop: { grace: '10' } }, '.apps[0].stop.grace: pattern'],
  [{ stop: { grace: 10 } }, '.apps[0].stop.grace: type'],
  [{ runtime: 'ruby' }, '.apps[0].runtime: enum'],
  [{ log: { max_size: '64' } }, '.apps[0].log.max_size: pattern'],
  [{ env: { '1A': 'x' } }, '.apps[0].env.1A: pattern'],
  [{ name: undefined }, '.apps[0]: required'],
])('the schema refuses %j', (app, misfit) => {
  expect(misfits(plainSchema(), JSON.parse(fileOf(app)))).toEqual([misfit]);
});

test.each<[Record<string, unknown>, string]>([
  [{ port: 4000 }, '.apps[0].port: false'],
  [{ source: { type: 'git', url: '/srv', brunch: 'x' } }, '.apps[0].source.brunch: false'],
  [{ source: { type: 'upload', url: '/srv' } }, '.apps[0].source.url: false'],
  [{ modes: { file: 664 } }, '.apps[0].modes.file: type'],
  [{ modes: { file: '4664' } }, '.apps[0].modes.file: pattern'],
  [{ owner: 'www-data' }, '.apps[0].owner: pattern'],
  [{ workers: [{ name: 'queue' }] }, '.apps[0].workers[0]: required'],
  [{ webhook: { secret: 'tiny1' } }, '.apps[0].webhook: anyOf'],
  [{ shared: Array(101).fill('x') }, '.apps[0].shared: maxItems'],
])('the schema refuses a site with %j', (site, misfit) => {
  expect(misfits(plainSchema(), JSON.parse(siteFile(site)))).toEqual([misfit]);
});

test.each([{}, { kind: 'sight' }])('the schema refuses an app of no kind: %j', (kind) => {
  const raw = { apps: [{ name: 'shop', source: { type: 'upload' }, ...kind }] };
  expect(misfits(plainSchema(), raw)).not.toEqual([]);
});

test('the schema is draft 2020-12, JSON, and describes every key', () => {
  const schema = plainSchema();
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  expect([ofHost.length, ofService.length > 35, ofSite.length > 55]).toEqual([54, true, true]);
  const keys = [...ofHost, ...ofService, ...ofSite];
  expect(keys.filter(({ schema }) => !/\S/.test(String(schema.description ?? '')))).toEqual([]);
});

test('every example in the schema fits its key', () => {
  const wrong = [...ofHost, ...ofService, ...ofSite].flatMap(({ path, schema }) =>
    ((schema.examples ?? []) as unknown[]).flatMap((value) => misfits(schema, value, path)),
  );
  expect(wrong).toEqual([]);
});

test.each([
  ['The host', ofHost],
  ['A service', ofService],
  ['A site', ofSite],
])('the page of options tells every key with its default, and no other: %s', (title, keys) => {
  const rows = [...sectionOf(title).matchAll(/^\| `([\w.[\]]+)` \| .+? \| (\S.*?) \| /gm)];
  const told = new Map(rows.map(([, path = '', value = '']) => [path, value]));
  const isGroup = (path: string) => !told.has(path) && keys.some((key) => key.path.startsWith(`${path}.`));
  const single = keys.filter(({ path }) => !isGroup(path));
  expect([...told.keys()].toSorted()).toEqual(single.map(({ path }) => path).toSorted());
  const wrong = single.filter(
    ({ path, schema, required }) => told.get(path) !== (required ? 'required' : defaultInPage(schema)),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

function sectionOf(title: string): string {
  return options.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? '';
}

function defaultInPage(schema: JsonSchema): string {
  if (!('default' in schema)) return 'none';
  return `\`${stringify(schema.default, { collectionStyle: 'flow', lineWidth: 0 }).trim()}\``;
}

test('for editors a secret may stand for every value of an app but what it is called by', () => {
  const schema = configurationSchema();
  const secret = { secret: 'object#KEY' };
  const app = {
    ...{ name: 'web', kind: 'service', runtime: 'command', start: secret, port: secret, env: { A: secret } },
    ...{ source: { type: 'bucket', url: secret }, stop: { grace: secret }, otp: { cookie: secret } },
  };
  const site = { name: 'shop', kind: 'site', source: { type: 'git', url: secret }, webhook: { secret } };
  expect(
    misfits(schema, { apps: [app, { ...site, workers: [{ name: 'queue', command: secret }] }] }),
  ).toEqual([]);
  expect(misfits(schema, { apps: [{ ...app, env: { A: { secrets: 'x' } } }] })).not.toEqual([]);
  expect(misfits(schema, { apps: [{ ...app, name: secret }] })).not.toEqual([]);
  expect(misfits(schema, { data: secret, apps: [] })).toEqual(['.data: type']);
});
