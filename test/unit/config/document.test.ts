import { expect, test } from 'vitest';
import { loadConfiguration } from '../../../src/config/index.ts';
import { errorOf, fileOf, issuesOf, load, loadApp, written } from './written.ts';

const SERVICE = 'kind: service, runtime: elixir, source: { type: bucket, url: /srv }';

test('every error of a file is told at once, each with its line, column and hint', () => {
  const file = written(`data: var/lib
lisen: 127.0.0.1:5001
apps:
  - name: Shop
    kind: service
    runtime: elixr
    replicas: "3"
    source: { type: bucket, url: ftp://xy, pol: 5s }
    stop: { signal: SIGTREM, grace: 10 }
    ready: { http: /, tcp: true }
    env:
      PORT: 1
      A-B: x
      LIST: [1]
      EMPTY:
  - name: api
    kind: service
    runtime: command
    source: { type: git, url: x, branch: main }
    port: 4000
    port: 4001
  - name: blog
    kind: site
    root: webroot
    source:
      type: git
      url: ext::sh -c id
      brunch: main
      tags: ['^v', '(']
      ssh_key: /srv/key
    modes: { file: 664 }
    shared: [vendor, vendor/bin, ../etc]
    cron:
      - schedule: '61 * * * *'
        command: php x
    workers:
      - { name: queue, command: php x }
      - { name: queue, command: php x | y, replica: 2 }
  - 5
`);
  const error = errorOf(() => loadConfiguration({ file, env: {} }));
  expect(error.code).toBe('config_invalid');
  expect(error.next).toBe(`slipway config check --config ${file}`);
  expect(error.message.split('\n')).toEqual([
    'the configuration has 30 errors:',
    `${file}:1:7: data: must be an absolute path (var/lib)`,
    `${file}:2:1: lisen: unknown key - did you mean "listen"?`,
    `${file}:4:11: apps[0].name: must be a name of a-z, 0-9, _ and -, the first a letter, 100 at most (Shop)`,
    `${file}:6:14: apps[0].runtime: must be one of elixir, erlang, command (elixr) - did you mean "elixir"?`,
    `${file}:7:15: apps[0].replicas: must be a whole number from 0 to 1000 ("3")`,
    `${file}:8:34: apps[0].source.url: must be a directory (/srv/releases/shop, file:///srv/releases/shop), s3://bucket/prefix, gs://bucket/prefix or https://host/path (ftp://xy)`,
    `${file}:8:44: apps[0].source.pol: unknown key - did you mean "poll"?`,
    `${file}:9:21: apps[0].stop.signal: must be one of SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGABRT, SIGKILL (SIGTREM) - did you mean "SIGTERM"?`,
    `${file}:9:37: apps[0].stop.grace: must be a duration such as 500ms, 5s, 10m or 1h (10)`,
    `${file}:10:5: apps[0].ready: must have exactly one of http, tcp, alive; it has http and tcp`,
    `${file}:12:7: apps[0].env.PORT: is set by Slipway for each instance - use the key port of the app`,
    `${file}:13:7: apps[0].env.A-B: must be a name of a variable: letters, digits and _, no digit first`,
    `${file}:14:13: apps[0].env.LIST: must be text, a number, true or false`,
    `${file}:15:13: apps[0].env.EMPTY: must be text, a number, true or false`,
    `${file}:16:5: apps[1].start: is required: runtime command needs to know what to run`,
    `${file}:19:21: apps[1].source.type: must be one of bucket, upload (git)`,
    `${file}:21:5: the key "port" stands here twice`,
    `${file}:24:11: apps[2].root: must be an absolute path (webroot)`,
    `${file}:27:12: apps[2].source.url: must be https://host/path, ssh://user@host/path, user@host:path, git://host/path, or an absolute path (/srv/git/shop.git, file:///srv/git/shop.git) (ext::sh -c id)`,
    `${file}:28:7: apps[2].source.brunch: unknown key - did you mean "branch"?`,
    `${file}:29:20: apps[2].source.tags[1]: must be a regular expression such as ^v\\d+; this one has an error in the syntax of RE2, missing closing ): \`(\` (()`,
    `${file}:30:7: apps[2].source.ssh_key: is for a url with ssh:// or user@host:path - take it away`,
    `${file}:31:20: apps[2].modes.file: must be an octal mode in quotes such as "0664" (664)`,
    `${file}:32:22: apps[2].shared[1]: lies in shared[0], vendor (vendor/bin)`,
    `${file}:32:34: apps[2].shared[2]: must be a relative path without . and .., such as public/uploads (../etc)`,
    `${file}:34:19: apps[2].cron[0].schedule: must be a schedule such as "*/5 * * * *" or @daily: invalid value for minute: 61 (61 * * * *)`,
    `${file}:38:11: apps[2].workers[1].name: workers[0] is "queue" already`,
    `${file}:38:33: apps[2].workers[1].command: holds |, which only a shell understands - put it into single quotes, write a list of arguments, or { sh: [lines] } for a shell`,
    `${file}:38:44: apps[2].workers[1].replica: unknown key - did you mean "replicas"?`,
    `${file}:39:5: apps[3]: must be a mapping`,
  ]);
});

