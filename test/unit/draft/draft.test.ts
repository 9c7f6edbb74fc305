import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Configuration, loadConfiguration } from '../../../src/config/index.ts';
import { draft } from '../../../src/draft/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function projectOf(files: Record<string, string>): string {
  const folder = path.join(temporaryFolder(), 'My Shop');
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** What `config check` makes of it. */
function checked(files: Record<string, string>, name: string | null = null): Configuration['apps'][number] {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  fs.writeFileSync(file, draft(projectOf(files), { name }).text);
  const [app] = loadConfiguration({ file, env: {} }).apps;
  if (!app) throw new Error('no app');
  return app;
}

const COMPOSER = { 'composer.json': '{"name": "acme/shop"}' };
const SERVICE = { kind: 'service', source: { type: 'bucket' } };

test.each<[string, Record<string, string>, object]>([
  [
    'a project of mix',
    { 'mix.exs': 'def project do\n  [app: :my_app, version: "0.1.0"]' },
    { ...SERVICE, name: 'my_app', runtime: 'elixir', port: 4000 },
  ],
  [
    'a project of rebar3',
    { 'rebar.config': '{relx, [{release, {my_rel, "0.1.0"}, [my_app]}]}.' },
    { ...SERVICE, name: 'my_rel', runtime: 'erlang' },
  ],
  [
    'an application of rebar3',
    { 'rebar.config': '{erl_opts, []}.', 'src/my_app.app.src': '' },
    { name: 'my_app', runtime: 'erlang' },
  ],
  [
    'a program of Node',
    { 'package.json': '{"name": "@acme/api", "scripts": {"start": "node dist/server.js --port 1"}}' },
    {
      ...SERVICE,
      name: 'api',
      runtime: 'command',
      start: ['node', 'dist/server.js', '--port', '1'],
      port: 3000,
    },
  ],
  [
    'a program of Node with a start that only a shell understands',
    { 'package.json': '{"name": "api", "scripts": {"start": "A=1 node x.js && true"}}' },
    { start: ['npm', 'start'] },
  ],
  [
    'a file of Node',
    { 'package.json': '{"main": "server.js"}', 'server.js': '' },
    { start: ['node', 'server.js'] },
  ],
  [
    'a site that npm builds',
    { 'package.json': '{"name": "docs", "scripts": {"build": "vite build"}}' },
    { kind: 'site', name: 'docs', source: { type: 'git' } },
  ],
  [
    'a program of Go',
    { 'go.mod': 'module example.com/acme/hello/v2\n\ngo 1.22\n' },
    { ...SERVICE, name: 'hello', runtime: 'command', start: ['./hello'] },
  ],
  ['a site of PHP', COMPOSER, { kind: 'site', name: 'shop', workers: [], autoInstallComposer: true }],
  [
    'a site of Laravel, though it has a package.json',
    { ...COMPOSER, artisan: '', 'package.json': '{"scripts": {"start": "x"}}' },
    {
      ...{ kind: 'site', name: 'shop', appType: 'laravel', autoArtisanMigrations: true },
      workers: [{ name: 'queue' }],
      cron: [{ name: 'schedule', command: ['php', 'artisan', 'schedule:run'] }],
    },
  ],
])('%s gets a configuration without an error', (_, files, app) => {
  expect(checked(files)).toMatchObject(app);
});

test('a name that no app can have is made one, or given', () => {
  expect(checked({ 'mix.exs': '' }).name).toBe('my-shop');
  expect(checked({ 'package.json': '{"name": "@a/Ünï 1"}', 'index.js': '' }).name).toMatch(
    /^[a-z][a-z0-9_-]*$/,
  );
  expect(checked({ 'mix.exs': 'app: :x' }, 'other').name).toBe('other');
  expect(checked({ 'package.json': '{"name": "yes"}', 'index.js': '' }).name).toBe('yes');
});

test('the repository that it is pushed to is named, without a password', () => {
  const config = '[core]\n[remote "origin"]\n\turl = https://ada:secret@example.com/shop.git\n\tfetch = x\n';
  const site = checked({ ...COMPOSER, '.git/config': config });
  expect(site.source).toMatchObject({ url: 'https://example.com/shop.git' });
  const odd = config.replace('secret', 'sec@ret');
  expect(checked({ ...COMPOSER, '.git/config': odd }).source).toMatchObject({
    url: 'https://example.com/shop.git',
  });
  const ssh = config.replace(/https.*git/, 'git@example.com:acme/shop.git');
  expect(checked({ ...COMPOSER, '.git/config': ssh }).source).toMatchObject({
    url: 'git@example.com:acme/shop.git',
  });
});

test('what follows is said, with the file that was written', () => {
  const folder = projectOf({ 'mix.exs': 'app: :demo' });
  expect(draft(folder, { name: null }).next('slipway.yaml')).toEqual([
    'slipway config check --config slipway.yaml',
    'MIX_ENV=prod mix release && slipway publish --mix --to /srv/releases/demo',
    'slipway agent --config slipway.yaml',
  ]);
});

test('a release is built before it is published, and has the version of its package', () => {
  const publish = (files: Record<string, string>) => draft(projectOf(files), { name: null }).next('x')[1];
  expect(publish({ 'go.mod': 'module example.com/hello\n' })).toBe(
    'go build -o build/hello . && slipway publish ./build --app hello --version 1.0.0 --to /srv/releases/hello',
  );
  const npm = (version: string) =>
    publish({ 'package.json': `{"name": "api", "version": "${version}"}`, 'index.js': '' });
  expect(npm('2.1.0')).toContain(' --version 2.1.0 ');
  expect(npm('1; rm -rf /')).toContain(' --version 1.0.0 ');
});

test('the bucket that is proposed has a name that Amazon takes', () => {
  const { text } = draft(projectOf({ 'mix.exs': 'app: :my_shop' }), { name: null });
  expect(text).toContain('s3://my-shop-production-distribution,');
});

test('a folder with nothing that is known is told what is', () => {
  expect(() => draft(temporaryFolder(), { name: null })).toThrow(
    'holds none of mix.exs, rebar.config, composer.json, go.mod, package.json',
  );
  expect(() => draft('/nowhere', { name: null })).toThrow('/nowhere is no folder, or not there');
});
