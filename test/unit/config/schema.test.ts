import fs from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configurationSchema, loadConfiguration } from '../../../src/config/index.ts';
import { type JsonSchema, misfits } from './json-schema.ts';
import { fileOf } from './written.ts';

const documents = new URL('../../../docs/', import.meta.url);
const example = new URL('examples/slipway.yaml', documents);
const guide = fs.readFileSync(new URL('configuration.md', documents), 'utf8');
const [guideToFile = ''] = guide.split('## Without a file');

interface Key {
  path: string;
  schema: JsonSchema;
  required: boolean;
}

/** Every key of the schema, those of the apps as in `stop.grace`. */
function keysOf(schema: JsonSchema, prefix = ''): Key[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).flatMap(([name, child]) => {
    const key = { path: prefix + name, schema: child, required: required.includes(name) };
    if (child.type === 'array') return [key, ...keysOf(child.items as JsonSchema)];
    const forms = (child.anyOf ?? [child]) as JsonSchema[];
    return [key, ...forms.flatMap((form) => keysOf(form, `${key.path}.`))];
  });
}

const keys = keysOf(configurationSchema()).filter(({ path }) => path !== 'start.sh');

test('the documented example is read, and means what its comments say', () => {
  const { apps, ...host } = loadConfiguration({ file: example.pathname, env: {} });
  expect(host).toEqual({
    file: example.pathname,
    dataDirectory: '/var/lib/slipway',
    logsDirectory: '/var/log/slipway',
    listen: { host: '127.0.0.1', port: 5001 },
  });
  expect(apps.map(({ id, runtime, start, ready }) => ({ id, runtime, start, ready }))).toEqual([
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
  ]);
});

test('the documented example holds every key, each with its default where no comment says otherwise', () => {
  const text = fs.readFileSync(example, 'utf8');
  const raw = parse(text);
  // Alternatives to what the example says instead.
  const left = ['start', 'ready.tcp', 'ready.alive'];
  const wrong = keys.filter(({ path, schema }) => {
    const steps = path.split('.');
    const value = steps.reduce(
      (value, step) => value?.[step],
      Object.hasOwn(raw, steps[0] ?? '') ? raw : raw.apps[0],
    );
    if (value === undefined) return !left.includes(path);
    const commented = text
      .split('\n')
      .some((line) => line.includes(`${steps.at(-1)}:`) && line.includes('default'));
    return 'default' in schema && !('properties' in schema) && !commented && value !== schema.default;
  });
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('the schema accepts the documented example', () => {
  expect(misfits(configurationSchema(), parse(fs.readFileSync(example, 'utf8')))).toEqual([]);
});

test.each<[Record<string, unknown>, string]>([
  [{ replica: 1 }, '.apps[0].replica: false'],
  [{ replicas: 0 }, '.apps[0].replicas: minimum'],
  [{ port: '4000' }, '.apps[0].port: anyOf'],
  [{ stop: { grace: '10' } }, '.apps[0].stop.grace: pattern'],
  [{ stop: { grace: 10 } }, '.apps[0].stop.grace: type'],
  [{ runtime: 'ruby' }, '.apps[0].runtime: enum'],
  [{ log: { max_size: '64' } }, '.apps[0].log.max_size: pattern'],
  [{ env: { '1A': 'x' } }, '.apps[0].env.1A: pattern'],
  [{ name: undefined }, '.apps[0]: required'],
])('the schema refuses %j', (app, misfit) => {
  expect(misfits(configurationSchema(), JSON.parse(fileOf(app)))).toEqual([misfit]);
});

test('the schema is draft 2020-12, JSON, and describes every key', () => {
  const schema = configurationSchema();
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  expect(keys.length).toBeGreaterThan(35);
  expect(keys.filter(({ schema }) => !/\S/.test(String(schema.description ?? '')))).toEqual([]);
});

test('every example in the schema fits its key', () => {
  const wrong = keys.flatMap(({ path, schema }) =>
    ((schema.examples ?? []) as unknown[]).flatMap((value) => misfits(schema, value, path)),
  );
  expect(wrong).toEqual([]);
});

test('the guide tells every key with its default', () => {
  const rows = new Map(
    [...guideToFile.matchAll(/^\| `([\w.]+)` \| (.+?) \|/gm)].map(([, path, value]) => [path, value]),
  );
  const isGroup = (path: string) => keys.some((key) => key.path.startsWith(`${path}.`)) && !rows.has(path);
  const single = keys.filter(({ path }) => !path.startsWith('otp.tls.') && !isGroup(path));
  expect(single.map(({ path }) => [path, rows.get(path)])).toEqual(
    single.map(({ path, schema, required }) => [path, required ? 'required' : defaultInGuide(path, schema)]),
  );
  for (const path of ['otp.tls.cert', 'otp.tls.key', 'otp.tls.ca']) expect(guide).toContain(`\`${path}\``);
});

function defaultInGuide(path: string, schema: JsonSchema): string {
  if (path === 'ready') return 'tcp, or alive';
  if (!('default' in schema)) return 'none';
  return `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``;
}

test("the guide's smallest file is read", () => {
  const [, smallest = ''] = /```yaml\n([^]*?)```/.exec(guide) ?? [];
  expect(misfits(configurationSchema(), parse(smallest))).toEqual([]);
});