test('a mapping where text is wanted is told, whatever its keys are', () => {
  const wrong = { toString: null, valueOf: null };
  const site = {
    name: 'shop',
    kind: 'site',
    source: { type: wrong },
    shared: [wrong],
    root: wrong,
    cron: [wrong],
  };
  const service = { name: 'api', kind: 'service', runtime: wrong };
  const issues = issuesOf(JSON.stringify({ listen: wrong, apps: [site, service, { kind: wrong }] }));
  expect(new Set(issues.map(({ path }) => path))).toEqual(
    new Set([
      'listen',
      'apps[0].source.type',
      'apps[0].shared[0]',
      'apps[0].root',
      'apps[0].cron[0].schedule',
      'apps[0].cron[0].command',
      'apps[0].cron[0].toString',
      'apps[0].cron[0].valueOf',
      'apps[1].runtime',
      'apps[1].source',
      'apps[2].kind',
    ]),
  );
});

test('a thousand errors are counted and the first hundred listed', () => {
  const error = errorOf(() =>
    load(`apps: []\n${Array.from({ length: 1000 }, (_, i) => `key${i}: 1\n`).join('')}`),
  );
  expect(error.issues).toHaveLength(1000);
  const lines = error.message.split('\n');
  expect(lines).toHaveLength(102);
  expect(lines.at(-1)).toBe('and 900 more');
});

test.each([
  ['an empty file', ''],
  ['a file of comments', '# nothing\n'],
  ['a list', '- name: shop\n'],
  ['text', 'apps\n'],
])('%s is refused at its first line', (_, content) => {
  expect(issuesOf(content)).toMatchObject([
    { line: 1, path: '', message: 'must be a mapping with the keys data, logs, listen, apps and others' },
  ]);
});

test('a file without apps is refused, so that a torn one does not stop them all', () => {
  expect(issuesOf('data: /srv\n')).toMatchObject([
    { path: 'apps', line: 1, message: 'is required: a list of apps' },
  ]);
});

test.each([
  ['a tab', 'apps: []\nlog:\n\tkeep: 5\n', 3, 'a tab indents this line'],
  ['a quote without its end', 'apps: []\ndata: "/srv\n\n\n', 2, 'Missing closing "quote'],
  ['a bracket without its end', 'apps: [\n  5,\n\n', 2, 'must be sufficiently indented and end with a ]'],
  ['a line out of column', 'apps: []\n  data: /srv\n', 2, 'not valid YAML'],
  ['a second document', 'apps: []\n---\napps: []\n', 2, 'a second document begins here'],
  ['an unknown tag', 'apps: []\ndata: !sesame9 /srv\n', 2, 'unknown tag'],
  [
    'an alias without an anchor',
    'apps: []\ndata: *sesame9\n',
    2,
    'no anchor of this name stands before this alias',
  ],
  [
    'an alias inside its own anchor',
    'apps: &a\n  - x: *a\n',
    2,
    'no anchor of this name stands before this alias',
  ],
  ['a mapping as a key', 'apps: []\n? { a: 1 }\n: 2\n', 2, 'this cannot be a key'],
  ['the key __proto__', 'apps: []\n__proto__: { a: 1 }\n', 2, 'this cannot be a key'],
  ['a list that begins in the column of its key', 'apps:\n[]\n', 2, 'not valid YAML'],
  ['a merge of text', 'apps: []\n<<: text\n', 2, '<< takes a mapping, or a list of mappings'],
])('%s is told with its line', (_, content, line, message) => {
  const issues = issuesOf(content);
  expect(issues[0]?.message).toContain(message);
  expect(issues[0]?.line).toBe(line);
  expect(new Set(issues.map(({ line, column }) => `${line}:${column}`)).size).toBe(issues.length);
  expect(JSON.stringify(issues)).not.toContain('sesame9');
});

