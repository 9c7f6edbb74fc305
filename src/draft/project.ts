import fs from 'node:fs';
import path from 'node:path';
import { isVersion } from '../kernel/index.ts';
import { remoteOf } from './git-remote.ts';
import { startOf } from './node-start.ts';

/** What was found. */
export interface Project {
  kind: 'service' | 'site';
  /** The file that told. */
  file: string;
  name: string;
  runtime: 'elixir' | 'erlang' | 'command' | null;
  /** The line of `start`, for runtime `command`. */
  start: string | null;
  port: number;
  /** Whether it is one of Laravel. */
  isLaravel: boolean;
  /** Address of its repository, without credentials; null where it has none elsewhere. */
  repository: string | null;
  /** How a release of it is published; null where it comes from a repository. */
  publish: string | null;
}

type Finder = (text: string, folder: string) => Partial<Project> & { named?: string | undefined };

const FINDERS: Record<string, Finder> = {
  'mix.exs': (text) => ({
    ...{ runtime: 'elixir', port: 4000, named: /\bapp:\s*:([a-z][a-z0-9_]*)/.exec(text)?.[1] },
    publish: 'MIX_ENV=prod mix release && slipway publish --mix --to $TO',
  }),
  'rebar.config': (text, folder) => ({
    ...{
      runtime: 'erlang',
      port: 8080,
      named: /\{release,\s*\{\s*'?([a-z][a-z0-9_]*)/.exec(text)?.[1] ?? appOf(folder),
    },
    publish: 'rebar3 as prod tar && slipway publish --rebar3 --to $TO',
  }),
  'composer.json': (text, folder) => ({
    kind: 'site',
    named: lastName(jsonOf(text).name),
    isLaravel: fs.existsSync(path.join(folder, 'artisan')),
  }),
  'go.mod': (text) => {
    const named = lastName(/^module\s+(\S+)/m.exec(text)?.[1]);
    const start = `./${named ?? 'server'}`;
    return {
      runtime: 'command',
      port: 8080,
      named,
      start,
      publish: `go build -o build/${named ?? 'server'} . && slipway publish ./build --app $NAME --version 1.0.0 --to $TO`,
    };
  },
  'package.json': (text, folder) => {
    const fields = jsonOf(text);
    const start = startOf(fields, folder);
    const named = lastName(fields.name);
    if (start === null) return { kind: 'site', named };
    const version =
      typeof fields['version'] === 'string' && isVersion(fields['version']) ? fields['version'] : '1.0.0';
    const publish = `npm ci --omit=dev && slipway publish . --app $NAME --version ${version} --to $TO`;
    return { runtime: 'command', port: 3000, named, start, publish };
  },
};

/** In the order in which they are looked for: a Laravel site has a package.json, too. */
export const FILES = Object.keys(FINDERS);

export function projectIn(folder: string, name: string | null): Project | null {
  const file = FILES.find((each) => fs.existsSync(path.join(folder, each)));
  const find = file === undefined ? undefined : FINDERS[file];
  if (file === undefined || find === undefined) return null;
  const { named, ...found } = find(fs.readFileSync(path.join(folder, file), 'utf8'), folder);
  const project: Project = {
    ...{ kind: 'service', file, runtime: null, start: null, port: 8080, isLaravel: false },
    ...{ repository: remoteOf(folder), publish: null },
    ...found,
    name: name ?? nameOf(named ?? path.basename(path.resolve(folder))),
  };
  const to = `/srv/releases/${project.name}`;
  return { ...project, publish: project.publish?.replace('$NAME', project.name).replace('$TO', to) ?? null };
}

/** The application of a project of rebar3 without a release. */
function appOf(folder: string): string | undefined {
  const sources = path.join(folder, 'src');
  const names = fs.existsSync(sources) ? fs.readdirSync(sources) : [];
  return names.find((each) => each.endsWith('.app.src'))?.slice(0, -'.app.src'.length);
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** `@acme/shop`, `acme/shop`, `example.com/acme/shop/v2`: shop. */
function lastName(text: unknown): string | undefined {
  return typeof text === 'string'
    ? text
        .replace(/\/v\d+$/, '')
        .split('/')
        .at(-1)
    : undefined;
}

/** What an app may be called: a-z, 0-9, _ and -, the first a letter. */
function nameOf(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 100);
  return name === '' ? 'app' : name;
}
