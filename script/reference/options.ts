import { stringify } from 'yaml';
import * as z from 'zod';
import { schema } from '../../src/config/schema.ts';
import { cell, code } from './markdown.ts';

/** docs/options.md: every key of the configuration, read from its schema. */
export function optionsPage(): string {
  const { apps, ...host } = schema().shape;
  const [service, site] = formsOf(entryOf(apps));
  if (!service || !site) throw new Error('the schema has another form than this page knows');
  return `# Every option of the configuration

<!-- Made by script/docs from src/config/schema.ts. -->

What they are for, with examples, is in [configuration](configuration.md); a file that has nearly all of them is
[examples/slipway.yaml](examples/slipway.yaml). \`slipway config check\` tells every error of a file with its line, \`slipway config
show\` what is in force.

Durations are a number with \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`, up to 24 days (\`max_age\`: 3650 days); sizes a number with \`B\`, \`KB\`,
\`MB\`, \`GB\` or \`TB\` (powers of 1024). Of a default that is \`null\` the meaning says what it stands for.

## The host

${table([...keysOf(host), { path: 'apps', type: apps }])}

## A service

Keys of an entry of \`apps\` with \`kind: service\`.

${table(keysOf(service))}

## A site

Keys of an entry of \`apps\` with \`kind: site\`.

${table(keysOf(site))}
`;
}

type Shape = Record<string, z.ZodType>;

interface Key {
  /** `workers[].stop.grace` */
  path: string;
  type: z.ZodType;
}

/** Headings of the guide that tell more of a key and of those below it. */
const MORE: Record<string, string> = {
  listen: 'the-host',
  start: 'start',
  env: 'env',
  ready: 'ready',
  'health.http': 'health-of-a-service',
  stop: 'stop',
  limits: 'limits',
  'log.forward': 'log',
  root: 'root',
  shared: 'shared',
  'webhook.secret': 'secrets',
  'source.owner': 'owners-and-modes',
  reload: 'commands',
};

/** Every key, those of every form that a mapping may have, once. A group is told by its keys, unless it may be null. */
function keysOf(shape: Shape, prefix = ''): Key[] {
  const keys = Object.entries(shape).flatMap(([name, type]) => {
    const key = { path: prefix + name, type };
    const entries = formsOf(entryOf(bare(type)));
    if (entries.length > 0) return [key, ...entries.flatMap((form) => keysOf(form, `${key.path}[].`))];
    const below = formsOf(bare(type)).flatMap((form) => keysOf(form, `${key.path}.`));
    return below.length === 0 || defaultOf(type) === null ? [key, ...below] : below;
  });
  return oncePerPath(keys);
}

/** The keys of a mapping, in each form that it may have; none of what is no mapping. */
function formsOf(type: unknown): Shape[] {
  if (type instanceof z.ZodDiscriminatedUnion) return type.options.flatMap(formsOf);
  return type instanceof z.ZodObject ? [type.shape] : [];
}

/** Where several forms have a key, its types are told together. */
function oncePerPath(keys: Key[]): Key[] {
  const byPath = Map.groupBy(keys, ({ path }) => path);
  return [...byPath].map(([path, same]) => {
    const [first, ...others] = same.map(({ type }) => type);
    if (!first) throw new Error(path);
    // One key that several forms share.
    if (others.every(({ description }) => description === first.description)) return { path, type: first };
    const description = same.map(({ type }) => type.description).join(' ');
    return { path, type: z.union([first, ...others]).meta({ description }) };
  });
}

function table(keys: Key[]): string {
  const rows = keys.map(({ path, type }) =>
    [code(path), cell(typeOf(type)), cell(defaultText(type)), cell(meaning(path, type)), example(type)].join(
      ' | ',
    ),
  );
  return [
    '| key | type | default | meaning | example |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function meaning(path: string, type: z.ZodType): string {
  const anchor = MORE[path];
  const words = type.description ?? '';
  return anchor === undefined ? words : `${words} [More](configuration.md#${anchor})`;
}

/** In the words in which a value that does not fit is refused. */
function typeOf(type: z.ZodType): string {
  const inner = bare(type) as z.ZodType;
  if (isLiteral(inner)) return code(String([...inner.values][0]));
  if (inner instanceof z.ZodUnion && inner.options.every(isLiteral))
    return inner.options.map((option) => typeOf(option)).join(' or ');
  const refused = inner.safeParse(Symbol('no value of any type')).error?.issues[0]?.message ?? '';
  if (refused.startsWith('Invalid')) throw new Error(`no words for the type of: ${type.description}`);
  return refused.replace(/^must be /, '').replace(/,? such as .*/, '');
}

function isLiteral(type: unknown): type is z.ZodLiteral {
  return type instanceof z.ZodLiteral;
}

function defaultText(type: z.ZodType): string {
  const value = defaultOf(type);
  if (value !== undefined) return code(flow(value));
  return type.safeParse(undefined).success ? 'none' : 'required';
}

/** Undefined where there is none. */
function defaultOf(type: z.ZodType): unknown {
  if (type instanceof z.ZodPrefault) return type.def.defaultValue;
  return undefined;
}

function example(type: z.ZodType): string {
  const examples = (type.meta()?.examples ?? []) as unknown[];
  return cell(examples.map((value) => code(flow(value))).join(', '));
}

/** A value as it stands in a file, on one line. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

/** The type without the wrappers for defaults, null and transformations. */
function bare(type: unknown): unknown {
  if (type instanceof z.ZodPrefault || type instanceof z.ZodOptional || type instanceof z.ZodNullable)
    return bare(type.unwrap());
  return type instanceof z.ZodPipe ? bare(type.in) : type;
}

/** What each entry of a list is; undefined where it is no list. */
function entryOf(type: unknown): unknown {
  return type instanceof z.ZodArray ? bare(type.element) : undefined;
}