test('a key that stands twice is told by its second place, beside the other errors', () => {
  expect(issuesOf('apps: []\ndata: /a\nlog: /b\ndata: /c\n')).toMatchObject([
    { line: 3, path: 'log' },
    { line: 4, column: 1, message: 'the key "data" stands here twice' },
  ]);
});

test('anchors, aliases and merge keys stand for what they name', () => {
  const { apps } = load(`apps:
  - &base { name: shop, ${SERVICE}, replicas: &two 2, port: 4000, env: &env { A: 1.10 } }
  - { <<: *base, name: api, port: 5100 }
  - { <<: [{ port: 5200, replicas: 1 }, *base], name: cms, env: { <<: *env, B: *two } }
`);
  expect(apps).toMatchObject([
    { name: 'shop', port: 4000, replicas: 2, env: { A: '1.10' } },
    { name: 'api', port: 5100, replicas: 2, env: { A: '1.10' } },
    { name: 'cms', port: 5200, replicas: 1, env: { A: '1.10', B: '2' } },
  ]);
});

test('an error behind an alias is told where it is written', () => {
  expect(
    issuesOf(`apps:
  - { name: shop, ${SERVICE}, stop: &stop
      { grace: 10 } }
  - { name: api, ${SERVICE}, stop: *stop }
`),
  ).toMatchObject([
    { path: 'apps[0].stop.grace', line: 3, column: 16 },
    { path: 'apps[1].stop.grace', line: 3, column: 16 },
  ]);
});

test('an alias bomb is refused with its line', () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 30; i++)
    bomb.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  const issues = issuesOf(`${bomb.join('\n')}\napps: []\n`);
  expect(issues[0]).toMatchObject({ line: 7, message: 'the aliases stand for more than 200000 values' });
});

test.each(['[', '{a: ', '- '])('values nested without end are refused, once: %s', (opening) => {
  const issues = issuesOf(`apps: []\nx: ${opening === '- ' ? '\n' : ''}${opening.repeat(10_000)}`);
  expect(issues.filter(({ message }) => message.includes('nested')).length).toBeGreaterThan(0);
  expect(new Set(issues.map(({ line, column }) => `${line}:${column}`)).size).toBe(issues.length);
});

test('values nested deeper than any configuration are refused, aliases followed', () => {
  expect(issuesOf(`apps: []\nx: ${'['.repeat(300)}${']'.repeat(300)}\n`)).toMatchObject([
    { line: 2, column: 104, message: 'nested deeper than 100 levels' },
  ]);
  const chain = Array.from({ length: 20_000 }, (_, i) => `a${i}: &a${i} [${i === 0 ? '' : `*a${i - 1}`}]\n`);
  expect(issuesOf(`apps: []\n${chain.join('')}`)[0]).toMatchObject({
    line: 102,
    message: 'nested deeper than 100 levels',
  });
});

test('a value that many aliases stand for is read once', () => {
  const aliases = Array(100_000).fill('*a').join(', ');
  const issues = issuesOf(`a: &a [${Array(90_000).fill('x').join(', ')}]\nb: [${aliases}]\napps: []\n`);
  expect(issues.map(({ path }) => path)).toEqual(['a', 'b']);
});

test('an error at the end of the file is told on a line that exists', () => {
  expect(issuesOf('apps: []\ndata: {a: 1\n\n\n')[0]).toMatchObject({ line: 2 });
});

test('numbers and booleans in env stay as they are written', () => {
  const { apps } = load(`apps:
  - name: shop
    kind: service
    runtime: elixir
    source: { type: bucket, url: /srv }
    env: { V: 1.10, ID: 12345678901234567890, MODE: 0644, HEX: 0xFF, YES: True, NO: no, E: 1e3, T: "1.10", EMPTY: "" }
`);
  expect(apps[0]?.env).toEqual({
    V: '1.10',
    ID: '12345678901234567890',
    MODE: '0644',
    HEX: '0xFF',
    YES: 'True',
    NO: 'no',
    E: '1e3',
    T: '1.10',
    EMPTY: '',
  });
  expect(loadApp({ env: { A: 1, B: true } }).env).toEqual({ A: '1', B: 'true' });
});

test('a byte order mark and CRLF change nothing', () => {
  expect(load(`\uFEFF${fileOf({})}`).apps).toHaveLength(1);
  expect(issuesOf('apps: []\r\nlog: /x\r\n')).toMatchObject([{ line: 2, column: 1, path: 'log' }]);
});
